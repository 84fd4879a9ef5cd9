from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from daemon.reconciliation.books import order_key
from daemon.reconciliation.cash import cash_flow
from market.side import Side
from statemachine.fill import BilledFees, Fill, FillKind
from tests.daemon.reconciliation.books import FEES, SYMBOLS, dividend
from tests.support.book import make_fill, make_order

AMOUNTS = st.decimals("-100000", "100000", places=2)


@st.composite
def fills(draw: st.DrawFn) -> list[Fill]:
    made = []
    for number in range(draw(st.integers(0, 6))):
        order = make_order(
            draw(st.sampled_from(SYMBOLS)),
            draw(st.sampled_from(Side)),
            10_000,
            str(draw(st.decimals("0.5", "400", places=2))),
        )
        fees = BilledFees(draw(st.decimals("0", "30", places=2)), Decimal(0), Decimal("0.01"))
        fill = make_fill(order, draw(st.integers(1, 10_000)), str(number))
        made.append(replace(fill, fees=fees))
    return made


@given(opening=AMOUNTS, traded=fills(), moved=AMOUNTS)
def test_the_closing_is_what_a_cashier_would_count(
    opening: Decimal, traded: list[Fill], moved: Decimal
) -> None:
    cash = opening + moved
    for fill in traded:
        assert fill.fees is not None
        cash += fill.amount if fill.side is Side.SELL else -fill.amount
        cash -= fill.fees.commission + fill.fees.stamp_duty + fill.fees.transfer

    assert cash_flow(opening, traded, [dividend(moved)], {}).closing == cash


@given(traded=fills())
def test_busting_every_trade_brings_the_opening_back(traded: list[Fill]) -> None:
    busts = [replace(fill, kind=FillKind.BUST, quantity=-fill.quantity) for fill in traded]

    assert cash_flow(Decimal(100), [*traded, *busts], [], {}).closing == Decimal(100)


def test_an_estimate_stands_for_the_whole_order_until_all_of_it_is_billed() -> None:
    order = make_order()
    billed = replace(make_fill(order, 100), fees=FEES)
    unbilled = replace(make_fill(order, 200, "2"), fees=None)
    other = replace(make_fill(make_order(SYMBOLS[1]), 100), fees=FEES)
    estimates = {order_key(billed): Decimal("9.99"), order_key(other): Decimal("8.88")}

    flow = cash_flow(Decimal(0), [billed, unbilled, other], [], estimates)

    assert flow.fees_estimated == Decimal("9.99")
    assert flow.fees_billed == FEES.total
    assert flow.unbilled_orders == 1


def test_without_an_estimate_what_was_billed_counts() -> None:
    billed = replace(make_fill(make_order(), 100), fees=FEES)
    unbilled = replace(make_fill(make_order(), 200, "2"), fees=None)

    flow = cash_flow(Decimal(0), [billed, unbilled], [], {})

    assert (flow.fees_billed, flow.fees_estimated) == (FEES.total, Decimal(0))
    assert flow.unbilled_orders == 1


def test_orders_of_other_people_are_told_apart_by_the_venues_number() -> None:
    fill = replace(make_fill(make_order(), 100), client_order_id=None, venue_order_id="P1")

    assert order_key(fill) != order_key(replace(fill, venue_order_id="P2"))
    assert order_key(fill) == order_key(replace(fill, fill_id="2"))
