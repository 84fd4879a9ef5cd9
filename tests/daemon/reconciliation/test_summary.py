from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.reconciliation.summary import (
    OrderCounts,
    RunSummary,
    max_weight_gap,
    order_counts,
    run_summary,
)
from market.side import Side
from statemachine.order import Order, OrderState, SendState
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.daemon.reconciliation import ended_run
from tests.daemon.reconciliation.books import FEES
from tests.daemon.reconciliation.ended_run import CASH_BREAK, KEPT, LATE
from tests.support.book import BANK, STAR, VANKE, make_order, make_run

ORDERS = ended_run.orders()
OWNED = {BANK: 700, KEPT: 2000}


def summary(orders: tuple[Order, ...] = ORDERS) -> RunSummary:
    return run_summary(
        ended_run.run(),
        ended_run.plan(),
        orders,
        ended_run.fills(orders),
        ended_run.statuses(),
        (CASH_BREAK,),
        fee_estimates={},
        prices={BANK: Decimal("10.50")},
        owned=OWNED,
    )


def test_the_object_has_the_fields_of_the_rehearsal_line() -> None:
    assert set(summary().as_json()) == {
        "run_id",
        "trade_date",
        "plan_hash",
        "status",
        "refusals",
        "planned",
        "denied",
        "orders",
        "planned_notional",
        "filled_notional",
        "turnover",
        "fees",
        "slippage_bp",
        "max_weight_gap",
        "breaks",
    }


def test_the_object_is_plain_and_its_money_is_text() -> None:
    plain = summary().as_json()

    assert plain["status"] == "COMPLETED_WITH_EXCEPTIONS"
    assert plain["planned_notional"] == "19000"
    assert plain["filled_notional"] == "12012"
    assert plain["turnover"] == "0.012012"
    assert plain["orders"] == {
        "total": 3,
        "filled": 1,
        "partial": 2,
        "cancelled": 0,
        "rejected": 0,
        "never_sent": 0,
        "manual": 0,
    }
    assert plain["breaks"] == [
        {
            "run_id": CASH_BREAK.run_id,
            "kind": "CASH",
            "ts_code": None,
            "ours": "1",
            "theirs": "2",
            "detail": "a yuan",
            "cause": "UNKNOWN",
            "evidence": [],
            "since": None,
        }
    ]


def test_deferred_lines_were_to_trade_and_denied_and_kept_ones_were_not() -> None:
    assert summary().planned == 3


def test_every_line_that_is_not_filled_has_one_reason_and_a_kept_one_none() -> None:
    assert [(row.ts_code, row.reason) for row in summary().denied] == [
        (BANK, Reason.NOT_FILLED),
        (STAR, Reason.LIMIT_LOCKED),
        (LATE, Reason.BELOW_LOT),
    ]
    assert VANKE not in {row.ts_code for row in summary().denied}


def test_fees_are_the_brokers_and_an_estimate_where_it_billed_none() -> None:
    fills = ended_run.fills(ORDERS)
    sold, *bought = fills
    estimates = {str(sold.client_order_id): Decimal("7.77")}

    found = run_summary(
        ended_run.run(),
        ended_run.plan(),
        ORDERS,
        (replace(sold, fees=None), *bought),
        {},
        (),
        fee_estimates=estimates,
        prices={},
        owned={},
    )

    assert found.fees == Decimal("7.77") + 2 * FEES.total
    assert summary().fees == 3 * FEES.total


def test_slippage_is_weighted_by_amount_over_both_sides() -> None:
    cost = (500 * Decimal("9.97") + 400 * Decimal("10.03")) * 30 + 300 * Decimal("10.05") * 50

    assert summary().slippage_bp == (cost / 12012).quantize(Decimal("0.01"))


def test_the_largest_gap_is_that_of_the_name_furthest_from_its_target() -> None:
    plan = ended_run.plan()

    assert max_weight_gap(plan, OWNED, {BANK: Decimal("10.50")}) == Decimal("0.004")
    assert max_weight_gap(plan, {}, {}) == Decimal("0.02")
    assert max_weight_gap(plan, {**OWNED, VANKE: 500}, {VANKE: Decimal(20)}) == Decimal("0.01")


def test_what_is_owned_beside_the_plan_counts_whole_and_needs_a_price() -> None:
    plan, stranger = ended_run.plan(), make_order(KEPT).symbol
    without = replace(plan, lines=tuple(row for row in plan.lines if row.symbol != stranger))

    assert max_weight_gap(without, {KEPT: 100}, {}) is None
    assert max_weight_gap(without, {KEPT: 100}, {KEPT: Decimal(500)}) == Decimal("0.05")


def test_a_refused_run_has_no_figures_and_its_refusals() -> None:
    refusal = Refusal(Reason.INDUSTRY_CAP, "银行 0.41 > 0.40", "portfolio.csv", 3, "weight")
    run = replace(make_run(), state=RunState.REFUSED, refusals=(refusal,))

    plain = run_summary(
        run, None, (), (), {}, (), fee_estimates={}, prices={}, owned={BANK: 100}
    ).as_json()

    assert plain["refusals"] == [
        {
            "code": "INDUSTRY_CAP",
            "message": "银行 0.41 > 0.40",
            "file": "portfolio.csv",
            "line": 3,
            "field": "weight",
        }
    ]
    assert plain["plan_hash"] is None
    assert plain["planned"] == 0
    assert plain["filled_notional"] == plain["turnover"] == plain["max_weight_gap"] == "0"
    assert plain["slippage_bp"] is None


NONE = OrderCounts(0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("state", "send_state", "quantity", "counts"),
    [
        (OrderState.FILLED, SendState.ACCEPTED, 1000, replace(NONE, total=1, filled=1)),
        (OrderState.CANCELLED, SendState.ACCEPTED, 400, replace(NONE, total=1, partial=1)),
        (OrderState.PARTIAL_FILLED, SendState.ACCEPTED, 400, replace(NONE, total=1, partial=1)),
        (OrderState.CANCEL_PENDING, SendState.ACCEPTED, 400, replace(NONE, total=1, partial=1)),
        (OrderState.CANCELLED, SendState.ACCEPTED, 0, replace(NONE, total=1, cancelled=1)),
        (OrderState.REJECTED, SendState.REFUSED, 0, replace(NONE, total=1, rejected=1)),
        (OrderState.NEW, SendState.NEVER_SENT, 0, replace(NONE, total=1, never_sent=1)),
        (OrderState.NEW, SendState.MANUAL, 0, replace(NONE, total=1, manual=1)),
        (OrderState.NEW, SendState.UNKNOWN, 0, replace(NONE, total=1)),
        (OrderState.ACK, SendState.ACCEPTED, 0, replace(NONE, total=1)),
        (OrderState.CANCEL_PENDING, SendState.MANUAL, 0, replace(NONE, total=1)),
    ],
)
def test_an_order_counts_once_by_how_it_stands(
    state: OrderState, send_state: SendState, quantity: int, counts: OrderCounts
) -> None:
    order = replace(
        make_order(side=Side.BUY), state=state, send_state=send_state, filled_quantity=quantity
    )

    assert order_counts([order]) == counts
