"""What the account holds of a name, with everything booked that led to it."""

from daemon.desk import Desk
from daemon.refusals import ActionRefused
from market.symbol import Symbol

MOVEMENTS = "movements"


async def book_movements(desk: Desk) -> None:
    """Fetch and book cash and share movements that are no trades. Raises BrokerError."""
    movements = await desk.broker.movements(await desk.store.cursor(MOVEMENTS))
    if movements.complete and movements.rows:
        await desk.store.apply_news(
            (), (), movements.rows, {MOVEMENTS: movements.cursor}, now=desk.clock.now()
        )


async def held_now(desk: Desk, symbol: Symbol) -> int:
    """Return the shares the broker shows, once the trades and movements behind them are booked.

    Raises ActionRefused for a list that came in part, BrokerError.
    """
    await book_movements(desk)
    fills = await desk.broker.fills(None)
    positions = await desk.broker.positions()
    if not (fills.complete and positions.complete):
        raise ActionRefused(
            "the broker's lists are not complete now: try again",
            "券商的列表目前不完整：请稍后再试",
        )
    await desk.store.apply_news((), fills.rows, (), {}, now=desk.clock.now())
    return sum(row.quantity for row in positions.rows if row.symbol == symbol)
