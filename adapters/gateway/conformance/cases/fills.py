from collections.abc import Sequence
from decimal import Decimal

from adapters.gateway.conformance.bench import Bench, page_query
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.names import filled_buy, positions, recent_fill
from adapters.gateway.conformance.verdict import NotKept, require
from adapters.wire.models import FillsPage, FillView, OrderView
from statemachine.fill import FillKind

_PAGES_MAX = 2_000
_PRICE_STEP = Decimal("0.0001")


async def fills_make_the_order(bench: Bench) -> None:
    """The trades of a filled order sum up to it."""
    order = await recent_fill(bench)
    fills = await _fills_of(bench, order)
    require(bool(fills), f"{order.client_order_id} is filled and has no fill")
    quantity = sum(fill.quantity for fill in fills)
    amount = sum((fill.amount for fill in fills), Decimal(0))
    require(quantity == order.filled_quantity, f"fills of {quantity}, the order of {order}")
    require(amount == order.filled_amount, f"fills for {amount}, the order for {order}")
    if order.average_price is None:
        raise NotKept(f"{order.client_order_id} is filled without an average price")
    gap = abs(order.average_price - amount / quantity)
    require(gap < _PRICE_STEP * 100, f"{order.average_price} is no average of {amount}/{quantity}")


async def fill_belongs_to_order(bench: Bench) -> None:
    """A fill names its order by both ids, with its name and side, and never a worse price."""
    order = await recent_fill(bench)
    for fill in await _fills_of(bench, order):
        place = f"fill {fill.fill_id}"
        told = (fill.venue_order_id, fill.symbol, fill.side)
        require(told == (order.venue_order_id, order.symbol, order.side), f"{place} is of {told}")
        require(fill.quantity > 0, f"{place} is of {fill.quantity} shares")
        require(fill.amount == fill.price * fill.quantity, f"{place} is for {fill.amount}")
        require(fill.price <= order.limit_price, f"{place} is dearer than the limit")
        require(fill.fill_time >= order.created_at, f"{place} is older than its order")


async def fill_ids_are_unique(bench: Bench) -> None:
    """Buy twice: no fill_id comes twice in a day of a market."""
    await recent_fill(bench)
    await filled_buy(bench)
    fills, _ = await bench.all_fills()
    keys = [(fill.market, fill.trade_date, fill.fill_id, fill.kind) for fill in fills]
    require(len(set(keys)) == len(keys), f"{len(keys)} fills have {len(set(keys))} ids")


async def fees_add_up(bench: Bench) -> None:
    """Fees are not negative, a buy pays no stamp duty, and the order's total is their sum."""
    order = await recent_fill(bench)
    total = Decimal(0)
    for fill in await _fills_of(bench, order):
        if fill.fees is None:
            return
        parts = (fill.fees.commission, fill.fees.stamp_duty, fill.fees.transfer)
        require(min(parts) >= 0, f"fill {fill.fill_id} has the fees {parts}")
        require(fill.fees.stamp_duty == 0, f"a buy pays the stamp duty {fill.fees.stamp_duty}")
        total += sum(parts)
    require(order.fees_total in {None, total}, f"fees of {total}, the order's {order.fees_total}")


async def fill_cursor(bench: Bench) -> None:
    """Go on from the newest fill: nothing, then the fills of one new order."""
    await recent_fill(bench)
    _, cursor = await bench.all_fills()
    fills, _ = await bench.all_fills(cursor)
    require(not fills, f"nothing traded, {len(fills)} fills are listed")
    order = await filled_buy(bench)
    fills, _ = await bench.all_fills(cursor)
    ours = [fill.quantity for fill in fills if fill.client_order_id == order.client_order_id]
    require(
        sum(ours) == order.filled_quantity,
        f"{order.filled_quantity} shares were bought, {sum(ours)} are listed since the cursor",
    )


async def fill_pages(bench: Bench) -> None:
    """Read all fills in pages of one: the same fills, none twice."""
    await filled_buy(bench)
    whole, _ = await bench.all_fills()
    paged: list[FillView] = []
    cursor = ""
    for _ in range(_PAGES_MAX):
        page = await bench.read(f"/v1/fills{page_query(cursor, 1)}", FillsPage)
        require(len(page.fills) <= 1, f"a page of 1 has {len(page.fills)} fills")
        paged += page.fills
        cursor = page.next_cursor
        if page.complete:
            break
    require(paged == whole, f"{len(whole)} fills became {len(paged)} in pages of 1")


async def fill_moves_the_position(bench: Bench) -> None:
    """What was bought is held, and not sellable today beyond what was before (T+1)."""
    before = {row.symbol: row for row in await positions(bench)}
    order = await filled_buy(bench)
    after = {row.symbol: row for row in await positions(bench)}
    if order.symbol not in after:
        raise NotKept(f"{order.symbol} was bought and is no position")
    held, had = after[order.symbol], before.get(order.symbol)
    grown = held.quantity - (0 if had is None else had.quantity)
    require(grown >= order.filled_quantity, f"{order.symbol} grew by {grown}")
    sellable = 0 if had is None else had.sellable
    require(held.sellable <= sellable, f"{held.sellable} of {order.symbol} are sellable today")


async def _fills_of(bench: Bench, order: OrderView) -> Sequence[FillView]:
    fills, _ = await bench.all_fills()
    return [
        fill
        for fill in fills
        if fill.client_order_id == order.client_order_id and fill.kind is FillKind.TRADE
    ]


CASES = (
    Case("C91", "fills", "the fills of an order sum up to it", fills_make_the_order),
    Case("C92", "fills", "a fill belongs to its order", fill_belongs_to_order),
    Case("C93", "fills", "a fill_id is unique", fill_ids_are_unique),
    Case("C94", "fills", "fees add up", fees_add_up),
    Case("C95", "fills", "a cursor brings the new fills and nothing else", fill_cursor),
    Case("C96", "fills", "pages lose no fill and repeat none", fill_pages),
    Case("C97", "fills", "what was bought is held, and not sellable today",
         fill_moves_the_position),
)  # fmt: skip
