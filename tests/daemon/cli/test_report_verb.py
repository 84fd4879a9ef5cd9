import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli.main import main
from daemon.report.document import document_bytes, report_document
from daemon.report.pictures import ChartsMissing
from tests.daemon.cli.conftest import TinyDaemon
from tests.daemon.report.given import document, facts
from tests.support.book import OPEN, RUN_ID, SESSION, opened_store
from tests.support.full_book import fill_the_book


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "execd.sqlite"

    async def build() -> None:
        async with opened_store(path) as store:
            await fill_the_book(store)
            await store.keep_report(RUN_ID, document_bytes(report_document(facts())), now=OPEN)

    asyncio.run(build())
    return path


def report(*words: object) -> Result:
    """Run the verb where no daemon could answer."""
    return CliRunner().invoke(main, ["report", "--socket", "/nobody", *map(str, words)])


@pytest.mark.parametrize(("language", "mark"), [("zh", "执行报告"), ("en", "Execution report")])
def test_the_daemon_s_report_becomes_a_page(
    tiny_daemon: TinyDaemon, tmp_path: Path, language: str, mark: str
) -> None:
    tiny_daemon.says(document())
    path = tmp_path / "new" / "page.html"

    done = tiny_daemon.run("report", "a/b", "--language", language, "--output", str(path))

    assert (done.exit_code, done.output) == (0, f"{path}\n")
    assert tiny_daemon.asked[0][:2] == ("GET", "/v1/runs/a%2Fb/report")
    assert mark in path.read_text(encoding="utf-8")


def test_json_is_the_document_itself_and_writes_nothing(
    tiny_daemon: TinyDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny_daemon.says(document())
    done = tiny_daemon.run("report", RUN_ID, "--json")

    assert json.loads(done.output) == document()
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.sock"]


def test_a_database_is_read_without_a_daemon_and_charts_are_drawn_beside(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = report(RUN_ID, "--database", book, "--charts", "charts")

    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == f"broker_report_{RUN_ID}.html"
    assert len(list((tmp_path / "charts").glob(f"broker_chart_*_{RUN_ID}.png"))) == 5


def test_what_cannot_be_done_is_said_in_a_sentence(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = tmp_path / "nothing.sqlite"
    nothing.write_bytes(b"no database")
    days = ("--from", SESSION, "--to", SESSION)

    unknown = report("20250101-000000000000", "--database", book)
    assert (unknown.exit_code, "holds no report of 20250101" in unknown.output) == (65, True)
    for words in ((RUN_ID,), days):
        assert report(*words, "--database", nothing).exit_code == 65
    assert report().exit_code == report("--from", "2026-01-01").exit_code == 2

    blocked = report(RUN_ID, "--database", book, "--output", nothing / "page.html")
    assert (blocked.exit_code, "cannot be written" in blocked.output) == (73, True)

    def refuse(*_given: object) -> dict[str, bytes]:
        raise ChartsMissing("the extra `charts` is missing")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("daemon.report.pictures.pictures", refuse)
    bare = report(RUN_ID, "--database", book, "--charts", tmp_path)
    assert (bare.exit_code, "the extra `charts` is missing" in bare.output) == (69, True)


def test_weeks_add_up_in_a_table_and_in_json(book: Path, tiny_daemon: TinyDaemon) -> None:
    total = document()["costs"]["totals"]
    text = report("--from", SESSION, "--to", f"{SESSION:%Y%m%d}", "--database", book)
    tiny_daemon.says({"reports": [document()]})
    told = tiny_daemon.run("report", "--from", "2025-11-01", "--to", "2025-11-30", "--json")

    assert text.output.splitlines()[-1].split()[:2] == ["all", "1"]
    assert tiny_daemon.asked[0][1] == "/v1/reports?from=2025-11-01&to=2025-11-30"
    assert json.loads(told.output)["total"]["shortfall_bp"] == total["shortfall_bp"]
    assert report("--from", SESSION, "--to", SESSION).exit_code == 69
