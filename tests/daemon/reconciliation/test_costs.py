from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.planning.readiness import EX_RIGHTS
from daemon.reconciliation.books import order_key
from daemon.reconciliation.costs import CostParts, NameCost, RunCosts, run_costs, sum_of_parts
from daemon.reconciliation.lines import LineResult, line_results
from market.side import Side
from market.symbol import Symbol
from statemachine.fill import BilledFees, Fill, FillKind
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import PlanLine
from statemachine.reasons import Reason
from tests.daemon.reconciliation import ended_run
from tests.daemon.reconciliation.books import FEES as BILLED
from tests.support.book import BANK, RUN_ID, VANKE, line, make_fill, make_order, make_plan

ZERO = Decimal(0)
CENTS = st.decimals("0.5", "400", places=2)
MIDS = st.integers(100, 80_000).map(lambda half_cents: Decimal(half_cents) * Decimal("0.005"))
FEES = BilledFees(Decimal(15), ZERO, ZERO)


def wanted(side: Side, quantity: int, approved: int, decision: str = "10.00") -> PlanLine:
    """Return a line that wants so many shares and was approved for some of them."""
    owned = 0 if side is Side.BUY else quantity
    return replace(
        line(BANK, side, approved, "10.50"),
        reference_price=Decimal(decision),
        owned_quantity=owned,
        target_quantity=owned + side.sign * quantity,
    )


def sent(side: Side, filled: int, price: str, arrival: str, spread: str | None = None) -> Order:
    return replace(
        make_order(BANK, side, max(filled, 1), price),
        filled_quantity=filled,
        filled_amount=filled * Decimal(price),
        arrival_price=Decimal(arrival),
        arrival_spread=None if spread is None else Decimal(spread),
    )


def costs(
    lines: Sequence[PlanLine],
    orders: Sequence[Order] = (),
    fills: Sequence[Fill] = (),
    end: str | None = "10.30",
    reason: Reason | None = None,
) -> RunCosts:
    statuses = {} if reason is None else {BANK: LineStatus(RUN_ID, BANK, reason, "")}
    results = line_results(make_plan(lines=lines), orders, statuses)
    ends = {} if end is None else {BANK: Decimal(end)}
    return run_costs(results, fills, end_prices=ends, fee_estimates={})


def e67(approved: int = 5_000, reason: Reason | None = None) -> NameCost:
    order = sent(Side.BUY, 4_000, "10.12", "10.05", "0.04")
    fill = replace(make_fill(order, 4_000), fees=FEES)
    found = costs([wanted(Side.BUY, 5_000, approved)], [order], [fill], reason=reason)
    (cost,) = found.names
    return cost


def test_E67_both_forms_agree_and_name_where_it_was_lost() -> None:
    cost = e67()

    assert cost.parts == CostParts(
        delay=Decimal(250),
        spread=Decimal(80),
        execution=Decimal(200),
        limit_locked=ZERO,
        unfilled=Decimal(250),
        cash_drag=ZERO,
        fees=Decimal(15),
    )
    assert (cost.price_cost, cost.missed_cost) == (Decimal(480), Decimal(300))
    assert cost.parts.total == cost.perold_total == 795
    assert cost.slippage_bp == Decimal("69.65")


def test_what_was_never_approved_is_a_drag_and_what_a_limit_held_is_named() -> None:
    assert e67(approved=4_400).parts.cash_drag == Decimal(150)
    assert e67(approved=4_400).parts.unfilled == Decimal(100)

    locked = wanted(Side.BUY, 5_000, 4_400)
    (cost,) = costs([locked], reason=Reason.LIMIT_LOCKED).names

    assert cost.arrival_kind == "DECISION"
    assert cost.parts == CostParts(
        ZERO,
        ZERO,
        ZERO,
        limit_locked=Decimal(1_320),
        unfilled=ZERO,
        cash_drag=Decimal(180),
        fees=ZERO,
    )


def test_a_run_is_the_sum_of_its_names_and_leads_from_decision_to_cash() -> None:
    orders = ended_run.orders()
    fills = ended_run.fills(orders)
    results = line_results(ended_run.plan(), orders, ended_run.statuses())
    estimates = {order_key(fill): Decimal(6) for fill in fills}
    found = run_costs(results, fills, end_prices={BANK: Decimal("10.50")}, fee_estimates=estimates)
    sold, bought = Decimal("4985.00"), Decimal("7027.00")
    fees = 3 * BILLED.total

    assert found.parts == sum_of_parts(cost.parts for cost in found.names)
    assert found.proof.at_decision_prices == 5_000 - 7_000
    assert found.proof.price_cost == 15 + 27
    assert found.proof.cash_change == sold - bought - fees
    assert (found.fees.billed, found.fees.estimated) == (fees, Decimal(18))
    assert found.perold_total == found.parts.total
    assert found.shortfall_bp is not None


