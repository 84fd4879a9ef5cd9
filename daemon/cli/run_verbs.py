"""Verbs about runs: look, order a liquidation, hand a pair over."""

import os
from pathlib import Path
from typing import Any

import click

from daemon.cli.options import ask_daemon, config_option, json_option, part, socket_option
from daemon.cli.output import emit, fail, table
from daemon.cli.values import InputFile

RUN_COLUMNS = ("run_id", "state", "signal_date", "session_date", "plan_hash")


@click.command()
@socket_option
@json_option
def status(socket_path: Path, as_json: bool) -> None:
    """Show what the daemon is doing."""
    answer = ask_daemon(socket_path, "GET", "/v1/status")
    counts = (
        f"open orders {answer['open_orders']}  breaks {answer['breaks']}  "
        f"manual items {answer['manual_items']}"
    )
    lines = [
        f"sage-execd {answer['version']}  {answer['mode']}  account {answer['account']}",
        f"market time {answer['market_time']}  {answer['phase']}  sending {answer['grade']}",
        counts,
        *(f"HALTED {halt['kind']}: {halt['cause']} ({halt['by']})" for halt in answer["halts"]),
        _runs_table(answer["runs"]),
    ]
    emit(answer, as_json=as_json, text="\n".join(lines))


@click.command()
@socket_option
@json_option
def runs(socket_path: Path, as_json: bool) -> None:
    """List all runs."""
    answer = ask_daemon(socket_path, "GET", "/v1/runs")
    emit(answer, as_json=as_json, text=_runs_table(answer["runs"]))


@click.command()
@click.argument("run_id")
@socket_option
@json_option
def show(run_id: str, socket_path: Path, as_json: bool) -> None:
    """Show one run: its plan, its orders, every line that did not trade and why."""
    answer = ask_daemon(socket_path, "GET", f"/v1/runs/{part(run_id)}")
    emit(answer, as_json=as_json, text=_run_text(answer))


@click.command()
@click.argument("run_id")
@socket_option
@json_option
def liquidate(run_id: str, socket_path: Path, as_json: bool) -> None:
    """Order all that is ours sold, by the name of a run that was refused as empty.

    Nothing is sold yet: the plan awaits `approve` with the sell amount typed.
    """
    answer = ask_daemon(socket_path, "POST", f"/v1/runs/{part(run_id)}/liquidate", {})
    text = f"{answer['run_id']} is {answer['state']}; approve its plan with --sell-amount"
    emit(answer, as_json=as_json, text=text)


@click.command()
@click.option("--broker", type=click.Choice(["pingan"]), default="pingan", show_default=True)
@click.option("--portfolio-path", type=InputFile, required=True)
@click.option("--execution-context-path", type=InputFile, required=True)
@config_option
@click.option("--top-n", type=click.IntRange(min=1), help="Dry run only: the N largest weights.")
@click.option("--submit", "really", is_flag=True, help="Hand the pair to the running daemon.")
@click.option("--output-path", type=click.Path(path_type=Path), help="Where the receipt goes.")
@socket_option
@json_option
def submit(
    broker: str,
    portfolio_path: Path,
    execution_context_path: Path,
    config_path: Path,
    top_n: int | None,
    really: bool,
    output_path: Path | None,
    socket_path: Path,
    as_json: bool,
) -> None:
    """Write the dry-run receipt of a pair; with --submit hand it to the daemon instead.

    The daemon still needs an approval; without a daemon there is no order.
    """
    if really:
        if top_n is not None:
            fail("--top-n is for dry runs only", os.EX_USAGE)
        body = {
            "portfolio_path": str(portfolio_path.resolve()),
            "context_path": str(execution_context_path.resolve()),
        }
        answer = ask_daemon(socket_path, "POST", "/v1/submit", body)
        emit(answer, as_json=as_json, text=f"{answer['run_id']} handed over; approve it to trade")
        return
    from daemon.cli.dry_run import write_dry_run_receipt  # noqa: PLC0415 - heavy

    receipt = write_dry_run_receipt(
        broker, portfolio_path, execution_context_path, config_path, top_n, output_path
    )
    emit(receipt.content, as_json=as_json, text=str(receipt.path))


def _runs_table(found: list[dict[str, Any]]) -> str:
    if not found:
        return "no runs yet"
    rows = [[(run[column] or "-") for column in RUN_COLUMNS] for run in found]
    for row in rows:
        row[-1] = row[-1][:12]
    return table(RUN_COLUMNS, rows)


def _run_text(answer: dict[str, Any]) -> str:
    run, plan = answer["run"], answer["plan"]
    parts = [f"{run['run_id']}  {run['state']}  signal {run['signal_date']}"]
    parts += [f"refused: {refusal['code']}: {refusal['message']}" for refusal in answer["refusals"]]
    if plan is not None:
        parts.append(f"plan {plan['plan_hash']}  session {plan['session_date']}")
        columns = ("ts_code", "side", "disposition", "quantity_max", "limit_worst", "reason")
        rows = [[line[column] or "-" for column in columns] for line in answer["lines"]]
        parts.append(table(columns, rows))
    if answer["orders"]:
        columns = ("client_order_id", "ts_code", "side", "quantity", "filled_quantity", "state")
        rows = [[order[column] for column in columns] for order in answer["orders"]]
        parts.append(table(columns, rows))
    return "\n".join(parts)
