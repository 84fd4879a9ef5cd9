from collections.abc import Callable
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.rehearsal.ledger import differences
from tests.daemon.rehearsal.given import (
    CODES,
    FEES,
    Json,
    at_venue,
    ledger_of,
    order_id,
    shown_fill,
    shown_order,
    shown_run,
)

COUNT = len(CODES)
OTHER_ORDER: dict[str, object] = {
    "symbol": "601318.SH",
    "side": "NEITHER",
    "quantity": 301,
    "limit_price": "10.11",
    "filled_quantity": 101,
    "filled_amount": "1000.01",
}
OTHER_FILL: dict[str, object] = {
    "fill_id": "F9",
    "symbol": "601318.SH",
    "side": "NEITHER",
    "quantity": 101,
    "price": "10.01",
    "amount": "1000.01",
    "fees": None,
}
Plant = Callable[[Json], None]


def traded() -> Json:
    """One fill of each name, and a bit of everything left over."""
    orders = [shown_order(number) for number in range(COUNT)]
    fills = [shown_fill(number) for number in range(COUNT)]
    return shown_run(orders, fills, {code: 100 * rank for rank, code in enumerate(CODES, 1)})


def replace_in(kind: str, index: int, name: str, value: object) -> Plant:
    def plant(ledger: Json) -> None:
        ledger[kind][index][name] = value

    return plant


def remove(kind: str, index: int) -> Plant:
    def plant(ledger: Json) -> None:
        del ledger[kind][index]

    return plant


def repeat(kind: str, index: int) -> Plant:
    def plant(ledger: Json) -> None:
        ledger[kind].append(deepcopy(ledger[kind][index]))

    return plant


def other_fee(index: int, name: str) -> Plant:
    def plant(ledger: Json) -> None:
        ledger["fills"][index]["fees"][name] = "9.99"

    return plant


def stray_order(_index: int) -> Plant:
    def plant(ledger: Json) -> None:
        ledger["orders"].append(at_venue(shown_order(0, client_order_id=order_id(7))))

    return plant


def other_cash(ledger: Json) -> None:
    ledger["cash"]["total"] = "998990.01"


def plants(*repeated: str) -> st.SearchStrategy[Plant]:
    """Draw one difference between the venue's books and ours; rows of `repeated` may be double."""
    index = st.integers(0, COUNT - 1)
    return st.one_of(
        st.builds(
            lambda at, item: replace_in("orders", at, *item),
            index,
            st.sampled_from(sorted(OTHER_ORDER.items())),
        ),
        st.builds(
            lambda at, item: replace_in("fills", at, *item),
            index,
            st.sampled_from(sorted(OTHER_FILL.items())),
        ),
        st.builds(remove, st.sampled_from(["orders", "fills", "positions"]), index),
        st.builds(repeat, st.sampled_from(repeated), index),
        st.builds(other_fee, index, st.sampled_from(sorted(FEES))),
        st.builds(lambda at: replace_in("positions", at, "quantity", 12345), index),
        st.builds(stray_order, index),
        st.just(other_cash),
    )


def test_equal_books_show_no_difference_however_they_spell_a_number() -> None:
    shown = traded()
    ledger = ledger_of(shown)
    for fill in ledger["fills"]:
        fill["price"], fill["amount"] = "10.0000", "1000.00"
    ledger["fills"].reverse()
    ledger["orders"].reverse()

    assert differences(shown, ledger) == ()


@given(plants("orders", "fills"))
def test_every_single_planted_difference_is_found(plant: Plant) -> None:
    shown = traded()
    ledger = ledger_of(shown)
    plant(ledger)

    assert differences(shown, ledger)


@given(plants("fills"))
def test_a_difference_is_found_from_either_side(plant: Plant) -> None:
    """What the venue has and we lack differs as much as what we have and the venue lacks."""
    shown = traded()
    spoiled = ledger_of(shown)
    plant(spoiled)
    ours = shown_run(
        [{**order, "ts_code": order.pop("symbol")} for order in spoiled["orders"]],
        [{**fill, "ts_code": fill.pop("symbol")} for fill in spoiled["fills"]],
        {row["symbol"]: row["quantity"] for row in spoiled["positions"]},
    )
    ours["account"]["expected_cash"] = spoiled["cash"]["total"]

    assert differences(ours, ledger_of(shown))


def test_a_fill_that_is_booked_twice_here_is_found() -> None:
    shown = traded()
    ledger = ledger_of(shown)
    shown["fills"].append(deepcopy(shown["fills"][0]))

    (found,) = differences(shown, ledger)

    assert found.startswith("fills only here: " + order_id(0))


def test_an_order_that_went_out_and_is_nowhere_here_is_found() -> None:
    shown = shown_run()
    ledger = {**ledger_of(shown), "orders": [at_venue(shown_order(0))]}

    assert differences(shown, ledger) == (f"{order_id(0)} is at the venue and unknown here",)


def test_orders_of_earlier_runs_and_of_other_people_are_no_difference() -> None:
    shown = traded()
    ledger = ledger_of(shown)
    ledger["orders"] += [
        at_venue(shown_order(0, client_order_id=order_id(5))),
        at_venue(shown_order(0, client_order_id="theirs")),
        at_venue(shown_order(0, client_order_id=None)),
    ]
    ledger["fills"].append(at_venue(shown_fill(0, client_order_id=order_id(5))))

    assert differences(shown, ledger, {order_id(5)}) == ()


@pytest.mark.parametrize("send_state", ["NOT_SENT", "REFUSED", "PLANNED"])
def test_an_order_that_never_left_may_be_unknown_at_the_venue(send_state: str) -> None:
    unsent = shown_order(0, filled=0, send_state=send_state, state="REJECTED")
    shown = shown_run([unsent])

    assert differences(shown, {**ledger_of(shown), "orders": []}) == ()


def test_shares_the_venue_still_has_of_a_name_sold_in_full_are_found() -> None:
    shown = shown_run([shown_order(1)])
    ledger = ledger_of(shown)
    ledger["positions"].append({"symbol": CODES[1], "quantity": 200})

    assert differences(shown, ledger) == (f"{CODES[1]}: ours 0, venue 200",)


def test_foreign_and_undecided_holdings_are_not_our_book() -> None:
    shown = traded()
    ledger = ledger_of(shown)
    ledger["positions"].append({"symbol": "601398.SH", "quantity": 900})

    assert differences(shown, ledger) == ()


def test_cash_nobody_opened_books_for_is_compared_as_soon_as_there_are_orders() -> None:
    idle, busy = shown_run(), traded()
    for shown in (idle, busy):
        shown["account"]["expected_cash"] = None

    assert differences(idle, ledger_of(idle)) == ()
    assert differences(busy, ledger_of(busy)) == ("cash: ours unknown after orders",)
