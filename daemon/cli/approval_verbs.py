"""Verbs about a plan: look at it, approve it, decline its run."""

from pathlib import Path
from typing import Any

import click

from daemon.cli.options import ask_daemon, json_option, part, socket_option
from daemon.cli.output import emit
from daemon.cli.plan_text import plan_text

Body = dict[str, Any]


@click.command()
@click.argument("run_id")
@socket_option
@json_option
def plan(run_id: str, socket_path: Path, as_json: bool) -> None:
    """Show everything one approves with a plan: trades, cash, weights, checks, differences."""
    answer = ask_daemon(socket_path, "GET", f"/v1/runs/{part(run_id)}/plan")
    emit(answer, as_json=as_json, text=plan_text(answer))


@click.command()
@click.argument("run_id")
@click.argument("plan_hash", required=False)
@click.option("--line", "ts_code", help="Approve one line that is held for a gap.")
@click.option("--sell-amount", help="The sell amount in CNY, typed, where a DERISK asks for it.")
@click.option("--underinvested", is_flag=True, help="Tick an UNDERINVESTED plan.")
@click.option(
    "--stage", type=click.Choice(["SELLS", "BUYS"]), help="The side, where they are approved apart."
)
@socket_option
@json_option
def approve(
    run_id: str,
    plan_hash: str | None,
    ts_code: str | None,
    sell_amount: str | None,
    underinvested: bool,
    stage: str | None,
    socket_path: Path,
    as_json: bool,
) -> None:
    """Show the plan and ask for a yes; with PLAN_HASH approve exactly that, without asking."""
    typed: Body = {"sell_amount": sell_amount, "underinvested": underinvested, "stage": stage}
    if plan_hash is None:
        view = ask_daemon(socket_path, "GET", f"/v1/runs/{part(run_id)}/plan")
        click.echo(plan_text(view), err=as_json)
        plan_hash = view["plan_hash"]
        typed |= _asked(view, whole=ts_code is None, err=as_json)
    if ts_code is not None:
        target = f"/v1/runs/{part(run_id)}/lines/{part(ts_code)}/approve"
        answer = ask_daemon(socket_path, "POST", target, {"plan_hash": plan_hash})
        emit(answer, as_json=as_json, text=f"{ts_code}: {answer['detail']}")
        return
    body = {"plan_hash": plan_hash} | {
        name: value for name, value in typed.items() if value is not None
    }
    answer = ask_daemon(socket_path, "POST", f"/v1/runs/{part(run_id)}/approve", body)
    emit(answer, as_json=as_json, text=f"{run_id} is {answer['state']}")


@click.command()
@click.argument("run_id")
@click.option("--reason", default="declined by hand", show_default=True)
@socket_option
@json_option
def decline(run_id: str, reason: str, socket_path: Path, as_json: bool) -> None:
    """End a run that has not sent anything."""
    target = f"/v1/runs/{part(run_id)}/decline"
    answer = ask_daemon(socket_path, "POST", target, {"reason": reason})
    emit(answer, as_json=as_json, text=f"{run_id} is {answer['state']}")


def _asked(view: Body, *, whole: bool, err: bool) -> Body:
    """Return what the person typed; click.Abort where they did not say yes.

    What a flag wants is typed, not offered: the daemon compares it.
    """
    typed: Body = {"stage": view["asked"]["stage"]}
    for flag in view["flags"] if whole else ():
        if flag["field"] == "sell_amount":
            typed["sell_amount"] = click.prompt("sell amount in CNY 卖出金额", err=err)
        elif flag["field"] == "underinvested":
            said = click.prompt("underinvested: type yes 仓位不足，请输入 yes", err=err)
            typed["underinvested"] = said == flag["typed"]
    what = typed["stage"] or "this"
    if click.prompt(f"approve {what}? type yes 批准请输入 yes", err=err) != "yes":
        raise click.Abort
    return typed
