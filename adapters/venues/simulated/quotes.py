"""The touch as it can be known at a moment: from bars that ended by then and nothing else."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from adapters.venues.simulated.bars import Bar, from_cents
from adapters.wire.models import QuoteView
from market.limits import DailyLimits
from market.symbol import Symbol

_LOT = 100
_TOUCH_SHARE = 60  # the touch shows about a quarter minute of the last bar's volume


def quote_view(
    symbol: Symbol,
    ended: Sequence[Bar],
    limits: DailyLimits | None,
    tick: Decimal,
    quote_time: datetime | None,
) -> QuoteView:
    """Return the quote after these bars of the day; without any, nothing traded yet.

    One tick either side of the last trade, inside the limits. Locked at a limit, the side that
    would have to give way is empty (a-share-rules.md section 7, 8).
    """
    if not ended:
        return QuoteView(
            symbol=str(symbol),
            last=None,
            bid1=None,
            ask1=None,
            bid1_qty=None,
            ask1_qty=None,
            volume=0,
            amount=Decimal(0),
            quote_time=None,
        )
    last = from_cents(ended[-1].close)
    bid1, ask1 = touch(last, limits, tick)
    size = max(ended[-1].volume // _TOUCH_SHARE // _LOT, 1) * _LOT
    return QuoteView(
        symbol=str(symbol),
        last=last,
        bid1=bid1,
        ask1=ask1,
        bid1_qty=None if bid1 is None else size,
        ask1_qty=None if ask1 is None else size,
        volume=sum(bar.volume for bar in ended),
        amount=from_cents(sum(bar.amount for bar in ended)),
        quote_time=quote_time,
    )


def touch(
    last: Decimal, limits: DailyLimits | None, tick: Decimal
) -> tuple[Decimal | None, Decimal | None]:
    """Return bid and ask around the last trade; None where the book side is empty."""
    if limits is not None and last >= limits.up:
        return limits.up, None
    if limits is not None and last <= limits.down:
        return None, limits.down
    bid = last - tick
    return (bid if bid > 0 else None), last + tick
