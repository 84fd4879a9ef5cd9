from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateway.limits import Bucket, MessageLimits, RateLimits, TokenBucket
from adapters.gateway.replies import GatewayError
from market.phases import SHANGHAI

START = datetime(2025, 11, 10, 9, 31, tzinfo=SHANGHAI)
DAY = date(2025, 11, 10)
HIGH_FREQUENCY_PER_DAY = 20_000  # orders and cancels of one account, a-share-rules.md section 8


def _at(milliseconds: int) -> datetime:
    return START + timedelta(milliseconds=milliseconds)


def test_E56_the_eleventh_message_of_a_second_waits_and_then_passes() -> None:
    bucket = TokenBucket(RateLimits())

    assert [bucket.take(1, START) for _ in range(11)] == [0] * 10 + [1]
    assert bucket.take(1, _at(199)) == 1
    assert bucket.take(1, _at(200)) == 0


def test_E55_fifty_names_with_three_requotes_each_stay_far_from_high_frequency() -> None:
    limits, messages = MessageLimits(RateLimits()), 0
    for name in range(50):
        limits.take_orders(1, START + timedelta(seconds=name), DAY)
        messages += 1
    for requote in range(3):
        for name in range(50):
            moment = START + timedelta(minutes=3 * (requote + 1), seconds=name)
            limits.take_cancels(1, moment)
            limits.take_orders(1, moment, DAY)
            messages += 2

    assert messages == 350
    assert messages * 10_000 // HIGH_FREQUENCY_PER_DAY == 175
    assert limits.headers(Bucket.ORDERS, START)["X-RateLimit-Remaining"] != "0"


def test_a_batch_of_twenty_costs_four_seconds() -> None:
    bucket = TokenBucket(RateLimits())

    assert bucket.take(20, START) == 0
    assert bucket.take(20, START) == 4
    assert bucket.take(20, _at(3999)) == 1
    assert bucket.take(20, _at(4000)) == 0


def test_a_refused_message_takes_nothing() -> None:
    bucket = TokenBucket(RateLimits(per_second=1, burst=1))
    bucket.take(1, START)

    assert [bucket.take(1, START) for _ in range(100)] == [1] * 100
    assert bucket.take(1, _at(1000)) == 0


def test_time_that_stands_still_or_steps_back_gives_nothing() -> None:
    bucket = TokenBucket(RateLimits(per_second=1, burst=1))
    bucket.take(1, _at(1000))

    assert bucket.take(1, START) == 1
    assert bucket.take(1, START) == 1


@given(
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(1, 20)),
        min_size=1,
        max_size=60,
    ),
)
def test_no_more_passes_than_the_burst_the_rate_and_one_batch(
    arrivals: list[tuple[int, int]],
) -> None:
    bucket, moment, passed = TokenBucket(RateLimits()), 0, 0
    for wait_ms, count in arrivals:
        moment += wait_ms
        passed += 0 if bucket.take(count, _at(moment)) else count

    assert passed <= 10 + 5 * moment / 1000 + 10


@given(st.integers(1, 20), st.integers(1, 20))
def test_waiting_as_long_as_told_is_enough(first: int, second: int) -> None:
    bucket = TokenBucket(RateLimits())
    bucket.take(first, START)
    wait_s = bucket.take(second, START)

    assert not wait_s or bucket.take(second, _at(wait_s * 1000)) == 0


def test_orders_and_cancels_have_a_bucket_each() -> None:
    limits = MessageLimits(RateLimits())
    limits.take_orders(10, START, DAY)

    limits.take_cancels(10, START)

    with pytest.raises(GatewayError, match="RATE_LIMITED"):
        limits.take_orders(1, START, DAY)
    with pytest.raises(GatewayError, match="RATE_LIMITED"):
        limits.take_cancels(1, START)


def test_the_daily_total_stops_orders_and_never_cancels() -> None:
    limits = MessageLimits(RateLimits(per_second=1000, burst=1000, orders_per_day=30))
    limits.take_orders(20, START, DAY)

    with pytest.raises(GatewayError, match="daily limit of 30") as caught:
        limits.take_orders(11, START, DAY)
    limits.take_orders(10, START, DAY)
    limits.take_cancels(500, START)

    assert caught.value.retry_after_s == (14 * 60 + 29) * 60


def test_a_new_day_has_a_new_total() -> None:
    limits = MessageLimits(RateLimits(orders_per_day=10))
    limits.take_orders(10, START, DAY)

    limits.take_orders(10, START + timedelta(days=1), DAY + timedelta(days=1))


def test_headers_tell_what_is_left_and_when_it_is_back() -> None:
    limits = MessageLimits(RateLimits())
    limits.take_orders(7, START, DAY)

    assert limits.headers(Bucket.ORDERS, START) == {
        "X-RateLimit-Limit": "10",
        "X-RateLimit-Remaining": "3",
        "X-RateLimit-Reset": "2",
    }
    assert limits.headers(Bucket.CANCELS, START)["X-RateLimit-Remaining"] == "10"


def test_what_is_left_is_never_more_than_the_day_allows() -> None:
    limits = MessageLimits(RateLimits(orders_per_day=1000))
    limits.count_earlier_orders(999, DAY)

    assert limits.headers(Bucket.ORDERS, START)["X-RateLimit-Remaining"] == "1"
