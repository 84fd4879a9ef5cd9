"""`sage-execd halt`: through the daemon where it answers within a second, else by itself."""

import os
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import click

from daemon.cli.options import config_option, json_option, socket_option
from daemon.cli.output import emit, fail
from daemon.cli.socket_client import DaemonRefused, DaemonUnreachable, call

ANSWER_S = 1
LOOK_S = 5
LOOKS_PER_S = 5
FORBIDDEN = 403
ONLY_SELLS = "only sells are sent until `sage-execd resume`"
NOTHING = "a full halt stands besides: nothing is sent until `sage-execd resume`"


@click.command()
@click.option("--reason", default="halted by hand", show_default=True)
@click.option("--keep-orders", is_flag=True, help="Stop the sends, leave live orders alone.")
@click.option("--reduce-only", is_flag=True, help="Stop the buys only; nothing is cancelled.")
@click.option("--account-wide", is_flag=True, help="Cancel everybody's orders, not only ours.")
@click.option("--account", default="", help="The account number that --account-wide asks for.")
@click.option(
    "--wait",
    "wait_s",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    help="Seconds to wait until nothing is live.",
)
@config_option
@socket_option
@json_option
def halt(
    reason: str,
    keep_orders: bool,
    reduce_only: bool,
    account_wide: bool,
    account: str,
    wait_s: int,
    config_path: Path,
    socket_path: Path,
    as_json: bool,
) -> None:
    """Stop every send until `resume`, cancel what is live, and prove it with a receipt.

    Where no daemon answers within a second it acts by itself: it makes the HALT file, takes the
    broker session over and cancels. --account-wide always does, and ends a daemon that runs. Exit
    0: nothing of ours is live; 75: something rests, and what and until when, or is in doubt.
    """
    if keep_orders and (reduce_only or account_wide):
        raise click.UsageError("--keep-orders goes with neither --reduce-only nor --account-wide")
    if reduce_only and account_wide:
        raise click.UsageError("--reduce-only cancels nothing, on no account")
    body = {"reason": reason, "keep_orders": keep_orders, "reduce_only": reduce_only}
    if account_wide:
        account = account or click.prompt("The account number")
    else:
        answer = _through_daemon(socket_path, body, 0 if reduce_only else wait_s)
        if answer is not None:
            if reduce_only:
                _tell_reduced(answer["grade"], as_json)
            else:
                _tell(answer["proof"], as_json)
            return
    _alone(config_path, {**body, "account_wide": account_wide, "account": account}, wait_s, as_json)


def _through_daemon(socket_path: Path, body: dict[str, Any], wait_s: int) -> dict[str, Any] | None:
    """Have the daemon halt and watch its proof; None where none answers, or it stops to."""
    try:
        answer: dict[str, Any] = call(socket_path, "POST", "/v1/halt", body, timeout_s=ANSWER_S)
        for _ in range(wait_s * LOOKS_PER_S):
            if _is_proven(answer):
                break
            Event().wait(1 / LOOKS_PER_S)
            answer = call(socket_path, "GET", "/v1/halt", timeout_s=LOOK_S)
    except DaemonUnreachable:
        return None
    except DaemonRefused as refused:
        if refused.status == FORBIDDEN:
            fail(str(refused), os.EX_NOPERM)
        return None
    return answer


def _is_proven(answer: dict[str, Any]) -> bool:
    proof = answer["proof"]
    return proof is not None and proof["proven_at"] is not None


def _alone(config_path: Path, body: dict[str, Any], wait_s: int, as_json: bool) -> None:
    from adapters.pingan.endpoint import EndpointError  # noqa: PLC0415 - heavy
    from config.loading import ConfigError  # noqa: PLC0415 - heavy
    from config.secrets import SecretsError  # noqa: PLC0415 - heavy
    from daemon.halting.command import (  # noqa: PLC0415 - heavy
        LoneWish,
        NotStopped,
        WrongAccount,
        halt_alone,
        stop_sends,
    )
    from daemon.halting.files import HaltFiles  # noqa: PLC0415 - heavy

    wish = LoneWish(**body)
    try:
        settings, note = stop_sends(config_path, wish)
    except (ConfigError, NotStopped) as error:
        fail(f"NOTHING IS STOPPED: {error}; make a file HALT in the state directory", os.EX_CONFIG)
    state = settings.paths.state
    if wish.reduce_only:
        _tell_reduced(HaltFiles(state).grade(), as_json)
        return
    try:
        receipt = halt_alone(settings, note, wish, os.environ, wait_s)
    except (ConfigError, SecretsError, EndpointError, WrongAccount) as error:
        stopped = f"the sends are stopped by a file in {state}, nothing was cancelled"
        fail(f"{stopped}: {error}", os.EX_CONFIG)
    except OSError as error:
        fail(f"the sends are stopped, the receipt could not be kept: {error}", os.EX_IOERR)
    _tell(receipt.plain(), as_json)


def _tell_reduced(grade: str, as_json: bool) -> None:
    """Say what is sent now: a full halt that stood before is not weakened to one of the buys."""
    text = ONLY_SELLS if grade == "reduce-only" else NOTHING
    emit({"proof": None, "grade": grade}, as_json=as_json, text=text)


def _tell(proof: dict[str, Any] | None, as_json: bool) -> None:
    """Say what rests until when; ends with 75 where that is anything nobody wanted to keep."""
    emit({"proof": proof}, as_json=as_json, text="\n".join(_lines(proof)))
    if proof is None or proof["proven_at"] is None:
        raise SystemExit(os.EX_TEMPFAIL)


def _lines(proof: dict[str, Any] | None) -> list[str]:
    halted = "halted: nothing is sent until `sage-execd resume`"
    if proof is None:
        return [halted, "what is live at the broker is not known yet: `sage-execd status`"]
    live = [order for order in proof["orders"] if order["live"]]
    ended = len(proof["orders"]) - len(live)
    known = proof["read_at"] is not None
    count = f"{ended} orders ended, {len(live)} live" if known else "the broker was not read"
    lines = [halted, f"{count}; receipt {proof['file']}", *proof["notes"]]
    return [*lines, *map(_resting, live), *map(_doubtful, proof["in_doubt"])]


def _resting(order: dict[str, Any]) -> str:
    name = order["client_order_id"] or order["venue_order_id"]
    left = order["quantity"] - order["filled_quantity"]
    until = datetime.fromisoformat(order["rests_until"])
    what = f"{name} {order['side']} {left} {order['ts_code']}"
    return f"rests: {what} until at least {until:%H:%M:%S}"


def _doubtful(name: str) -> str:
    return f"in doubt: {name} may be at the broker, its list does not show it: `sage-execd manual`"
