from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from daemon.reconciliation.books import OurBook
from daemon.reconciliation.fill_breaks import fill_breaks
from market.side import Side
from statemachine.breaks import Break, BreakCause, BreakKind
from statemachine.fill import Fill, FillKind
from tests.daemon.reconciliation.books import FEES, SYMBOLS
from tests.support.book import RUN_ID, SESSION, make_fill, make_order

ORDER = make_order()
FILL = make_fill(ORDER, 300)


def found(ours: Sequence[Fill], theirs: Sequence[Fill]) -> list[Break]:
    book = OurBook((ORDER,), tuple(ours), {}, {}, None, None, ())
    return list(fill_breaks(book, theirs, session_date=SESSION, run_id=None))


@pytest.mark.parametrize(
    "changed",
    [
        replace(FILL, quantity=301),
        replace(FILL, price=Decimal("10.06")),
        replace(FILL, amount=Decimal("3015.01")),
        replace(FILL, side=Side.SELL),
        replace(FILL, symbol=SYMBOLS[1]),
        replace(FILL, client_order_id=None),
        replace(FILL, fees=FEES),
    ],
)
def test_the_same_fill_with_other_figures_is_a_break(changed: Fill) -> None:
    (each,) = found([FILL], [changed])

    assert each.kind == BreakKind.FILL_DIFFERS
    assert each.run_id == RUN_ID
    assert each.ours != each.theirs


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        (replace(FILL, fees=FEES), BreakCause.FEE_CORRECTION),
        (replace(FILL, fees=FEES, quantity=301), BreakCause.UNKNOWN),
    ],
)
def test_fees_that_were_billed_anew_are_a_correction(changed: Fill, cause: BreakCause) -> None:
    (each,) = found([FILL], [changed])

    assert each.cause is cause


def test_fees_that_one_side_does_not_have_yet_are_no_break() -> None:
    unbilled = replace(FILL, fees=None)

    assert found([unbilled], [FILL]) == []
    assert found([FILL], [unbilled]) == []


@pytest.mark.parametrize(
    "key",
    [
        {"fill_id": "2"},
        {"market": "SZ"},
        {"venue_order_id": "V2"},
        {"kind": FillKind.INFERRED},
    ],
)
def test_every_part_of_the_key_tells_fills_apart(key: dict[str, str]) -> None:
    values = {"fill_id": "1", "market": "SH", "venue_order_id": "V1", "kind": FillKind.TRADE} | key
    base = replace(FILL, venue_order_id="V1")
    other = replace(
        base,
        fill_id=values["fill_id"],
        market=values["market"],
        venue_order_id=values["venue_order_id"],
        kind=FillKind(values["kind"]),
    )

    assert {each.kind for each in found([base], [other])} == {
        BreakKind.FILL_MISSING,
        BreakKind.FILL_UNKNOWN,
    }


def test_a_fill_told_twice_is_one_fill() -> None:
    assert found([FILL], [FILL, FILL]) == []


def test_fills_of_other_sessions_are_not_compared() -> None:
    earlier = replace(FILL, trade_date=SESSION - timedelta(days=3))

    assert found([earlier], []) == []
    assert found([], [earlier]) == []


def test_a_fill_under_an_id_of_our_shape_without_an_order_is_not_a_foreign_one() -> None:
    unheard = make_fill(make_order(SYMBOLS[1]), 100)

    (each,) = found([], [unheard])

    assert each.kind == BreakKind.FILL_UNKNOWN
    assert each.run_id is None


def test_a_trade_of_a_person_is_no_break() -> None:
    assert found([], [replace(FILL, client_order_id=None)]) == []
