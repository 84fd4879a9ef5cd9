"""Which names and prices a case may use, found through the contract alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from adapters.broker import InstrumentStatus
from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.verdict import NotKept, NotTried, require
from adapters.wire.models import (
    FundsView,
    InstrumentsView,
    InstrumentView,
    NewOrder,
    OrderView,
    PositionsView,
    PositionView,
    QuotesView,
    QuoteView,
)
from market.money import floor_to
from market.side import Side
from statemachine.events import VenueStatus

# No code below is of a listed name; the first that the gateway does not know is used.
_UNKNOWN = ("605998.SH", "603997.SH", "002999.SZ", "000995.SZ")
_DEADLINE = timedelta(hours=4)
_FILL_WITHIN = timedelta(minutes=40)
_QUOTE_STEP_S = 60
_QUOTE_STEPS = 20
_LOT = 200  # whole lots on the main board, allowed on every board


@dataclass(frozen=True, slots=True)
class Tradable:
    """A name that trades today under a price limit."""

    symbol: str
    tick: Decimal
    prev_close: Decimal
    limit_up: Decimal
    limit_down: Decimal


async def instruments(bench: Bench, *symbols: str) -> tuple[InstrumentView, ...]:
    """Return today's facts, one row a symbol in the order asked for."""
    target = f"/v1/instruments?symbols={','.join(symbols)}"
    rows = (await bench.read(target, InstrumentsView)).instruments
    answered = tuple(row.symbol for row in rows)
    require(answered == symbols, f"asked for {symbols}, the rows are of {answered}")
    return rows


async def positions(bench: Bench) -> tuple[PositionView, ...]:
    """Return all holdings. Raises NotTried for a partial answer, which the contract allows."""
    view = await bench.read("/v1/positions", PositionsView)
    if not view.complete:
        raise NotTried("the list of positions is not complete")
    return view.positions


async def known_symbols(bench: Bench) -> list[str]:
    """Return the names given to the run and those the account holds."""
    held = [row.symbol for row in await positions(bench)]
    symbols = list(dict.fromkeys((*bench.symbols, *held)))
    if not symbols:
        raise NotTried("no name to trade: the account holds none and none was given")
    return symbols


async def tradable_names(bench: Bench) -> list[Tradable]:
    """Return the names that trade today under a price limit. Raises NotTried for none."""
    rows = await instruments(bench, *await known_symbols(bench))
    names = [name for row in rows for name in _tradable(row)]
    if not names:
        raise NotTried("none of the names known here trades under a price limit today")
    return names


async def tradable(bench: Bench) -> Tradable:
    """Return one name that trades today under a price limit, in continuous trading."""
    await bench.trading()
    return (await tradable_names(bench))[0]


async def held(bench: Bench) -> tuple[Tradable, PositionView]:
    """Return a name that trades and of which a board lot can be sold. Raises NotTried."""
    await bench.trading()
    names = {name.symbol: name for name in await tradable_names(bench)}
    for row in await positions(bench):
        if row.symbol in names and row.sellable >= _LOT:
            return names[row.symbol], row
    raise NotTried(f"the account holds no tradable name with {_LOT} sellable shares")


async def suspended_symbol(bench: Bench) -> tuple[str, Decimal]:
    """Return a suspended name and its last price. Raises NotTried."""
    for row in await instruments(bench, *await known_symbols(bench)):
        is_still = row.status in {InstrumentStatus.SUSPENDED, InstrumentStatus.HALTED}
        if is_still and row.prev_close is not None:
            return row.symbol, row.prev_close
    raise NotTried("none of the names known here is suspended")


async def unknown_symbol(bench: Bench) -> str:
    """Return a well-formed symbol that the gateway does not know. Raises NotTried."""
    for row in await instruments(bench, *_UNKNOWN):
        if row.status is InstrumentStatus.NOT_FOUND:
            return row.symbol
    raise NotTried(f"the gateway knows all of {', '.join(_UNKNOWN)}")


async def quote(bench: Bench, symbol: str) -> QuoteView:
    """Return the touch of one name."""
    (row,) = (await bench.read(f"/v1/quotes?symbols={symbol}", QuotesView)).quotes
    return row


async def funds(bench: Bench) -> FundsView:
    """Return cash now."""
    return await bench.read("/v1/funds", FundsView)


async def deadline(bench: Bench) -> datetime:
    """Return a deadline that no case reaches."""
    return await bench.time.now() + _DEADLINE


async def limit_order(
    bench: Bench,
    symbol: str,
    side: Side,
    price: Decimal,
    quantity: int = _LOT,
) -> NewOrder:
    """Return a new order under a fresh id."""
    return NewOrder(
        client_order_id=bench.fresh_id(),
        symbol=symbol,
        side=side,
        limit_price=price,
        quantity=quantity,
        deadline=await deadline(bench),
    )


async def resting_buy(bench: Bench) -> NewOrder:
    """Return a buy at the lowest price of the day: taken by the counter, and not filled."""
    return (await resting_buys(bench, 1))[0]


async def resting_buys(bench: Bench, count: int) -> list[NewOrder]:
    """Return buys at the lowest price of the day, all of one name that is not down there."""
    await bench.trading()
    for name in await tradable_names(bench):
        row = await quote(bench, name.symbol)
        if row.last is None or row.last > name.limit_down:
            return [
                await limit_order(bench, name.symbol, Side.BUY, name.limit_down)
                for _ in range(count)
            ]
    raise NotTried("every name known here is at its lower limit")


async def filled_buy(bench: Bench) -> OrderView:
    """Buy one lot at the market and return the order once it is filled. Raises NotTried."""
    name, ask = await _offered(bench)
    price = min(name.limit_up, floor_to(ask * Decimal("1.01"), name.tick))
    order = await bench.accepted(await limit_order(bench, name.symbol, Side.BUY, price))
    return await bench.filled(_own_id(order), _FILL_WITHIN)


async def recent_fill(bench: Bench) -> OrderView:
    """Return an order filled today, an earlier case's where there is one."""
    await bench.trading()
    orders, _ = await bench.all_orders()
    for row in orders:
        if row.status is VenueStatus.SUCCEEDED and row.client_order_id is not None:
            return row
    return await filled_buy(bench)


async def _offered(bench: Bench) -> tuple[Tradable, Decimal]:
    """Return a name that somebody offers and the price asked, waiting for the first of the day."""
    await bench.trading()
    names = await tradable_names(bench)
    for _ in range(_QUOTE_STEPS):
        for name in names:
            ask = (await quote(bench, name.symbol)).ask1
            if ask is not None:
                return name, ask
        await bench.time.wait(_QUOTE_STEP_S)
    raise NotTried("nobody offers any of the names known here")


def _tradable(row: InstrumentView) -> Iterator[Tradable]:
    if (
        row.status is InstrumentStatus.TRADING
        and row.tick is not None
        and row.prev_close is not None
        and row.limit_up is not None
        and row.limit_down is not None
    ):
        yield Tradable(row.symbol, row.tick, row.prev_close, row.limit_up, row.limit_down)


def _own_id(order: OrderView) -> str:
    if order.client_order_id is None:
        raise NotKept(f"our order {order.venue_order_id} has lost its client_order_id")
    return order.client_order_id
