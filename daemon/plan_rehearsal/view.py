"""A rehearsal as every door shows it, with its sentence in both languages."""

from typing import Any

from daemon.plan_rehearsal.values import PlanRehearsal, RehearsedLine
from daemon.planning.approval_view import words_of
from daemon.reconciliation.plain import plain, plain_record
from statemachine.reasons import Reason

View = dict[str, Any]
NO_BARS = {
    "code": "NO_BARS",
    "english": "The name has no bars on the session that was played; it counts as not filled.",
    "chinese": "该证券在所回放的交易日没有行情，按未成交计。",
}


def rehearsal_view(rehearsal: PlanRehearsal) -> View:
    """Return it as JSON; `unfilled` are the lines that were not filled whole, with the reason."""
    lines = [line_view(line) for line in rehearsal.lines]
    return {
        **plain_record(rehearsal),
        "note": note_of(rehearsal),
        "lines": lines,
        "unfilled": [line for line in lines if line["filled_quantity"] < line["quantity"]],
        "hold": _words(rehearsal.hold),
    }


def note_of(rehearsal: PlanRehearsal) -> View:
    """Say what the figures are, and what they are not."""
    day = rehearsal.bars_date
    return {
        "english": f"Played on the bars of {day}, an example of a session, not a forecast.",
        "chinese": f"按 {day} 的行情回放，仅为一个交易日的示例，并非预测。",
    }


def line_view(line: RehearsedLine) -> View:
    """Return one line; money and prices as decimal strings in CNY."""
    return {
        "ts_code": str(line.symbol),
        "side": line.side,
        "quantity": line.quantity,
        "filled_quantity": line.filled_quantity,
        "average_price": plain(line.average_price),
        "filled_amount": plain(line.filled_amount),
        "fees": plain(line.fees),
        "reason": _words(line.reason) if line.has_bars else NO_BARS,
    }


def _words(reason: Reason | None) -> View | None:
    return None if reason is None else plain_record(words_of(reason))
