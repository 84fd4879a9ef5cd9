import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from daemon.planning.outcomes import NextStep
from daemon.reconciliation.books import BrokerBook, order_key
from daemon.reconciliation.cash import CashFlow
from daemon.reconciliation.report import (
    ReconcileReport,
    ReportInputs,
    ReportStatus,
    StatedPrice,
    build_report,
    report_json,
)
from market.symbol import Symbol
from statemachine.order import OrderState, SendState
from statemachine.plan import Disposition
from statemachine.reasons import Reason
from tests.daemon.planning.builders import rule_book
from tests.daemon.reconciliation import ended_run
from tests.daemon.reconciliation.books import CLOSE, FEES, funds
from tests.daemon.reconciliation.ended_run import CASH_BREAK, KEPT, LATE
from tests.support.book import BANK, SESSION, STAR, VANKE, make_order

STRANGER = Symbol.parse("601988.SH")
FLOW = CashFlow(
    opening=Decimal("1000.00"),
    sells=Decimal("300.50"),
    buys=Decimal("200.25"),
    fees_billed=Decimal("10.11"),
    fees_estimated=Decimal("5.00"),
    movements=Decimal("7.00"),
    unbilled_orders=1,
)
ORDERS = ended_run.orders()


def inputs() -> ReportInputs:
    fills = ended_run.fills(ORDERS)
    return ReportInputs(
        run=ended_run.run(),
        plan=ended_run.plan(),
        status=ReportStatus.PROVISIONAL,
        orders=ORDERS,
        fills=fills,
        line_statuses=ended_run.statuses(),
        breaks=(CASH_BREAK,),
        owned={BANK: 700, KEPT: 2000},
        foreign={STRANGER: 300, BANK: 50},
        theirs=BrokerBook((), fills, None, funds(Decimal("1092.15"), Decimal(1)), SESSION),
        cash=FLOW,
        ours_as_of=CLOSE,
        theirs_as_of=CLOSE - timedelta(seconds=2),
        priced_on=SESSION,
        prices={
            BANK: StatedPrice(Decimal("10.50"), "CLOSE"),
            KEPT: StatedPrice(Decimal(9), "LAST"),
        },
        rules=rule_book(),
        fee_estimates={order_key(fill): Decimal(6) for fill in fills},
    )


def report() -> ReconcileReport:
    return build_report(inputs())


def row(symbol: Symbol) -> dict[str, object]:
    content = json.loads(report_json(report()))
    (found,) = [name for name in content["names"] if name["ts_code"] == str(symbol)]
    return dict(found)


def test_a_name_is_told_from_what_was_wanted_to_what_is_held() -> None:
    assert row(BANK) == {
        "ts_code": "600000.SH",
        "side": "BUY",
        "disposition": "TRADE",
        "target_weight": "0.01055",
        "achievable_weight": "0.01",
        "owned_weight": "0.00735",
        "owned_quantity": 700,
        "foreign_quantity": 50,
        "price": "10.5",
        "price_kind": "CLOSE",
        "approved_quantity": 1000,
        "sent_quantity": 1600,
        "filled_quantity": 700,
        "cancelled_quantity": 900,
        "slippage_bp": "38.58",
        "shortfall_bp": "177",
        "reason": "NOT_FILLED",
        "detail": "",
        "next_step": "RESIDUAL_PLAN",
    }


def test_a_line_that_was_done_has_no_reason_and_no_next_step() -> None:
    sold = row(VANKE)

    assert (sold["filled_quantity"], sold["approved_quantity"]) == (500, 500)
    assert (sold["reason"], sold["next_step"]) == (None, NextStep.NOTHING)
    assert (sold["owned_weight"], sold["target_weight"]) == ("0", "0")


def test_what_holds_a_line_now_goes_before_what_the_plan_said_of_it() -> None:
    waiting = row(STAR)

    assert waiting["reason"] == Reason.LIMIT_LOCKED
    assert waiting["detail"] == "locked at 11.00 since 09:31"
    assert row(LATE)["detail"] == "99 shares are below one lot"
    assert row(LATE)["next_step"] == NextStep.NEXT_PORTFOLIO


def test_the_achievable_weight_is_the_target_floored_to_the_boards_lot() -> None:
    assert row(STAR)["achievable_weight"] == "0.004"
    assert row(LATE)["achievable_weight"] == "0"


