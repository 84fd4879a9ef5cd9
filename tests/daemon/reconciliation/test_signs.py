from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.reconciliation.signs import (
    amount_of,
    billed_fees,
    share_change,
    signed_amount,
    signed_quantity,
)
from market.side import Side
from statemachine.fill import FillKind
from tests.daemon.reconciliation.books import FEES
from tests.support.book import make_fill, make_order

BUY = replace(make_fill(make_order(), 300), fees=FEES)
SELL = replace(make_fill(make_order(side=Side.SELL), 300), fees=FEES)


def test_a_buy_adds_shares_and_a_sell_takes_them_off() -> None:
    assert (share_change(BUY), share_change(SELL)) == (300, -300)


@pytest.mark.parametrize("told", [300, -300])
def test_a_reversed_trade_moves_back_however_it_is_told(told: int) -> None:
    amount = told * BUY.price
    bust = replace(BUY, kind=FillKind.BUST, quantity=told, amount=amount)

    assert signed_quantity(bust) == share_change(bust) == -300
    assert signed_amount(bust) == -BUY.amount
    assert billed_fees(bust) == -FEES.total
    assert amount_of((BUY, bust), Side.BUY) == 0


def test_an_inferred_fill_counts_like_a_trade() -> None:
    assert share_change(replace(BUY, kind=FillKind.INFERRED)) == 300


def test_what_was_not_billed_costs_nothing_yet() -> None:
    assert billed_fees(replace(BUY, fees=None)) == Decimal(0)
