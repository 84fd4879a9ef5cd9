"""Verbs about the account as a whole."""

import os
from pathlib import Path
from typing import Any

import click

from daemon.cli.options import ask_daemon, config_option, json_option, socket_option
from daemon.cli.output import emit


@click.command()
@click.argument("ts_code")
@click.argument("quantity", type=click.IntRange(min=0))
@click.option("--foreign", is_flag=True, help="It is not ours: never sold, never counted.")
@socket_option
@json_option
def adopt(ts_code: str, quantity: int, foreign: bool, socket_path: Path, as_json: bool) -> None:
    """Say whose a holding is: ours with this quantity, or foreign."""
    body = {"ts_code": ts_code, "quantity": quantity, "owner": "foreign" if foreign else "ours"}
    answer = ask_daemon(socket_path, "POST", "/v1/adopt", body)
    emit(answer, as_json=as_json, text=f"{ts_code} {quantity} is {body['owner']}")


@click.command()
@click.option("--reason", required=True, help="Why sending is safe again.")
@click.option("--by", help="Your name, for the record; needed unless --take-over is given.")
@click.option("--take-over", is_flag=True, help="Let the next start take the session back.")
@config_option
@socket_option
@json_option
def resume(
    reason: str,
    by: str | None,
    take_over: bool,
    config_path: Path,
    socket_path: Path,
    as_json: bool,
) -> None:
    """Lift every halt and take the HALT file away.

    With --take-over allow the next start a session that another instance took instead.
    """
    if take_over:
        from config.loading import load_settings  # noqa: PLC0415 - heavy
        from daemon.session_fence import allow_take_over  # noqa: PLC0415 - heavy

        allow_take_over(load_settings(config_path).paths.state, reason)
        emit({"take_over": True}, as_json=as_json, text="the next start takes the session over")
        return
    if by is None:
        raise click.UsageError("--by is needed: who resumes is kept with the reason")
    answer = ask_daemon(socket_path, "POST", "/v1/resume", {"reason": reason, "by": by})
    emit(answer, as_json=as_json, text=f"resumed: sending is {answer['grade']}")


@click.command(name="arm-live")
@click.argument("digits")
@click.option("--champion", default="", help="The new champion, typed, where it changed.")
@socket_option
@json_option
def arm_live(digits: str, champion: str, socket_path: Path, as_json: bool) -> None:
    """Arm live sending for today by typing the last four DIGITS of the account."""
    body = {"digits": digits, "champion": champion}
    answer = ask_daemon(socket_path, "POST", "/v1/arm-live", body)
    emit(answer, as_json=as_json, text="armed for today")


@click.command()
@socket_option
@json_option
def reconcile(socket_path: Path, as_json: bool) -> None:
    """Ask the broker for everything and compare, now."""
    answer = ask_daemon(socket_path, "POST", "/v1/reconcile", {})
    found = answer.get("differences", {})
    rows = [_difference(row, "locks") for row in found.get("breaks", ())]
    rows += [_difference(row, "explained") for row in found.get("explained", ())]
    emit(answer, as_json=as_json, text="\n".join((f"{answer['breaks']} breaks", *rows)))
    if answer["breaks"]:
        raise SystemExit(os.EX_SOFTWARE)


def _difference(row: dict[str, Any], what: str) -> str:
    """Return one difference of the account as a line: what, where, by how much, why, since when."""
    name = row["ts_code"] or "account"
    figures = f"ours {row['ours'] or '-'} theirs {row['theirs'] or '-'}"
    return f"{what:9}  {row['kind']}  {name}  {figures}  {row['cause']}  since {row['since']}"
