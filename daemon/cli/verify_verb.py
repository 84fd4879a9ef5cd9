"""`sage-execd verify`: every invariant, the rows that break it, and what could not be asked."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, build_opener

import click

from daemon.cli.options import ask_daemon, json_option, socket_option
from daemon.cli.output import emit, fail, table
from daemon.cli.values import InputFile

if TYPE_CHECKING:
    from daemon.inspection import Exhibits

VIOLATED = 1
FETCH_TIMEOUT_S = 30
Folder = click.Path(exists=True, file_okay=False, path_type=Path)
Anything = click.Path(exists=True, path_type=Path)
Findings = list[dict[str, Any]]


@click.command()
@click.option(
    "--database", type=InputFile, help="Check a database file, or a copy, and ask no daemon."
)
@click.option("--all", "whole", is_flag=True, help="Check every row, not only what changed.")
@click.option("--ledger", metavar="FILE|URL", help="The venue's own ledger of the account.")
@click.option("--artifacts", type=Folder, help="The folder of the artifacts.")
@click.option("--metrics", metavar="FILE|URL", help="A snapshot of the metrics.")
@click.option("--canaries", type=InputFile, help="Secret values, one a line.")
@click.option("--search", type=Anything, multiple=True, help="Where no secret may be, too.")
@click.option("--anchors", type=InputFile, help="The anchors of the chain.")
@socket_option
@json_option
def verify(
    database: Path | None,
    whole: bool,
    ledger: str | None,
    artifacts: Path | None,
    metrics: str | None,
    canaries: Path | None,
    search: tuple[Path, ...],
    anchors: Path | None,
    socket_path: Path,
    as_json: bool,
) -> None:
    """Check the invariants of the record; exit 1 if one is broken, 65 if nothing can be read.

    The running daemon is asked what changed since its last clean look (--all: everything). With
    --database the file itself is read, always whole; anchors and the key of the approvals are
    taken from beside it.
    """
    given = {
        "--ledger": ledger,
        "--artifacts": artifacts,
        "--metrics": metrics,
        "--canaries": canaries,
    }
    if database is None:
        _require_no_exhibits({**given, "--search": search, "--anchors": anchors})
        target = "/v1/verify?all=true" if whole else "/v1/verify"
        found: Findings = ask_daemon(socket_path, "GET", target)["violations"]
    else:
        found = _inspected(database, anchors, given, search)
    _tell(found, [name for name, value in given.items() if value is not None], as_json=as_json)


def _require_no_exhibits(given: dict[str, object]) -> None:
    for name, value in given.items():
        if value:
            raise click.UsageError(f"{name} needs --database")


def _inspected(
    database: Path, anchors: Path | None, given: dict[str, Any], search: tuple[Path, ...]
) -> Findings:
    from daemon.inspection import ExhibitUnreadable, inspect  # noqa: PLC0415 - heavy

    try:
        found = inspect(_exhibits(database, anchors, given, search))
    except (ExhibitUnreadable, OSError, ValueError) as error:
        fail(str(error), os.EX_DATAERR)
    return [asdict(violation) for violation in found]


def _exhibits(
    database: Path, anchors: Path | None, given: dict[str, Any], search: tuple[Path, ...]
) -> "Exhibits":
    """Read everything but the database. Raises OSError, and ValueError for a key that is none."""
    from daemon.inspection import Exhibits  # noqa: PLC0415 - heavy

    beside = database.parent
    ledger, metrics, canaries = given["--ledger"], given["--metrics"], given["--canaries"]
    return Exhibits(
        database=database,
        anchors=anchors or beside / "anchors.jsonl",
        approval_key=_key(beside / "approval.key"),
        ledger=None if ledger is None else _content(ledger),
        artifacts=given["--artifacts"],
        metrics=None if metrics is None else _content(metrics).decode(),
        canaries=() if canaries is None else _lines(canaries),
        searched=search,
    )


def _key(path: Path) -> bytes | None:
    return bytes.fromhex(path.read_text(encoding="ascii")) if path.is_file() else None


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line)


def _content(place: str) -> bytes:
    """Read a file, or ask an address for it past every proxy."""
    if not place.startswith(("http://", "https://")):
        return Path(place).read_bytes()
    opener = build_opener(ProxyHandler({}))
    with opener.open(place, timeout=FETCH_TIMEOUT_S) as answer:
        content: bytes = answer.read()
        return content


def _tell(found: Findings, given: list[str], *, as_json: bool) -> None:
    from storage.invariant_names import NAMES  # noqa: PLC0415 - named only here

    open_questions = {
        name: invariant.needs
        for name, invariant in NAMES.items()
        if invariant.needs is not None and invariant.needs not in given
    }
    broken = {violation["invariant"] for violation in found}
    rows = [
        (name, _verdict(name, broken, open_questions), invariant.promise)
        for name, invariant in NAMES.items()
    ]
    text = table(("invariant", "verdict", "promise"), rows)
    if found:
        listed = [(one["invariant"], one["subject"], one["detail"]) for one in found]
        text = f"{text}\n\n{table(('broken', 'row', 'detail'), listed)}"
    answer = {"violations": found, "not_checked": open_questions}
    emit(answer, as_json=as_json, text=text)
    if found:
        raise SystemExit(VIOLATED)


def _verdict(name: str, broken: set[str], open_questions: dict[str, str]) -> str:
    if name in broken:
        return "BROKEN"
    return f"needs {open_questions[name]}" if name in open_questions else "holds"
