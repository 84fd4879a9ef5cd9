"""`sage-execd report`: what a run came to, as a page, and what the weeks cost."""

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from daemon.cli.options import ask_daemon, json_option, part, socket_option
from daemon.cli.output import emit, fail, table
from daemon.cli.values import InputFile

DAY = click.DateTime(["%Y-%m-%d", "%Y%m%d"])
WEEK_COLUMNS = ("wanted_amount", "traded_amount")


@click.command()
@click.argument("run_id", required=False)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where it goes.")
@click.option(
    "--charts",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Draw the charts as PNG files into this folder, too.",
)
@click.option("--from", "first", type=DAY, help="Without a run: costs of sessions from this day.")
@click.option("--to", "last", type=DAY, help="The last day of those sessions.")
@click.option("--database", type=InputFile, help="Read a database file, or a copy; ask no daemon.")
@socket_option
@json_option
def report(
    run_id: str | None,
    language: str,
    output: Path | None,
    folder: Path | None,
    first: datetime | None,
    last: datetime | None,
    database: Path | None,
    socket_path: Path,
    as_json: bool,
) -> None:
    """Write the report of a run as one HTML file; without a run, what each week cost.

    The report is the one that was kept when the run was last reconciled.
    """
    if run_id is None:
        if first is None or last is None:
            raise click.UsageError("name a run, or give --from and --to")
        _tell_weeks(_documents(first.date(), last.date(), database, socket_path), as_json=as_json)
        return
    document = _document(run_id, database, socket_path)
    if as_json:
        emit(document, as_json=True, text="")
        return
    click.echo(str(_write_page(document, language, output)))
    for path in _draw(document, language, folder):
        click.echo(str(path))


def _document(run_id: str, database: Path | None, socket_path: Path) -> dict[str, Any]:
    if database is None:
        answer: dict[str, Any] = ask_daemon(socket_path, "GET", f"/v1/runs/{part(run_id)}/report")
        return answer
    from storage.offline import CopyUnreadable, open_copy  # noqa: PLC0415 - heavy
    from storage.reports import newest  # noqa: PLC0415 - heavy

    try:
        with open_copy(database) as connection:
            content = newest(connection, run_id)
    except CopyUnreadable as error:
        fail(str(error), os.EX_DATAERR)
    if content is None:
        fail(f"{database} holds no report of {run_id}", os.EX_DATAERR)
    found: dict[str, Any] = json.loads(content)
    return found


def _documents(
    first: date, last: date, database: Path | None, socket_path: Path
) -> list[dict[str, Any]]:
    if database is None:
        target = f"/v1/reports?from={first.isoformat()}&to={last.isoformat()}"
        answer: list[dict[str, Any]] = ask_daemon(socket_path, "GET", target)["reports"]
        return answer
    from storage.offline import CopyUnreadable, open_copy  # noqa: PLC0415 - heavy
    from storage.reports import of_sessions  # noqa: PLC0415 - heavy

    try:
        with open_copy(database) as connection:
            return [json.loads(content) for content in of_sessions(connection, first, last)]
    except CopyUnreadable as error:
        fail(str(error), os.EX_DATAERR)


def _write_page(document: dict[str, Any], language: str, output: Path | None) -> Path:
    from daemon.report.rendering import LANGUAGES, report_page  # noqa: PLC0415 - heavy

    path = output or Path(f"broker_report_{document['run']['run_id']}.html")
    _write(path, report_page(document, LANGUAGES[language]))
    return path


def _draw(document: dict[str, Any], language: str, folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    from daemon.artifacts.files import chart_path  # noqa: PLC0415 - heavy
    from daemon.report.pictures import ChartsMissing, pictures  # noqa: PLC0415 - heavy
    from daemon.report.rendering import LANGUAGES  # noqa: PLC0415 - heavy

    try:
        drawn = pictures(document, LANGUAGES[language])
    except ChartsMissing as missing:
        fail(str(missing), os.EX_UNAVAILABLE)
    run_id = document["run"]["run_id"]
    paths = {chart_path(folder, run_id, name): content for name, content in drawn.items()}
    for path, content in paths.items():
        _write(path, content)
    return list(paths)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}", os.EX_CANTCREAT)


def _tell_weeks(documents: list[dict[str, Any]], *, as_json: bool) -> None:
    from daemon.reconciliation.plain import plain_record  # noqa: PLC0415 - heavy
    from daemon.report.weeks import roll_up  # noqa: PLC0415 - heavy

    content: dict[str, Any] = plain_record(roll_up(documents))
    rows = [*content["weeks"], {**content["total"], "week": "all"}]
    parts = tuple(content["total"]["parts"])
    headers = ("week", "runs", *WEEK_COLUMNS, *parts, "total", "bp")
    cells = [
        (
            row["week"],
            len(row["runs"]),
            *(row[name] for name in WEEK_COLUMNS),
            *(row["parts"][name] for name in parts),
            row["total"],
            row["shortfall_bp"] or "-",
        )
        for row in rows
    ]
    emit(content, as_json=as_json, text=table(headers, cells))
