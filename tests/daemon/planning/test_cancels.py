from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

import pytest

from config.settings import DaySettings, Settings
from daemon.planning.cancels import (
    CancelState,
    CancelWish,
    cancels_allowed,
    halt_cancels,
    is_cancel_time,
    next_cancel_time,
    stale_after_s,
    stale_cancels,
)
from daemon.planning.sizing import plan_run
from market.phases import market_time
from statemachine.order import CancelOutcome, Order, OrderState
from tests.daemon.planning.builders import SESSION, calendar, inputs, planned, position, target
from tests.daemon.planning.releases import filled, first_wave, live

SETTINGS = Settings()


def two_orders() -> tuple[Order, Order]:
    """A sell and a buy of one plan, still planned."""
    plan = planned(
        plan_run(inputs(target("600036.SH", "0.2"), positions=[position("600000.SH", 30_000)]))
    )
    sell, buy = first_wave(plan)
    return sell, buy


SELL, BUY = two_orders()


def at(clock: str, day: date = SESSION) -> datetime:
    return market_time(day, clock)


def wishes(
    *orders: Order,
    now: datetime,
    settings: Settings = SETTINGS,
    asked_at: Mapping[str, datetime] | None = None,
    started_at: datetime | None = None,
    orders_sent: int = 100,
    cancels_sent: int = 0,
) -> tuple[CancelWish, ...]:
    state = CancelState(asked_at or {}, started_at, orders_sent, cancels_sent)
    return stale_cancels(orders, now, settings, calendar(), state)


def stale(order: Order) -> CancelWish:
    return CancelWish(order.client_order_id, "STALE", again=False)


@pytest.mark.parametrize(
    ("order", "young", "old"),
    [
        (live(SELL, acked_at=at("10:00:00")), at("10:01:59"), at("10:02:00")),
        (live(BUY, acked_at=at("10:00:00")), at("10:02:59"), at("10:03:00")),
        (live(BUY, filled=100, acked_at=at("10:00:00")), at("10:02:59"), at("10:03:00")),
        (live(replace(BUY, leg=3), acked_at=at("10:00:00")), at("10:09:59"), at("10:10:00")),
    ],
)
def test_an_order_is_stale_by_its_side_and_leg(
    order: Order, young: datetime, old: datetime
) -> None:
    assert wishes(order, now=young) == ()
    assert wishes(order, now=old) == (stale(order),)


def test_lunch_stops_the_age() -> None:
    order = live(SELL, acked_at=at("11:29:00"))

    assert wishes(order, now=at("13:00:59")) == ()
    assert wishes(order, now=at("13:01:00")) == (stale(order),)


def test_an_order_without_an_ack_is_never_stale() -> None:
    assert wishes(SELL, replace(live(SELL), acked_at=None), now=at("14:00:00")) == ()


def test_a_terminal_order_is_left_alone() -> None:
    assert wishes(filled(SELL, acked_at=at("10:00:00")), now=at("14:00:00")) == ()


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("09:29:59", False),
        ("09:30:00", True),
        ("11:29:29", True),
        ("11:29:30", False),
        ("12:00:00", False),
        ("13:00:29", False),
        ("13:00:30", True),
        ("14:55:59", True),
        ("14:56:00", False),
    ],
)
def test_no_cancel_is_asked_for_in_the_windows(clock: str, expected: bool) -> None:
    assert is_cancel_time(at(clock), SETTINGS, calendar()) is expected
    order = live(replace(SELL, leg=3), acked_at=market_time(date(2025, 11, 7), "10:00:00"))
    assert bool(wishes(order, now=at(clock))) is expected


def test_after_a_quarter_to_three_only_a_last_leg_is_cancelled() -> None:
    first = live(SELL, acked_at=at("14:00:00"))
    last = live(replace(BUY, leg=3), acked_at=at("14:00:00"))

    assert wishes(first, now=at("14:44:59")) == (stale(first),)
    assert wishes(first, last, now=at("14:45:00")) == (stale(last),)


def test_sells_come_first_then_the_oldest() -> None:
    young_sell = live(SELL, acked_at=at("10:10:00"))
    old_buy = live(BUY, acked_at=at("10:00:00"))

    assert wishes(old_buy, young_sell, now=at("10:20:00")) == (stale(young_sell), stale(old_buy))


@pytest.mark.parametrize(
    ("orders_sent", "cancels_sent", "allowed"),
    [(20, 0, 3), (20, 2, 1), (20, 3, 0), (6, 0, 0), (7, 0, 1), (999, 0, 1), (1000, 0, 0)],
)
def test_the_days_cancel_ratio_and_messages_bound_the_cancels(
    orders_sent: int, cancels_sent: int, allowed: int
) -> None:
    assert cancels_allowed(SETTINGS, CancelState({}, None, orders_sent, cancels_sent)) == allowed