def test_a_reversed_trade_costs_nothing_and_its_fees_come_back() -> None:
    order = sent(Side.BUY, 4_000, "10.12", "10.05")
    done = replace(make_fill(order, 4_000), fees=FEES)
    bust = replace(done, kind=FillKind.BUST, quantity=-4_000, amount=-done.amount)
    (cost,) = costs([wanted(Side.BUY, 5_000, 5_000)], [order], [done, bust]).names

    assert (cost.filled_quantity, cost.traded_amount, cost.parts.fees) == (0, ZERO, ZERO)
    assert cost.average_price is None
    assert cost.parts.total == cost.perold_total


def test_a_name_of_which_nothing_was_wanted_or_that_never_had_a_price_is_left_out() -> None:
    assert costs([wanted(Side.BUY, 0, 0)]).names == ()
    priceless = replace(wanted(Side.BUY, 100, 100), reference_price=None)
    assert costs([priceless], end=None).names == ()
    assert costs([], end=None).shortfall_bp is None
    assert costs([priceless]).names[0].decision_price == Decimal("10.30")


def test_a_price_that_is_missing_moves_nothing() -> None:
    order = sent(Side.BUY, 100, "10.12", "10.05")
    (cost,) = costs([wanted(Side.BUY, 300, 200)], [order], [make_fill(order, 100)], end=None).names

    assert cost.end_price == Decimal("10.05")
    assert cost.parts.unfilled == cost.parts.cash_drag == cost.parts.spread == 0


@pytest.mark.parametrize(("by", "decision"), [(EX_RIGHTS, "5.00"), ("wang", "10.00")])
def test_the_decision_price_follows_a_corporate_action_and_no_persons_word(
    by: str, decision: str
) -> None:
    status = LineStatus(RUN_ID, BANK, None, "", released_by=by, reference_price=Decimal("5.00"))
    result = LineResult(wanted(Side.BUY, 100, 100), (), None, status)
    found = run_costs([result], (), end_prices={}, fee_estimates={})

    assert found.names[0].decision_price == Decimal(decision)


@given(
    side=st.sampled_from(Side),
    quantity=st.integers(0, 10_000),
    approved_share=st.integers(0, 100),
    filled_share=st.integers(0, 100),
    decision=CENTS,
    price=CENTS,
    arrival=MIDS,
    spread=st.none() | st.decimals("0", "0.5", places=2),
    end=CENTS,
    reason=st.sampled_from([None, Reason.LIMIT_LOCKED, Reason.SUSPENDED]),
)
def test_perold_and_wagner_agree_to_the_cent_and_lead_to_the_cash(
    side: Side,
    quantity: int,
    approved_share: int,
    filled_share: int,
    decision: Decimal,
    price: Decimal,
    arrival: Decimal,
    spread: Decimal | None,
    end: Decimal,
    reason: Reason | None,
) -> None:
    approved = quantity * approved_share // 100
    filled = approved * filled_share // 100
    order = sent(side, filled, str(price), str(arrival), None if spread is None else str(spread))
    fills = [replace(make_fill(order, filled), fees=FEES)] if filled else []
    found = costs(
        [wanted(side, quantity, approved, str(decision))], [order], fills, str(end), reason
    )
    cash = -side.sign * filled * price - (15 if filled else 0)

    assert found.parts.total == found.perold_total
    assert found.proof.cash_change == cash
    for cost in found.names:
        assert cost.parts.total == cost.perold_total
        assert cost.ts_code == BANK


def test_other_names_are_told_apart() -> None:
    sold = replace(wanted(Side.SELL, 500, 500), symbol=VANKE)
    order = replace(sent(Side.SELL, 500, "9.90", "10.00"), symbol=VANKE)
    fill = make_fill(make_order(VANKE, Side.SELL, 500, "9.90"), 500)
    found = costs([wanted(Side.BUY, 100, 100), sold], [order], [fill])
    by_name: dict[Symbol, NameCost] = {cost.ts_code: cost for cost in found.names}

    assert by_name[VANKE].price_cost == 50
    assert by_name[BANK].missed_cost == 30
