import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from daemon.cli.main import main
from daemon.halting.files import Grade, HaltFiles
from tests.daemon.cli.conftest import TinyDaemon

CONFIG = """
mode: paper
brokers: {{pingan: {{endpoint: "http://127.0.0.1:9", account_id: A1, client_id: C1}}}}
paths: {{state: {folder}, inbox: {folder}}}
"""
ORDER = {
    "client_order_id": "SAAAA",
    "venue_order_id": "V1",
    "ts_code": "600000.SH",
    "side": "BUY",
    "quantity": 300,
    "filled_quantity": 100,
    "status": "PART_SUCC",
    "live": True,
    "ours": True,
    "cancels_asked": 1,
    "rests_until": "2025-11-10T13:00:30+08:00",
}
PROOF = {
    "file": "halt_1.json",
    "read_at": "2025-11-10T12:00:00+08:00",
    "proven_at": "2025-11-10T12:00:00+08:00",
    "orders": [],
    "in_doubt": [],
    "notes": [],
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    for name in ("PINGAN_API_KEY", "PINGAN_API_SECRET", "PINGAN_API_TOKEN"):
        monkeypatch.setenv(name, "canary")


def alone(tmp_path: Path, *words: str, given: str | None = None) -> Result:
    """Halt where no daemon listens."""
    config = tmp_path / "broker.yaml"
    config.write_text(CONFIG.format(folder=tmp_path / "state"))
    where = ("--config", str(config), "--socket", str(tmp_path / "none.sock"), "--wait", "1")
    return CliRunner().invoke(main, ["halt", *where, *words], input=given)


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ((), {"reason": "halted by hand", "keep_orders": False, "reduce_only": False}),
        (
            ("--reason", "a doubt"),
            {"reason": "a doubt", "keep_orders": False, "reduce_only": False},
        ),
        (
            ("--keep-orders",),
            {"reason": "halted by hand", "keep_orders": True, "reduce_only": False},
        ),
        (
            ("--reduce-only",),
            {"reason": "halted by hand", "keep_orders": False, "reduce_only": True},
        ),
    ],
)
def test_a_daemon_that_answers_halts(
    tiny_daemon: TinyDaemon, words: tuple[str, ...], body: dict[str, Any]
) -> None:
    tiny_daemon.says({"proof": PROOF, "grade": "reduce-only"})

    done = tiny_daemon.run("halt", *words)

    assert done.exit_code == 0, done.output
    assert tiny_daemon.asked == [("POST", "/v1/halt", body)]
    expected = "only sells are sent" if body["reduce_only"] else "halted: nothing is sent"
    assert done.stdout.startswith(expected)


def test_what_is_in_doubt_is_named_with_where_to_look_and_75(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"proof": {**PROOF, "proven_at": None, "in_doubt": ["SBBBB"]}})

    done = tiny_daemon.run("halt", "--wait", "1")

    assert done.exit_code == 75
    assert "in doubt: SBBBB may be at the broker" in done.stdout
    assert done.stdout.rstrip().endswith("`sage-execd manual`")


def test_what_still_rests_is_told_with_its_hour_and_75(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"proof": {**PROOF, "proven_at": None, "orders": [ORDER], "notes": ["no"]}})

    done = tiny_daemon.run("halt", "--wait", "1")

    assert done.exit_code == 75
    assert "0 orders ended, 1 live; receipt halt_1.json\nno\n" in done.stdout
    assert "rests: SAAAA BUY 200 600000.SH until at least 13:00:30" in done.stdout
    assert ("GET", "/v1/halt", None) in tiny_daemon.asked


def test_a_proof_that_has_not_begun_is_75_too(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"proof": None})

    done = tiny_daemon.run("halt", "--wait", "1", "--json")

    assert (done.exit_code, json.loads(done.stdout)) == (75, {"proof": None})


def test_only_sells_beside_a_full_halt_does_not_promise_sells(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"proof": PROOF, "grade": "halted"})

    done = tiny_daemon.run("halt", "--reduce-only")

    assert (done.exit_code, "nothing is sent" in done.stdout) == (0, True)
    assert "only sells" not in done.stdout


