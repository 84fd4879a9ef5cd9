"""How many messages an account may send, counted in market time.

Market time, because a rehearsal's runs fast and a limit of 5 a second means a second of the
market. Orders and cancels have a bucket each; only orders have a daily total, so that a cancel
is never refused for the day.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from adapters.gateway.replies import GatewayError
from adapters.wire.errors import ErrorCode

_MICROSECOND = timedelta(microseconds=1)
_UNIT = 1_000_000


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Messages: sustained per second, at most in one burst, and orders per trading day."""

    per_second: int = 5
    burst: int = 10
    orders_per_day: int = 1_000


class Bucket(StrEnum):
    """Which count a request falls under; reads are shown the orders' figures."""

    ORDERS = "orders"
    CANCELS = "cancels"


class TokenBucket:
    """A bucket of messages that refills with market time; integers only.

    A batch larger than the burst passes when the bucket is full and leaves a debt, so that 20
    orders in one POST cost the four seconds that 20 single ones would.
    """

    def __init__(self, limits: RateLimits) -> None:
        self._per_second = limits.per_second
        self._capacity = limits.burst * _UNIT
        self._balance = self._capacity
        self._filled_at: datetime | None = None

    def take(self, count: int, now: datetime) -> int:
        """Take `count` messages and return 0, or take none and return the seconds to wait."""
        self._refill(now)
        missing = min(count * _UNIT, self._capacity) - self._balance
        if missing > 0:
            return self._seconds_for(missing)
        self._balance -= count * _UNIT
        return 0

    def remaining(self, now: datetime) -> int:
        """Messages that would pass one by one right now."""
        self._refill(now)
        return max(0, self._balance // _UNIT)

    def reset_s(self, now: datetime) -> int:
        """Seconds until the bucket is full, rounded up."""
        self._refill(now)
        return self._seconds_for(self._capacity - self._balance)

    def _refill(self, now: datetime) -> None:
        if self._filled_at is not None and now > self._filled_at:
            gained = (now - self._filled_at) // _MICROSECOND * self._per_second
            self._balance = min(self._capacity, self._balance + gained)
        self._filled_at = now

    def _seconds_for(self, missing: int) -> int:
        return -(-missing // (self._per_second * _UNIT))


class MessageLimits:
    """All limits of one account."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._orders_per_day = limits.orders_per_day
        self._burst = limits.burst
        self._buckets = {bucket: TokenBucket(limits) for bucket in Bucket}
        self._day: date | None = None
        self._orders_today = 0

    def count_earlier_orders(self, count: int, trade_date: date) -> None:
        """Take over what was sent on this date before a restart."""
        self._day = trade_date
        self._orders_today = count

    def forget(self) -> None:
        """Begin with full buckets, as a restart does; the day's total is kept."""
        self._buckets = {bucket: TokenBucket(self._limits) for bucket in Bucket}

    def take_orders(self, count: int, now: datetime, trade_date: date) -> None:
        """Count a batch of orders, or raise GatewayError RATE_LIMITED and count nothing."""
        if self._day != trade_date:
            self.count_earlier_orders(0, trade_date)
        if self._orders_today + count > self._orders_per_day:
            raise _limited(
                f"{self._orders_today} orders sent on {trade_date}, {count} more would pass the "
                f"daily limit of {self._orders_per_day}",
                _seconds_to_midnight(now),
            )
        self._take(Bucket.ORDERS, count, now)
        self._orders_today += count

    def take_cancels(self, count: int, now: datetime) -> None:
        """Count cancels, or raise GatewayError RATE_LIMITED and count nothing."""
        self._take(Bucket.CANCELS, count, now)

    def headers(self, bucket: Bucket, now: datetime) -> dict[str, str]:
        """Return the X-RateLimit headers; the reset is in seconds from now."""
        tokens = self._buckets[bucket]
        remaining = tokens.remaining(now)
        if bucket is Bucket.ORDERS:
            remaining = min(remaining, max(0, self._orders_per_day - self._orders_today))
        return {
            "X-RateLimit-Limit": str(self._burst),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(tokens.reset_s(now)),
        }

    def _take(self, bucket: Bucket, count: int, now: datetime) -> None:
        wait_s = self._buckets[bucket].take(count, now)
        if wait_s:
            raise _limited(f"too many {bucket} at once; wait {wait_s} s of market time", wait_s)


def _limited(message: str, retry_after_s: int) -> GatewayError:
    return GatewayError(ErrorCode.RATE_LIMITED, message, retry_after_s=retry_after_s)


def _seconds_to_midnight(now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(1, (midnight - now) // timedelta(seconds=1))
