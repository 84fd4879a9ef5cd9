"""`verify` tells what holds, what is broken in which row, and what it could not ask."""

import asyncio
import json
import shutil
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from daemon.cli.main import main
from storage import anchors
from storage.anchors import Anchor
from tests.daemon.cli.conftest import TinyDaemon
from tests.support.book import KEY, opened_store
from tests.support.full_book import FILLED, fill_the_book
from tests.support.full_ledger import ledger

BROKEN = {"invariant": "I1", "subject": "S1", "detail": "two live orders"}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "execd.sqlite"

    async def build() -> None:
        async with opened_store(path) as store:
            await fill_the_book(store)

    asyncio.run(build())
    return path


def verify(*words: object) -> Result:
    """Run the verb where no daemon could answer."""
    return CliRunner().invoke(main, ["verify", "--socket", "/nobody", *map(str, words)])


@pytest.mark.parametrize(
    ("words", "target"), [((), "/v1/verify"), (("--all",), "/v1/verify?all=true")]
)
def test_the_daemon_is_asked_for_what_changed_or_for_everything(
    tiny_daemon: TinyDaemon, words: tuple[str, ...], target: str
) -> None:
    tiny_daemon.says({"violations": []})

    done = tiny_daemon.run("verify", *words)

    assert done.exit_code == 0
    assert [asked[:2] for asked in tiny_daemon.asked] == [("GET", target)]
    assert "I7         holds" in done.stdout
    assert "needs --ledger" in done.stdout


def test_a_broken_invariant_ends_with_1_and_names_its_row(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"violations": [BROKEN]})

    done = tiny_daemon.run("verify")

    assert done.exit_code == 1
    assert "I1         BROKEN" in done.stdout
    assert "I1      S1   two live orders" in done.stdout


def test_a_machine_is_told_what_was_not_checked(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"violations": [BROKEN]})

    done = tiny_daemon.run("verify", "--json")

    assert json.loads(done.stdout) == {
        "violations": [BROKEN],
        "not_checked": {
            "I8": "--ledger",
            "I15": "--ledger",
            "I26": "--artifacts",
            "I27": "--metrics",
            "I28": "--canaries",
        },
    }


@pytest.mark.parametrize("option", ["--ledger", "--metrics"])
def test_what_lies_beside_a_record_needs_the_file(option: str) -> None:
    done = verify(option, "x")

    assert done.exit_code == 2
    assert f"{option} needs --database" in done.output


def test_a_file_is_checked_without_a_daemon(book: Path, tmp_path: Path) -> None:
    document, canaries, logs = (tmp_path / name for name in ("ledger", "canaries", "logs"))
    document.write_text(json.dumps(ledger()))
    canaries.write_text("canary-1\n\ncanary-2\n")
    logs.mkdir()

    done = verify(
        "--database", book, "--json", "--ledger", document,
        "--canaries", canaries, "--artifacts", tmp_path, "--search", logs,
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"violations": [], "not_checked": {"I27": "--metrics"}}


def test_the_key_and_the_anchors_lie_beside_the_file(book: Path, tmp_path: Path) -> None:
    copy = tmp_path / "execd.sqlite"
    shutil.copyfile(book, copy)
    (tmp_path / "approval.key").write_text(KEY.hex())
    assert verify("--database", copy).exit_code == 0

    anchors.append(tmp_path / "anchors.jsonl", anchors.sealed(KEY, Anchor(9999, "0", 1, "")))
    gone = verify("--database", copy)
    (tmp_path / "anchors.jsonl").unlink()
    (tmp_path / "approval.key").write_text(bytes(32).hex())
    forged = verify("--database", copy)

    assert (gone.exit_code, forged.exit_code) == (1, 1)
    assert "was anchored and is gone" in gone.output
    assert "the seal of approval" in forged.output


class _Venue(BaseHTTPRequestHandler):
    document: Any = None

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(self.document).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def test_the_venue_is_asked_for_its_ledger(book: Path) -> None:
    _Venue.document = {**ledger(), "fills": []}
    server = HTTPServer(("127.0.0.1", 0), _Venue)
    serving = Thread(target=server.handle_request)
    serving.start()
    try:
        done = verify(
            "--database", book, "--ledger", f"http://127.0.0.1:{server.server_port}/sim/ledger"
        )
    finally:
        serving.join()
        server.server_close()

    assert done.exit_code == 1
    assert "never was at the venue" in done.output
    assert FILLED.client_order_id in done.output


def test_what_cannot_be_read_ends_with_65(book: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"\xff no database\n")

    for words in (
        ("--database", bad),
        ("--database", book, "--ledger", bad),
        ("--database", book, "--ledger", tmp_path / "none"),
        ("--database", book, "--ledger", "http://127.0.0.1:1/"),
        ("--database", book, "--metrics", bad),
        ("--database", book, "--canaries", bad),
        ("--database", book, "--anchors", bad),
    ):
        done = verify(*words)
        assert done.exit_code == 65, words
        assert done.output.startswith("sage-execd: ")
