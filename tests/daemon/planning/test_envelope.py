from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from config.settings import Settings
from daemon.planning.envelope import is_sending_time, next_orders
from daemon.planning.progress import progress_of
from daemon.planning.sizing import plan_run
from market.phases import market_time
from market.side import Side
from statemachine.order import FinalReason, Order, SendState
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    SESSION,
    inputs,
    planned,
    position,
    target,
)
from tests.daemon.planning.releases import (
    NOW,
    book,
    buys,
    cancelled,
    filled,
    first_wave,
    live,
    made,
    never_sent,
    planned_orders,
    reasons,
    rejected,
    release,
    rotation,
    unknown,
)

BUY, SELL = Side.BUY, Side.SELL


def test_a_plan_within_the_cash_is_released_in_one_wave() -> None:
    decision = next_orders(release(buys("0.2", "0.1")))

    assert made(decision) == [
        ("600000.SH", BUY, 1, 1, 20_000),
        ("600001.SH", BUY, 1, 1, 10_000),
    ]
    assert decision.statuses == ()
    assert decision.orders[0].limit_price == Decimal("10.06")
    assert decision.orders[0].arrival_price == Decimal(10)
    assert decision.orders[0].arrival_kind == "MID"
    assert decision.orders[0].arrival_spread == Decimal("0.02")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ((SESSION, "09:30:59"), False),
        ((SESSION, "09:31:00"), True),
        ((SESSION, "11:29:59"), True),
        ((SESSION, "11:30:00"), False),
        ((SESSION, "13:00:00"), True),
        ((SESSION, "14:49:59"), True),
        ((SESSION, "14:50:00"), False),
        ((date(2025, 11, 11), "10:00:00"), False),
    ],
)
def test_orders_leave_only_in_the_window_of_their_own_session(
    moment: tuple[date, str], expected: bool
) -> None:
    given = release(buys("0.2"), now=market_time(*moment))

    assert is_sending_time(given) is expected
    assert bool(next_orders(given).orders) is expected


def test_all_sells_leave_at_once_the_largest_first_before_any_buy() -> None:
    plan = planned(
        plan_run(
            inputs(
                target("600519.SH", "0.05"),
                positions=[position("600000.SH", 1000), position("600036.SH", 3000)],
            )
        )
    )

    assert [row[0] for row in made(next_orders(release(plan)))] == [
        "600036.SH",
        "600000.SH",
        "600519.SH",
    ]


def test_a_side_that_nobody_approved_makes_no_order_and_says_so() -> None:
    plan = rotation()

    assert made(next_orders(release(plan, approved=(SELL,)))) == [("600000.SH", SELL, 1, 1, 30_000)]
    decision = next_orders(release(plan, approved=()))

    assert made(decision) == []
    assert set(reasons(decision).values()) == {Reason.STAGE_NOT_APPROVED}


def test_buys_wait_for_the_proceeds_and_say_so() -> None:
    plan = rotation()

    decision = next_orders(release(plan, cash="100000"))

    assert made(decision) == [("600000.SH", SELL, 1, 1, 30_000)]
    assert reasons(decision) == {
        "600036.SH": Reason.WAITING_FOR_CASH,
        "600519.SH": Reason.WAITING_FOR_CASH,
    }


def test_a_name_that_is_too_dear_is_passed_over_while_sells_are_live() -> None:
    plan = rotation()
    sell = live(first_wave(plan)[0], filled=10_000)

    decision = next_orders(release(plan, orders=[sell], cash="180000"))

    assert made(decision) == [("600519.SH", BUY, 1, 1, 15_000)]


def test_when_no_proceeds_are_to_come_a_part_is_bought() -> None:
    plan = rotation()
    sell = filled(first_wave(plan)[0])

    decision = next_orders(release(plan, orders=[sell], cash="180000", positions=[]))

    assert made(decision) == [("600036.SH", BUY, 1, 1, 17_800)]
    spent = 17_800 * Decimal("10.06")
    assert spent + spent * Decimal("0.00026") <= 180_000 < (17_900 * Decimal("10.06"))
    assert reasons(decision) == {"600519.SH": Reason.WAITING_FOR_CASH}


def test_near_the_end_a_part_is_bought_although_a_sell_still_rests() -> None:
    plan = rotation()
    sell = live(first_wave(plan)[0], filled=10_000)

    decision = next_orders(
        release(plan, orders=[sell], cash="100000", now=market_time(SESSION, "14:45:00"))
    )

    assert made(decision) == [("600036.SH", BUY, 1, 1, 9_900)]


def test_a_part_below_the_minimum_trade_is_not_bought() -> None:
    decision = next_orders(release(buys("0.2"), cash="5000"))

    assert made(decision) == []
    assert reasons(decision) == {"600000.SH": Reason.WAITING_FOR_CASH}


def test_what_was_bought_in_part_goes_on_as_a_new_slice() -> None:
    plan = buys("0.2")
    part = filled(planned_orders(plan, next_orders(release(plan, cash="100000")))[0])

    decision = next_orders(release(plan, orders=[part]))

    assert part.quantity == 9_900
    assert made(decision) == [("600000.SH", BUY, 2, 1, 10_100)]


