from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.names import funds, held, limit_order, positions, resting_buy
from adapters.gateway.conformance.verdict import NotKept, require
from adapters.wire.models import FundsView, PositionView
from market.side import Side

_LOT = 200


async def funds_add_up(bench: Bench) -> None:
    """Total asset is cash, frozen cash and market value."""
    _require_sum(await funds(bench))


async def positions_add_up(bench: Bench) -> None:
    """Each name once, and no more of it sellable or frozen than is there."""
    rows = await positions(bench)
    symbols = [row.symbol for row in rows]
    require(len(set(symbols)) == len(symbols), f"a name appears twice among {symbols}")
    for row in rows:
        counts = (row.quantity, row.sellable, row.frozen, row.in_transit)
        require(min(counts) >= 0, f"{row.symbol} has a negative count: {counts}")
        require(
            row.sellable + row.frozen <= row.quantity,
            f"{row.symbol}: {row.sellable} sellable and {row.frozen} frozen of {row.quantity}",
        )


async def buy_freezes_cash(bench: Bench) -> None:
    """A live buy freezes at least its price, and its cancel gives all of it back."""
    order = await resting_buy(bench)
    before = await funds(bench)
    await bench.accepted(order)
    during = await funds(bench)
    cost = order.limit_price * order.quantity
    taken = before.available - during.available
    require(taken >= cost, f"a buy of {cost} took {taken} of the available cash")
    require(
        during.frozen - before.frozen == taken,
        f"{taken} left the available cash, {during.frozen - before.frozen} came to the frozen",
    )
    _require_sum(during)
    await bench.cancel(order.client_order_id)
    await bench.settled(order.client_order_id)
    after = await funds(bench)
    require(after.available == before.available, f"{before.available} became {after.available}")


async def sell_freezes_shares(bench: Bench) -> None:
    """A live sell freezes its shares, and its cancel gives them back."""
    name, before = await held(bench)
    order = await limit_order(bench, name.symbol, Side.SELL, name.limit_up, _LOT)
    await bench.accepted(order)
    during = await _position(bench, name.symbol)
    require(
        (before.sellable - during.sellable, during.frozen - before.frozen) == (_LOT, _LOT),
        f"a sell of {_LOT} made {before.sellable} sellable shares {during.sellable}",
    )
    require(during.quantity == before.quantity, "a live sell changed the quantity held")
    await bench.cancel(order.client_order_id)
    await bench.settled(order.client_order_id)
    after = await _position(bench, name.symbol)
    require(after.sellable == before.sellable, f"{before.sellable} became {after.sellable}")


async def _position(bench: Bench, symbol: str) -> PositionView:
    for row in await positions(bench):
        if row.symbol == symbol:
            return row
    raise NotKept(f"{symbol} is no position any more")


def _require_sum(view: FundsView) -> None:
    parts = view.available + view.frozen + view.market_value
    require(
        view.total_asset == parts,
        f"total asset {view.total_asset} is not available + frozen + market value = {parts}",
    )


CASES = (
    Case("C39", "account", "funds add up to the total asset", funds_add_up),
    Case("C40", "account", "positions name each name once and add up", positions_add_up),
    Case("C41", "account", "a live buy freezes cash, its cancel gives it back", buy_freezes_cash),
    Case("C42", "account", "a live sell freezes shares, its cancel gives them back",
         sell_freezes_shares),
)  # fmt: skip