def test_a_daemon_that_says_no_is_heard(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"detail": "this takes the role killer"}, 403)

    done = tiny_daemon.run("halt")

    assert (done.exit_code, "role killer" in done.stderr) == (77, True)


def test_without_a_daemon_it_stops_the_sends_and_tells_what_it_could_not(tmp_path: Path) -> None:
    done = alone(tmp_path, "--reason", "no daemon")

    assert done.exit_code == 75
    assert "the broker was not read" in done.stdout
    assert HaltFiles(tmp_path / "state").note(Grade.HALTED).reason == "no daemon"
    (receipt,) = (tmp_path / "state" / "receipts").iterdir()
    assert receipt.name in done.stdout


@pytest.mark.parametrize("status", [409, 500])
def test_a_daemon_that_fails_is_one_that_does_not_answer(
    tiny_daemon: TinyDaemon, tmp_path: Path, status: int
) -> None:
    tiny_daemon.says({}, status)
    config = tmp_path / "broker.yaml"
    config.write_text(CONFIG.format(folder=tmp_path / "state"))

    done = tiny_daemon.run("halt", "--config", str(config), "--wait", "1")

    assert done.exit_code == 75
    assert HaltFiles(tmp_path / "state").grade() is Grade.HALTED


def test_without_a_daemon_only_sells_is_a_file(tmp_path: Path) -> None:
    done = alone(tmp_path, "--reduce-only")

    assert done.exit_code == 0, done.output
    assert "only sells are sent" in done.stdout
    assert HaltFiles(tmp_path / "state").grade() is Grade.REDUCE_ONLY


def test_without_a_daemon_only_sells_weakens_no_halt_and_says_so(tmp_path: Path) -> None:
    alone(tmp_path)

    done = alone(tmp_path, "--reduce-only")

    assert (done.exit_code, "nothing is sent" in done.stdout) == (0, True)


@pytest.mark.parametrize("reason", ["\udcff\udca3", "停" * 20_000])
def test_a_reason_however_typed_stops_the_sends(tmp_path: Path, reason: str) -> None:
    done = alone(tmp_path, "--keep-orders", "--reason", reason)

    assert done.exit_code == 75, done.output
    files = HaltFiles(tmp_path / "state")
    assert (files.grade(), files.note(Grade.HALTED).keep_orders) == (Grade.HALTED, True)


def test_a_configuration_without_a_broker_is_told_with_the_folder_of_the_file(
    tmp_path: Path,
) -> None:
    config = tmp_path / "broker.yaml"
    config.write_text(f"paths: {{state: {tmp_path / 'state'}}}\n")
    where = ("--config", str(config), "--socket", str(tmp_path / "none.sock"))

    done = CliRunner().invoke(main, ["halt", *where])

    assert done.exit_code == 78
    assert f"by a file in {tmp_path / 'state'}, nothing was cancelled" in done.stderr


def test_the_whole_account_asks_for_the_number_and_asks_no_daemon(
    tiny_daemon: TinyDaemon, tmp_path: Path
) -> None:
    done = alone(tmp_path, "--account-wide", given="A2\n")

    assert done.exit_code == 78
    assert "The account number" in done.stdout
    assert "the sends are stopped" in done.stderr
    assert "nothing was cancelled" in done.stderr
    assert HaltFiles(tmp_path / "state").grade() is Grade.HALTED
    assert tiny_daemon.asked == []


def test_what_is_not_sound_stops_nothing_and_says_what_does(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["halt", "--config", str(tmp_path / "no.yaml"), "--socket", str(tmp_path / "no")]
    )

    assert done.exit_code == 78
    assert "NOTHING IS STOPPED" in done.stderr
    assert "make a file HALT" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--keep-orders", "--reduce-only"),
        ("--keep-orders", "--account-wide"),
        ("--reduce-only", "--account-wide"),
    ],
)
def test_words_that_contradict_each_other_are_refused(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = alone(tmp_path, *words)

    assert done.exit_code == 2
    assert not (tmp_path / "state").exists()


def test_a_receipt_that_cannot_be_kept_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("daemon.halting.alone.write_receipt", full)

    done = alone(tmp_path)

    assert done.exit_code == 74
    assert "the receipt could not be kept" in done.stderr