@pytest.mark.parametrize(
    ("send_state", "sent"),
    [
        (SendState.PLANNED, 0),
        (SendState.NOT_SENT, 0),
        (SendState.NEVER_SENT, 0),
        (SendState.UNKNOWN, 400),
        (SendState.REFUSED, 400),
    ],
)
def test_sent_is_what_may_have_left(send_state: SendState, sent: int) -> None:
    order = replace(make_order(STAR, quantity=400), send_state=send_state)

    (found,) = [
        name
        for name in build_report(replace(inputs(), orders=(order,))).names
        if name.ts_code == STAR
    ]

    assert found.sent_quantity == sent


def test_a_kept_line_is_kept_for_no_reason() -> None:
    kept = row(KEPT)

    assert kept["disposition"] == Disposition.KEEP
    assert kept["reason"] is None
    assert kept["owned_weight"] == "0.018"


def test_what_is_held_beside_the_plan_is_told_after_it() -> None:
    names = report().names

    assert [name.ts_code for name in names] == [VANKE, BANK, STAR, LATE, KEPT, STRANGER]
    assert names[-1].side is None
    assert names[-1].foreign_quantity == 300
    assert names[-1].owned_weight == 0


def test_a_target_without_a_reference_or_rules_has_no_achievable_weight() -> None:
    given = inputs()
    old = replace(given.plan.lines[1], symbol=Symbol.parse("830799.BJ"))
    unpriced = replace(given.plan.lines[2], reference_price=None)
    changed = replace(given, plan=replace(given.plan, lines=(old, unpriced)))

    assert [name.achievable_weight for name in build_report(changed).names[:2]] == [None, None]


def test_totals_state_requested_planned_and_realised_exposure() -> None:
    totals = report().totals

    assert totals.requested_exposure == Decimal("0.30")
    assert totals.planned_exposure == Decimal("0.014")
    assert totals.realised_exposure == Decimal("0.00735") + Decimal("0.018")
    assert totals.approved_notional == 19000
    assert totals.filled_notional == 12012


def test_a_holding_without_a_price_leaves_the_realised_exposure_open() -> None:
    without = build_report(replace(inputs(), prices={}))

    assert without.totals.realised_exposure is None
    assert without.names[1].owned_weight is None


def test_the_cash_block_adds_up_beside_the_brokers_figure() -> None:
    cash = report().cash

    assert cash is not None
    expected = cash.opening + cash.sells - cash.buys - cash.fees + cash.movements
    assert cash.closing_expected == expected == Decimal("1092.14")
    assert cash.closing_broker == Decimal("1092.15")
    assert cash.difference == Decimal("0.01")


def test_cash_that_could_not_be_asked_for_is_null_and_not_zero() -> None:
    blind = build_report(replace(inputs(), theirs=BrokerBook(None, None, None, None)))

    assert blind.cash is not None
    assert (blind.cash.closing_broker, blind.cash.difference) == (None, None)
    assert build_report(replace(inputs(), cash=None)).cash is None


def test_completeness_says_what_was_not_compared() -> None:
    complete = report().complete

    assert (complete.orders, complete.fills) == (True, True)
    assert (complete.positions, complete.funds) == (False, True)


def test_both_fee_figures_are_the_runs() -> None:
    fees = report().fees

    assert (fees.estimated, fees.billed) == (Decimal(18), 3 * FEES.total)


@pytest.mark.parametrize("send_state", [SendState.UNKNOWN, SendState.MANUAL, SendState.OPEN])
def test_an_order_nobody_knows_of_is_listed(send_state: SendState) -> None:
    lost = replace(make_order(STAR), send_state=send_state)
    never = replace(make_order(LATE), send_state=SendState.NEVER_SENT)
    adopted = replace(make_order(KEPT), state=OrderState.ACK, send_state=send_state)

    unknowns = build_report(replace(inputs(), orders=(*ORDERS, lost, never, adopted))).unknowns

    assert [order.client_order_id for order in unknowns] == [lost.client_order_id]


def test_the_file_says_whose_and_of_when_it_is() -> None:
    content = json.loads(report_json(report()))
    plan = ended_run.plan()

    assert content["schema_version"] == 1
    assert (content["run_id"], content["plan_hash"]) == (plan.run_id, plan.plan_hash)
    assert content["status"] == "PROVISIONAL"
    assert content["run_state"] == "COMPLETED_WITH_EXCEPTIONS"
    assert content["ours_as_of"] == "2025-11-10T15:31:00+08:00"
    assert content["theirs_as_of"] == "2025-11-10T15:30:58+08:00"
    assert content["priced_on"] == "2025-11-10"
    assert content["breaks"][0]["kind"] == "CASH"


def test_the_file_is_the_same_bytes_for_the_same_inputs() -> None:
    assert report_json(report()) == report_json(report())
    assert report_json(report()).endswith(b"}\n")
