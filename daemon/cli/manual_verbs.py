"""Verbs about what waits for a person."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from daemon.cli.options import ask_daemon, json_option, socket_option
from daemon.cli.output import emit

KEPT_OPEN = {
    "leave": "stays on the list",
    "confirm-absent": "needs a second person",
    "cancel-duplicate": "cancel the broker's order at the terminal, as no cancel by id tells them"
    " apart, then `sage-execd reconcile`; the item leaves the list once it is seen gone",
}


@click.command()
@socket_option
@json_option
def manual(socket_path: Path, as_json: bool) -> None:
    """List what waits for a person, and the words `resolve` takes for each."""
    answer = ask_daemon(socket_path, "GET", "/v1/manual")
    text = "\n\n".join(_paragraph(item) for item in answer["items"])
    emit(answer, as_json=as_json, text=text or "nothing waits")


@click.command()
@click.argument("item_id", type=click.IntRange(min=1))
@click.argument("choice")
@click.option("--reason", default="", help="Why; `confirm-absent` and `write-off` ask for it.")
@click.option(
    "--evidence",
    default="",
    help="What shows it; the broker's number of the order for `adopt-order`.",
)
@socket_option
@json_option
def resolve(
    item_id: int, choice: str, reason: str, evidence: str, socket_path: Path, as_json: bool
) -> None:
    """Decide about ITEM_ID with one of its choices; `confirm-absent` takes two persons."""
    body = {"choice": choice, "reason": reason, "evidence": evidence}
    answer = ask_daemon(socket_path, "POST", f"/v1/manual/{item_id}/resolve", body)
    ended = answer["resolution"] or KEPT_OPEN.get(choice, "is still open")
    emit(answer, as_json=as_json, text=f"item {item_id}: {ended}")


def _paragraph(item: Mapping[str, Any]) -> str:
    """One item as a person reads it: what it is about, both sides' figures, what to type."""
    about = (item["reason"], item["ts_code"], item["client_order_id"], item["run_id"])
    lines = [f"item {item['item_id']}: " + " ".join(word for word in about if word)]
    lines += [f"  {item['cause']['en']}", f"  {item['cause']['zh']}", f"  {item['detail']}"]
    if item["ours"] or item["theirs"]:
        lines += [f"  ours:   {item['ours'] or '-'}", f"  broker: {item['theirs'] or '-'}"]
    return "\n".join([*lines, *(f"  > {command}" for command in item["commands"])])
