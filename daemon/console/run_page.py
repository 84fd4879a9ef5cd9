"""What the page of a run shows: how far it is, what it cost, and the figures behind both."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from daemon.console.charts.cash import Step, cash_chart, cash_steps
from daemon.console.charts.drawing import Chart
from daemon.console.charts.fills import Filled, fills_chart
from daemon.console.charts.slippage import Slippage, slippage_chart
from daemon.console.charts.weights import Weight, weights_chart
from daemon.console.formats import number
from daemon.console.texts.language import Texts

Row = Mapping[str, Any]
ZERO = Decimal(0)
TO_DECIDE = ("AWAITING_APPROVAL", "HOLD_INPUT_CHANGED")
UNDER_WAY = ("APPROVED", "SUBMITTING", "WORKING")
UNSENT = ("RECEIVED", "NEEDS_BASELINE", "QUARANTINED", *TO_DECIDE, "APPROVED")
HELD = ("HELD_GAP", "HELD_FACTOR")


def run_content(shown: Mapping[str, Any], texts: Texts) -> dict[str, Any]:
    """Return what fills the page of a run that was planned, and of one that was not."""
    lines, fills, plan = shown["lines"], shown["fills"], shown["plan"]
    is_under_way = plan is not None and shown["run"]["state"] in UNDER_WAY
    return {
        **shown,
        "charts": _charts(shown, texts) if fills else [],
        "held": [line for line in lines if line["reason"] in HELD],
        "fills": [with_fees(fill) for fill in fills],
        "left": [line for line in lines if line["reason"] and line["disposition"] != "KEEP"],
        "stage_due": plan["stage_due"] if is_under_way else None,
        "may_decline": shown["run"]["state"] in UNSENT,
        "may_liquidate": any(why["code"] == "EMPTY_PORTFOLIO" for why in shown["refusals"]),
    }


def with_fees(fill: Row) -> dict[str, Any]:
    """Return a fill with the sum of what was billed for it, None before the bill."""
    fees = fill["fees"]
    return {**fill, "total_fees": None if fees is None else _total(fees.values())}


def plan_charts(plan: Mapping[str, Any], texts: Texts) -> list[Chart]:
    """Return the charts of a plan before it is sent: weights and the way of the cash."""
    rows = [*plan["sells"], *plan["buys"], *plan["holds"], *plan["denied"]]
    weights = [
        Weight(row["ts_code"], _decimal(row["target_weight"]), _decimal(row["weight_before"]))
        for row in rows
    ]
    steps = [
        Step(step["step"], _decimal(step["amount"]), _decimal(step["balance"]))
        for step in plan["cash_path"]
    ]
    return [weights_chart(_heaviest(weights), texts), cash_chart(steps, texts)]


def waits_for_a_person(plan: Mapping[str, Any]) -> bool:
    """Whether a plan, or a stage of one under way, is to be approved."""
    staged = plan["state"] in UNDER_WAY and plan["asked"]["stage"] is not None
    return plan["state"] in TO_DECIDE or staged


def _charts(shown: Mapping[str, Any], texts: Texts) -> list[Chart]:
    fills = shown["fills"]
    filled = [
        Filled(datetime.fromisoformat(fill["fill_time"]), fill["side"], _decimal(fill["amount"]))
        for fill in fills
    ]
    sums = {side: _total(f.amount for f in filled if f.side == side) for side in ("SELL", "BUY")}
    steps = cash_steps(
        _decimal(shown["plan"]["available_cash"]),
        sums["SELL"],
        sums["BUY"],
        _decimal(shown["summary"]["fees"]),
    )
    return [
        fills_chart(filled, texts),
        weights_chart(_heaviest(_weights(shown)), texts),
        slippage_chart(_slippage(shown["orders"]), texts),
        cash_chart(steps, texts),
    ]


def _weights(shown: Mapping[str, Any]) -> list[Weight]:
    capital, owned = _decimal(shown["plan"]["strategy_capital"]), shown["account"]["owned"]
    return [
        Weight(
            line["ts_code"],
            _decimal(line["target_weight"]),
            owned.get(line["ts_code"], 0) * _decimal(line["reference_price"]) / capital
            if capital
            else ZERO,
        )
        for line in shown["lines"]
    ]


def _heaviest(weights: Iterable[Weight]) -> list[Weight]:
    return sorted(weights, key=lambda row: (-row.target, -row.actual, row.label))


def _slippage(orders: Sequence[Row]) -> list[Slippage]:
    """Return each name's slippage, its orders weighed by what they filled."""
    weighed: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for order in orders:
        found = number(order["slippage_bp"]) if order["slippage_bp"] is not None else None
        if found is not None:
            weighed.setdefault(order["ts_code"], []).append(
                (found, _decimal(order["filled_amount"]))
            )
    return sorted(
        (name, sum((bp * amount for bp, amount in parts), ZERO) / _total(a for _, a in parts))
        for name, parts in weighed.items()
    )


def _decimal(value: object) -> Decimal:
    return number(value) or ZERO


def _total(values: Iterable[object]) -> Decimal:
    return sum((_decimal(value) for value in values), ZERO)
