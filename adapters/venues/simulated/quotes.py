"""The touch as it can be known at a moment: from bars that ended by then and nothing else."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from adapters.venues.simulated.bars import Bar, from_cents
from adapters.venues.simulated.levels import Level, levels_against
from adapters.venues.simulated.name_book import NameDay
from adapters.wire.models import QuoteView
from market.side import Side
from market.symbol import Symbol


def quote_view(
    symbol: Symbol, facts: NameDay, ended: int, quote_time: datetime | None
) -> QuoteView:
    """Return the quote after the first `ended` bars of the day; without any, nothing traded yet.

    Bid and ask are the first levels of the book in which orders are matched, around the last
    trade. Locked at a limit, the side that would have to give way is empty (a-share-rules.md
    section 7, 8).
    """
    bars: Sequence[Bar] = () if facts.bars is None else facts.bars[:ended]
    if not bars:
        return _dark_quote(symbol)
    shape = facts.shape_after(ended - 1)
    last = bars[-1].close
    bids = levels_against(Side.SELL, last, shape, facts.limit_up, facts.limit_down)
    asks = levels_against(Side.BUY, last, shape, facts.limit_up, facts.limit_down)
    return QuoteView(
        symbol=str(symbol),
        last=from_cents(last),
        bid1=_price(bids),
        ask1=_price(asks),
        bid1_qty=bids[0].size if bids else None,
        ask1_qty=asks[0].size if asks else None,
        volume=sum(bar.volume for bar in bars),
        amount=from_cents(sum(bar.amount for bar in bars)),
        quote_time=quote_time,
    )


def _price(levels: Sequence[Level]) -> Decimal | None:
    return from_cents(levels[0].price) if levels else None


def _dark_quote(symbol: Symbol) -> QuoteView:
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
