"""Quarter-hour bars in whole cents, and the price path inside one of them."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from itertools import pairwise

from market.phases import SHANGHAI

SLOTS_PER_DAY = 16
STEPS_PER_BAR = 60
STEP_LENGTH = timedelta(seconds=15)
BAR_LENGTH = STEP_LENGTH * STEPS_PER_BAR

# The opening match has an instant of its own before the first bar; the last bar ends in three
# minutes without matching and the closing match (a-share-rules.md section 4).
OPENING_STEP = 0
CLOSING_CALL_STEPS = 12

# The share of the first bar that its auction trades: one tenth, chosen, for nothing published
# splits it. The closing call trades its share of the last bar's time, one fifth.
_OPENING_SHARE = 10

_LEGS = 3
_STEPS_PER_LEG = STEPS_PER_BAR // _LEGS
_OPENING_MATCH = time(9, 25)
_MORNING_OPEN = time(9, 30)
_AFTERNOON_OPEN = time(13, 0)

# Where a daily path turns, counted in quarter hours: the extremes end up inside two bars.
_DAILY_TURNS = (0, 5, 11, SLOTS_PER_DAY)

# The U of an A-share day: heavy at the open and the close, thin around lunch.
_VOLUME_WEIGHTS = (12, 9, 7, 6, 5, 5, 4, 4, 4, 4, 5, 5, 6, 7, 8, 9)


def to_cents(price: Decimal) -> int:
    """Return a price on the 0.01 grid as whole cents. Raises ValueError off the grid."""
    cents = price.scaleb(2)
    if cents != cents.to_integral_value():
        raise ValueError(f"{price} is not a whole number of cents")
    return int(cents)


def from_cents(cents: int) -> Decimal:
    """Return whole cents as CNY."""
    return Decimal(cents).scaleb(-2)


def cents_of_number(value: float) -> int:
    """Read a price or amount that a file holds in binary: its nearest cent, computed exactly."""
    return int((Decimal(value) * 100).to_integral_value(rounding=ROUND_HALF_EVEN))


@dataclass(frozen=True, slots=True)
class Bar:
    """One quarter hour of trading. Prices and amount in cents, volume in shares."""

    open: int
    high: int
    low: int
    close: int
    volume: int
    amount: int


@dataclass(frozen=True, slots=True)
class DailyBar:
    """One session of a name; `prev_close` is the published reference, None on a first day."""

    day: date
    bar: Bar
    prev_close: int | None


@cache
def slot_ends(day: date) -> tuple[datetime, ...]:
    """Return the ends of the 16 quarter hours of a session, 09:45 to 15:00."""
    starts = (datetime.combine(day, opening, SHANGHAI) for opening in _opens())
    return tuple(start + BAR_LENGTH * count for start in starts for count in range(1, 9))


def slot_start(day: date, slot: int) -> datetime:
    """Return when the quarter hour begins."""
    return slot_ends(day)[slot] - BAR_LENGTH


def ended_slots(day: date, moment: datetime) -> int:
    """Return how many quarter hours of that session have ended by the moment."""
    return bisect_right(slot_ends(day), moment)


def next_instant(day: date, moment: datetime) -> tuple[datetime, int, int] | None:
    """Return the first matching instant strictly after a moment: time, slot, step.

    Step 0 of slot 0 is the opening match, step 60 of the last slot the closing one. Between them
    instants lie every 15 s of continuous trading, so fills do not depend on how time is stepped.
    None when the session has no more.
    """
    opening = datetime.combine(day, _OPENING_MATCH, SHANGHAI)
    if moment < opening:
        return opening, 0, OPENING_STEP
    slot = ended_slots(day, moment)
    if slot == SLOTS_PER_DAY:
        return None
    start = slot_start(day, slot)
    step = max((moment - start) // STEP_LENGTH, 0) + 1
    if is_closing_call(slot, step):
        step = STEPS_PER_BAR
    return start + step * STEP_LENGTH, slot, step


def is_closing_call(slot: int, step: int) -> bool:
    """Whether a step of a bar lies in the closing call."""
    return slot == SLOTS_PER_DAY - 1 and step > STEPS_PER_BAR - CLOSING_CALL_STEPS


def auction_volume(bar: Bar, slot: int) -> int:
    """Return how many shares of a bar were traded in the call auction it holds."""
    if slot == 0:
        return bar.volume // _OPENING_SHARE
    if slot == SLOTS_PER_DAY - 1:
        return bar.volume * CLOSING_CALL_STEPS // STEPS_PER_BAR
    return 0


def path(bar: Bar, *, round_up: bool) -> tuple[int, ...]:
    """Return the price at steps 1 to 60: open, nearer extreme, other extreme, close, linear.

    Off-grid points are rounded against the taker: up for buys, down for sells.
    """
    return tuple(_legs((bar.open, *_extremes(bar), bar.close), _STEPS_PER_LEG, round_up))


def split_daily(daily: Bar) -> tuple[Bar, ...]:
    """Make 16 quarter-hour bars of a daily one; their volumes and amounts sum to the day's.

    The path runs open, nearer extreme, other extreme, close on the tick grid; both extremes are
    reached. Volume follows a U.
    """
    turns = (daily.open, *_extremes(daily), daily.close)
    marks = [daily.open]
    for leg, (start, end) in enumerate(pairwise(turns)):
        marks.extend(_leg(start, end, _DAILY_TURNS[leg + 1] - _DAILY_TURNS[leg], round_up=False))
    volumes = apportion(daily.volume, _VOLUME_WEIGHTS)
    amounts = apportion(daily.amount, volumes if daily.volume else _VOLUME_WEIGHTS)
    return tuple(
        Bar(start, max(start, end), min(start, end), end, volume, amount)
        for start, end, volume, amount in zip(marks[:-1], marks[1:], volumes, amounts, strict=True)
    )


def apportion(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Cut a whole number in proportion to weights, without a remainder."""
    weight_sum = sum(weights)
    shares, reached, given = [], 0, 0
    for weight in weights:
        reached += weight
        upto = total * reached // weight_sum
        shares.append(upto - given)
        given = upto
    return tuple(shares)


def _opens() -> tuple[time, time]:
    return _MORNING_OPEN, _AFTERNOON_OPEN


def _extremes(bar: Bar) -> tuple[int, int]:
    if bar.open - bar.low <= bar.high - bar.open:
        return bar.low, bar.high
    return bar.high, bar.low


def _legs(turns: Sequence[int], steps: int, round_up: bool) -> Iterator[int]:
    for start, end in pairwise(turns):
        yield from _leg(start, end, steps, round_up=round_up)


def _leg(start: int, end: int, steps: int, *, round_up: bool) -> Iterator[int]:
    for step in range(1, steps + 1):
        move = (end - start) * step
        yield start + (-(-move // steps) if round_up else move // steps)
