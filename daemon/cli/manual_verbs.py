"""Verbs about what waits for a person."""

from pathlib import Path

import click

from daemon.cli.options import ask_daemon, json_option, socket_option
from daemon.cli.output import emit, table

COLUMNS = ("item_id", "reason", "ts_code", "client_order_id", "choices", "detail")


@click.command()
@socket_option
@json_option
def manual(socket_path: Path, as_json: bool) -> None:
    """List what waits for a person, and the words `resolve` takes for each."""
    answer = ask_daemon(socket_path, "GET", "/v1/manual")
    rows = [[_cell(item[column]) for column in COLUMNS] for item in answer["items"]]
    emit(answer, as_json=as_json, text=table(COLUMNS, rows) if rows else "nothing waits")


@click.command()
@click.argument("item_id", type=click.IntRange(min=1))
@click.argument("choice")
@click.option("--reason", default="", help="Why; `confirm-absent` asks for it.")
@click.option("--evidence", default="", help="What shows it; `confirm-absent` asks for it.")
@socket_option
@json_option
def resolve(
    item_id: int, choice: str, reason: str, evidence: str, socket_path: Path, as_json: bool
) -> None:
    """Decide about ITEM_ID with one of its choices; `confirm-absent` takes two persons."""
    body = {"choice": choice, "reason": reason, "evidence": evidence}
    answer = ask_daemon(socket_path, "POST", f"/v1/manual/{item_id}/resolve", body)
    resolved = answer["resolution"]
    text = f"item {item_id}: {resolved}" if resolved else f"item {item_id} needs a second person"
    emit(answer, as_json=as_json, text=text)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return " | ".join(map(str, value))
    return "-" if value is None else str(value)
