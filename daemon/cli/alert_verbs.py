"""Verbs about alerts: what was told, that it was seen, and whether telling works."""

import os
from pathlib import Path
from urllib.parse import quote

import click

from daemon.cli.options import ask_daemon, json_option, socket_option
from daemon.cli.output import emit, table

COLUMNS = ("id", "severity", "code", "ts_code", "created_at", "delivered", "acknowledged_by")


@click.command()
@click.option("--all", "whole", is_flag=True, help="The newest 200 of all, not only the open ones.")
@socket_option
@json_option
def alerts(whole: bool, socket_path: Path, as_json: bool) -> None:
    """List the alerts that stand, and which channel took them."""
    answer = ask_daemon(socket_path, "GET", f"/v1/alerts?all={str(whole).lower()}")
    rows = [
        [
            alert["alert_id"],
            alert["severity"],
            alert["code"],
            alert["ts_code"] or "-",
            alert["created_at"][:19],
            _channels(alert["deliveries"]),
            alert["acknowledged_by"] or "-",
        ]
        for alert in answer["alerts"]
    ]
    emit(answer, as_json=as_json, text=table(COLUMNS, rows) if rows else "no alert stands")


@click.command()
@click.argument("which", metavar="ID|all")
@socket_option
@json_option
def ack(which: str, socket_path: Path, as_json: bool) -> None:
    """Say that you have seen an alert, by its number, or `all`; what it is about stays as it is."""
    target = f"/v1/alerts/{quote(which, safe='', errors='replace')}/acknowledge"
    answer = ask_daemon(socket_path, "POST", target, {})
    emit(answer, as_json=as_json, text=f"acknowledged: {answer['acknowledged']}")


@click.command(name="alert-test")
@socket_option
@json_option
def alert_test(socket_path: Path, as_json: bool) -> None:
    """Send a test message through every channel and say what each answered."""
    answer = ask_daemon(socket_path, "POST", "/v1/alert-test", {})
    channels = answer["channels"]
    lines = [
        f"{name}: {'delivered' if said['delivered'] else 'not delivered'} {said['answer']}".rstrip()
        for name, said in channels.items()
    ]
    emit(answer, as_json=as_json, text="\n".join(lines) or "no channel is configured")
    if not all(said["delivered"] for said in channels.values()):
        raise SystemExit(os.EX_UNAVAILABLE)


def _channels(deliveries: list[dict[str, str]]) -> str:
    return " ".join(f"{found['channel']}:{found['state']}" for found in deliveries) or "-"
