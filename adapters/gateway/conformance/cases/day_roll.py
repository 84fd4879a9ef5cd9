from adapters.gateway.conformance.bench import Bench, Night
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.expectations import refusal, rejection
from adapters.gateway.conformance.names import filled_buy, limit_order, positions, resting_buy
from adapters.gateway.conformance.verdict import NotKept, NotTried, require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import NewOrder, PositionView
from market.phases import Phase
from market.side import Side
from statemachine.events import ENDED_STATUSES

_LOT = 100


async def bought_is_sellable_tomorrow(bench: Bench) -> None:
    """Find sellable what was bought, and could not be sold, the session before (T+1)."""
    night = await _night(bench)
    rejection(night.early_sell, ErrorCode.INSUFFICIENT_SELLABLE)
    tomorrow = await _position(bench, night.bought.symbol)
    require(
        tomorrow.sellable >= night.sellable + night.bought.filled_quantity,
        f"{night.sellable} were sellable, {night.bought.filled_quantity} bought, "
        f"the next day {tomorrow.sellable} are sellable",
    )


async def orders_expire(bench: Bench) -> None:
    """An order left over the close has ended unfilled, and its end is a change like any other."""
    night = await _night(bench)
    view = await bench.order(night.left.client_order_id)
    require(view.status in ENDED_STATUSES, f"yesterday's order is {view.status}")
    require(view.filled_quantity == 0, f"yesterday's order filled {view.filled_quantity}")
    changed, _ = await bench.all_orders(night.cursor)
    ids = {row.client_order_id for row in changed}
    require(night.left.client_order_id in ids, "its end is not among the changes since yesterday")


async def list_begins_anew(bench: Bench) -> None:
    """List without a cursor on the next day: only that day's orders."""
    night = await _night(bench)
    new = await resting_buy(bench)
    await bench.accepted(new)
    listed = {row.client_order_id for row in (await bench.all_orders())[0]}
    require(new.client_order_id in listed, "today's order is not listed")
    old = {night.left.client_order_id, night.bought.client_order_id}
    require(not old & listed, "yesterday's orders are listed as today's")


async def past_orders_are_found(bench: Bench) -> None:
    """Look up an order that was filled the day before."""
    night = await _night(bench)
    view = await bench.order(str(night.bought.client_order_id))
    require(view.venue_order_id == night.bought.venue_order_id, f"found {view.venue_order_id}")
    require(view.filled_quantity == night.bought.filled_quantity, f"filled {view.filled_quantity}")


async def ids_outlive_the_day(bench: Bench) -> None:
    """Send yesterday's order again: its first result; another order under its id: a conflict."""
    left = (await _night(bench)).left
    before = await bench.order(left.client_order_id)
    (again,) = await bench.submit(left)
    require(again.replayed, "yesterday's order, sent again, is not marked as replayed")
    other = left.model_copy(update={"quantity": left.quantity * 2})
    refusal(await bench.post_orders([other]), ErrorCode.IDEMPOTENCY_CONFLICT)
    after = await bench.order(left.client_order_id)
    require(after == before, "yesterday's order changed by being sent again")


async def dead_orders_cannot_be_cancelled(bench: Bench) -> None:
    """Cancel yesterday's order."""
    left = (await _night(bench)).left
    view = refusal(await bench.cancel(left.client_order_id), ErrorCode.NOT_CANCELABLE)
    if view.order is None:
        raise NotKept("NOT_CANCELABLE comes without the order")
    require(view.order.status in ENDED_STATUSES, f"it shows the order as {view.order.status}")


async def trade_date_moves_on(bench: Bench) -> None:
    """Compare the trade dates of two sessions."""
    night = await _night(bench)
    today = (await bench.time.view()).trade_date
    require(today > night.trade_date, f"the session after {night.trade_date} is of {today}")
    require((await bench.login()).trade_date == today, "login tells another trade date")


async def _night(bench: Bench) -> Night:
    """Let one night pass, once in a run: it costs a session of market data."""
    if not bench.time.is_stepped:
        raise NotTried("this gateway's time cannot be moved to the next session")
    if bench.night is None:
        left = await resting_buy(bench)
        await bench.accepted(left)
        bought = await filled_buy(bench)
        held = await _position(bench, bought.symbol)
        too_many = held.sellable // _LOT * _LOT + bought.quantity
        (early_sell,) = await bench.submit(await _sell(bench, held, too_many))
        _, cursor = await bench.all_orders()
        trade_date = (await bench.time.view()).trade_date
        await bench.time.next_day(Phase.MORNING)
        bench.night = Night(left, bought, held.sellable, early_sell, cursor, trade_date)
    return bench.night


async def _position(bench: Bench, symbol: str) -> PositionView:
    for row in await positions(bench):
        if row.symbol == symbol:
            return row
    raise NotKept(f"{symbol} was bought and is no position")


async def _sell(bench: Bench, position: PositionView, quantity: int) -> NewOrder:
    price = position.market_value / position.quantity
    return await limit_order(bench, position.symbol, Side.SELL, price, quantity)


CASES = (
    Case("C127", "day roll", "what was bought is sellable in the next session (T+1)",
         bought_is_sellable_tomorrow),
    Case("C128", "day roll", "a live order expires with the day", orders_expire),
    Case("C129", "day roll", "without a cursor only the new day's orders are listed",
         list_begins_anew),
    Case("C130", "day roll", "an order of a past day is found", past_orders_are_found),
    Case("C131", "day roll", "an id stays used over days", ids_outlive_the_day),
    Case("C132", "day roll", "an expired order is NOT_CANCELABLE",
         dead_orders_cannot_be_cancelled),
    Case("C133", "day roll", "the trade date moves on", trade_date_moves_on),
)  # fmt: skip
