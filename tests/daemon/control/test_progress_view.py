from dataclasses import replace
from decimal import Decimal

from daemon.control.progress_view import progress_view
from market.side import Side
from statemachine.plan import Disposition
from tests.support.book import BANK, VANKE, make_order, make_plan

PLAN = make_plan()
FIRST, SECOND = PLAN.lines[0], PLAN.lines[1]


def test_legs_of_a_line_count_together_and_at_the_price_that_was_planned() -> None:
    buy = replace(
        FIRST,
        symbol=BANK,
        side=Side.BUY,
        disposition=Disposition.TRADE,
        quantity_max=500,
        reference_price=Decimal(10),
    )
    waits = replace(
        buy, symbol=VANKE, side=Side.SELL, disposition=Disposition.DEFERRED, quantity_max=1500
    )
    kept = replace(buy, symbol=SECOND.symbol, disposition=Disposition.KEEP)
    orders = [
        replace(make_order(quantity=300), symbol=BANK, filled_quantity=300),
        replace(make_order(quantity=200), symbol=BANK, filled_quantity=200),
        replace(make_order(quantity=900), symbol=VANKE, filled_quantity=100),
    ]

    view = progress_view(replace(PLAN, lines=(buy, waits, kept)), orders)

    assert view == [
        {"side": "SELL", "lines": 1, "lines_done": 0, "value": "15000", "value_filled": "1000"},
        {"side": "BUY", "lines": 1, "lines_done": 1, "value": "5000", "value_filled": "5000"},
    ]


def test_a_line_without_a_price_has_no_value_and_is_a_line() -> None:
    priceless = replace(
        FIRST,
        side=Side.BUY,
        disposition=Disposition.DEFERRED,
        reference_price=None,
        quantity_max=0,
    )

    sells, buys = progress_view(replace(PLAN, lines=(priceless,)), ())

    assert (buys["value"], buys["lines"], buys["lines_done"]) == ("0", 1, 0)
    assert sells["lines"] == 0