def test_beyond_the_ratio_orders_rest() -> None:
    order = live(SELL, acked_at=at("10:00:00"))

    assert wishes(order, now=at("10:30:00"), orders_sent=6) == ()


def test_nothing_is_stale_in_the_first_minute_after_a_restart() -> None:
    order = live(SELL, acked_at=at("10:00:00"))

    assert wishes(order, now=at("10:30:59"), started_at=at("10:30:00")) == ()
    assert wishes(order, now=at("10:31:00"), started_at=at("10:30:00")) == (stale(order),)


def pending(outcome: CancelOutcome) -> Order:
    order = live(SELL, acked_at=at("10:00:00"))
    return replace(
        order,
        state=OrderState.CANCEL_PENDING,
        want_cancel="STALE",
        cancel_outcome=outcome,
    )


@pytest.mark.parametrize(
    ("outcome", "asks"),
    [
        (CancelOutcome.NONE, True),
        (CancelOutcome.REFUSED, True),
        (CancelOutcome.WINDOW, True),
        (CancelOutcome.UNKNOWN, True),
        (CancelOutcome.SENT, False),
        (CancelOutcome.TOO_LATE, False),
        (CancelOutcome.DONE, False),
    ],
)
def test_an_unanswered_or_refused_cancel_is_asked_again(outcome: CancelOutcome, asks: bool) -> None:
    order = pending(outcome)
    expected = (CancelWish(order.client_order_id, "STALE", again=True),)

    assert wishes(order, now=at("10:05:00")) == (expected if asks else ())


def test_the_same_cancel_is_asked_no_faster_than_every_ten_seconds() -> None:
    order = pending(CancelOutcome.REFUSED)
    asked_at = {order.client_order_id: at("10:05:00")}

    assert wishes(order, now=at("10:05:09"), asked_at=asked_at) == ()
    assert len(wishes(order, now=at("10:05:10"), asked_at=asked_at)) == 1


def test_the_close_policy_clears_the_book_in_the_last_minute_it_may() -> None:
    settings = SETTINGS.model_copy(update={"day": DaySettings(close_policy="cancel")})
    order = live(BUY, acked_at=at("14:54:00"))

    assert wishes(order, now=at("14:55:30")) == ()
    assert wishes(order, now=at("14:54:59"), settings=settings) == ()
    assert wishes(order, now=at("14:55:00"), settings=settings) == (
        CancelWish(order.client_order_id, "CLOSE_POLICY", again=False),
    )


def test_the_last_leg_is_given_the_longest_time() -> None:
    assert [stale_after_s(replace(SELL, leg=leg), SETTINGS) for leg in (1, 2, 3, 4)] == [
        120,
        120,
        600,
        600,
    ]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at("10:00:00"), at("10:00:00")),
        (at("09:10:00"), at("09:30:00")),
        (at("11:29:30"), at("13:00:30")),
        (at("12:30:00"), at("13:00:30")),
        (at("13:00:29"), at("13:00:30")),
        (at("14:56:00"), at("15:00:00")),
        (at("14:58:00"), at("15:00:00")),
        (at("20:00:00"), at("09:30:00", date(2025, 11, 11))),
        (at("12:00:00", date(2025, 11, 8)), at("09:30:00", date(2025, 11, 10))),
    ],
)
def test_it_is_known_from_when_a_cancel_may_be_requested(now: datetime, due: datetime) -> None:
    assert next_cancel_time(now, SETTINGS, calendar()) == due


def test_a_halt_asks_for_all_that_the_venue_has_and_for_nothing_in_a_window() -> None:
    nothing_left = CancelState({}, None, orders_sent=0, cancels_sent=0)
    orders = (live(SELL), live(BUY))

    def due(clock: str, state: CancelState = nothing_left) -> list[str]:
        found = halt_cancels(orders, at(clock), SETTINGS, calendar(), state)
        return [wish.client_order_id for wish in found]

    assert due("10:00:01") == [SELL.client_order_id, BUY.client_order_id]
    assert due("11:29:30") == []
    assert halt_cancels((SELL, BUY), at("10:00:01"), SETTINGS, calendar(), nothing_left) == ()
    asked = replace(nothing_left, asked_at={SELL.client_order_id: at("10:00:00")})
    assert due("10:00:09", asked) == [BUY.client_order_id]
    assert due("10:00:10", asked) == [SELL.client_order_id, BUY.client_order_id]