@pytest.mark.parametrize("make", [lambda order: order, unknown])
def test_a_buy_the_broker_does_not_show_yet_is_held_back_from_the_cash(
    make: Callable[[Order], Order],
) -> None:
    plan = buys("0.2", "0.2")
    pending = make(first_wave(plan)[0])

    # 20,000 at 10.06 cost 201,252.31 with fees; so much of the cash is spoken for.
    enough = next_orders(release(plan, orders=[pending], cash="402504.62"))
    short = next_orders(release(plan, orders=[pending], cash="402504.61"))

    assert made(enough) == [("600001.SH", BUY, 1, 1, 20_000)]
    assert made(short) == [("600001.SH", BUY, 1, 1, 19_900)]


def test_what_the_broker_froze_before_the_reading_is_not_held_back_again() -> None:
    plan = buys("0.2", "0.2")
    resting = live(first_wave(plan)[0])
    acked_later = live(first_wave(plan)[0], acked_at=NOW)
    read_at = market_time(SESSION, "09:59:00")

    seen = next_orders(release(plan, orders=[resting], cash="202000", read_at=read_at))
    unseen = next_orders(release(plan, orders=[acked_later], cash="202000", read_at=read_at))

    assert made(seen) == [("600001.SH", BUY, 1, 1, 20_000)]
    assert made(unseen) == []


def test_an_order_acked_at_the_moment_of_the_reading_is_shown_by_it() -> None:
    plan = buys("0.2", "0.2")
    resting = live(first_wave(plan)[0], acked_at=NOW)

    decision = next_orders(release(plan, orders=[resting], cash="202000", read_at=NOW))

    assert made(decision) == [("600001.SH", BUY, 1, 1, 20_000)]


def test_what_a_cancelled_buy_filled_after_the_reading_is_spoken_for() -> None:
    plan = buys("0.2", "0.2")
    ended = cancelled(first_wave(plan)[0], filled_quantity=15_000, by_us=False)
    read_at = market_time(SESSION, "09:49:00")  # before the order was even acked

    # 15,000 at 10.06 cost 150,939.24 with fees: of 352,000 a little less than 201,252.31 is left.
    decision = next_orders(release(plan, orders=[ended], cash="352000", read_at=read_at))

    assert made(decision) == [("600001.SH", BUY, 1, 1, 19_900)]


def test_the_reserve_is_never_spent() -> None:
    plan = buys("0.2")
    kept = replace(plan, capital=replace(plan.capital, cash_reserve=Decimal(900_000)))

    assert made(next_orders(release(kept)))[0][4] < 10_000


def test_a_large_order_leaves_in_legal_slices() -> None:
    plan = planned(plan_run(inputs(target("688001.SH", "0.25"), cash="10000000")))

    decision = next_orders(release(plan, cash="10000000"))

    assert [row[2:] for row in made(decision)] == [(1, 1, 100_000), (2, 1, 100_000), (3, 1, 50_000)]


def test_a_leg_follows_the_confirmed_remainder_of_the_one_before() -> None:
    plan = buys("0.2")
    first = cancelled(first_wave(plan)[0], filled_quantity=4_000)

    decision = next_orders(release(plan, orders=[first], quotes=[book("600000.SH", "10.10")]))

    assert made(decision) == [("600000.SH", BUY, 1, 2, 16_000)]
    assert decision.orders[0].limit_price == Decimal("10.16")
    assert decision.orders[0].arrival_price == Decimal(10)
    assert decision.orders[0].arrival_spread == Decimal("0.02")


@pytest.mark.parametrize(
    "before",
    [
        live,
        lambda order: live(order, filled=4_000),
        lambda order: cancelled(order, by_us=False),
        lambda order: cancelled(order, filled_quantity=4_000, by_us=False),
        lambda order: replace(cancelled(order), final_reason=FinalReason.EXPIRED_DAY_END),
        lambda order: replace(cancelled(order), leg=3),
        filled,
        rejected,
        unknown,
        never_sent,
        lambda order: replace(order, send_state=SendState.OPEN),
    ],
)
def test_no_leg_follows_one_that_did_not_end_by_our_cancel(
    before: Callable[[Order], Order],
) -> None:
    plan = buys("0.2")
    order = before(first_wave(plan)[0])

    assert made(next_orders(release(plan, orders=[order]))) == []
    assert progress_of(plan, [order], Settings()).symbols == ()


def test_the_odd_shares_of_a_partial_fill_that_are_no_lot_stay_unbought() -> None:
    plan = buys("0.2")
    first = cancelled(first_wave(plan)[0], filled_quantity=4_050)

    assert made(next_orders(release(plan, orders=[first]))) == [("600000.SH", BUY, 1, 2, 15_900)]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (rejected, Reason.REJECTED_BY_BROKER),
        (unknown, Reason.SEND_UNKNOWN),
        (never_sent, Reason.SEND_FAILED),
    ],
)
def test_trouble_with_one_order_of_a_name_stops_the_rest_of_it(
    state: Callable[[Order], Order], reason: Reason
) -> None:
    plan = buys("0.2")
    part = planned_orders(plan, next_orders(release(plan, cash="100000")))[0]
    order = state(part)

    decision = next_orders(release(plan, orders=[order]))

    assert made(decision) == []
    assert reasons(decision) == {"600000.SH": reason}
