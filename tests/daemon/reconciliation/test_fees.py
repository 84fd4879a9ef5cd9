from dataclasses import replace
from decimal import Decimal

from daemon.reconciliation.books import order_key
from daemon.reconciliation.fees import FeeTotals, fee_estimates, fee_totals
from market.fees import FeeSchedule
from market.side import Side
from market.symbol import Symbol
from statemachine.fill import FillKind
from tests.daemon.planning.builders import rule_book
from tests.daemon.reconciliation.books import FEES, SYMBOLS
from tests.support.book import make_fill, make_order

BUY = make_order(price="50.00")
SELL = make_order(SYMBOLS[1], Side.SELL, price="50.00")
SCHEDULE = FeeSchedule()


def test_the_minimum_commission_counts_once_an_order() -> None:
    parts = [make_fill(BUY, 100, "1"), make_fill(BUY, 100, "2")]

    estimates = fee_estimates(parts, rule_book(), SCHEDULE)

    assert estimates == {BUY.client_order_id: Decimal("5.10")}


def test_a_sell_pays_stamp_duty() -> None:
    estimates = fee_estimates([make_fill(SELL, 1000)], rule_book(), SCHEDULE)

    assert estimates == {SELL.client_order_id: Decimal("12.50") + 25 + Decimal("0.50")}


def test_a_busted_trade_costs_nothing() -> None:
    fill = make_fill(BUY, 1000)
    bust = replace(fill, kind=FillKind.BUST)

    assert fee_estimates([fill, bust], rule_book(), SCHEDULE) == {BUY.client_order_id: 0}


def test_what_the_rule_book_does_not_know_has_no_estimate() -> None:
    repo = replace(make_fill(BUY, 100), symbol=Symbol.parse("204001.SH"), client_order_id=None)

    assert fee_estimates([repo], rule_book(), SCHEDULE) == {}


def test_totals_hold_both_figures_and_charge_the_brokers_where_it_has_one() -> None:
    billed = replace(make_fill(BUY, 1000), fees=FEES)
    unbilled = replace(make_fill(SELL, 1000), fees=None)
    estimates = {order_key(billed): Decimal(6), order_key(unbilled): Decimal("38.00")}

    totals = fee_totals([billed, unbilled], estimates)

    assert totals.estimated == Decimal("44.00")
    assert totals.billed == FEES.total
    assert totals.charged == FEES.total + Decimal("38.00")
    assert totals.unbilled_orders == 1


def test_no_fills_cost_nothing() -> None:
    totals = fee_totals([], {"S": Decimal(5)})

    assert totals == FeeTotals(Decimal(0), Decimal(0), Decimal(0), 0)
