"""Section 3 of the contract: what a batch answers, and every reason to refuse an order."""

from datetime import timedelta
from decimal import Decimal

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.client import content_of
from adapters.gateway.conformance.expectations import acceptance, refusal, rejection
from adapters.gateway.conformance.names import (
    Tradable,
    funds,
    held,
    limit_order,
    quote,
    resting_buy,
    resting_buys,
    suspended_symbol,
    tradable,
    tradable_names,
    unknown_symbol,
)
from adapters.gateway.conformance.verdict import NotTried, require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import NewOrder, SubmitRequest
from market.money import floor_to
from market.side import Side

_BATCH_MAX = 20
_UNDER_EVERY_LOT = 50
_ORDER_MAX = 100_000  # the smallest of the boards' largest orders
_CAGE_RATIO = Decimal("1.05")  # beyond 2 % and ten ticks
_CAGE_TICKS = 30


async def accepted_order(bench: Bench) -> None:
    """Send one order and compare the view with what was sent."""
    order = await resting_buy(bench)
    view = await bench.accepted(order)
    sent = (order.client_order_id, order.symbol, order.side, order.quantity, order.type)
    told = (view.client_order_id, view.symbol, view.side, view.quantity, view.type)
    require(sent == told, f"sent {sent}, the order is {told}")
    require(view.limit_price == order.limit_price, f"the limit became {view.limit_price}")
    require(bool(view.venue_order_id), "an accepted order has no venue_order_id")


async def lot_size(bench: Bench) -> None:
    """Buy fewer shares than any board takes."""
    name = await tradable(bench)
    order = await limit_order(bench, name.symbol, Side.BUY, name.limit_down, _UNDER_EVERY_LOT)
    await _require_rejected(bench, order, ErrorCode.LOT_SIZE)


async def price_tick(bench: Bench) -> None:
    """Buy at half a tick."""
    name = await tradable(bench)
    price = name.limit_down + name.tick / 2
    order = await limit_order(bench, name.symbol, Side.BUY, price)
    await _require_rejected(bench, order, ErrorCode.PRICE_TICK)


async def price_limit(bench: Bench) -> None:
    """Buy below the lower limit and sell above the upper one; no cage stands on those sides."""
    name = await tradable(bench)
    below = await limit_order(bench, name.symbol, Side.BUY, name.limit_down - name.tick)
    await _require_rejected(bench, below, ErrorCode.PRICE_LIMIT)
    name, _ = await held(bench)
    above = await limit_order(bench, name.symbol, Side.SELL, name.limit_up + name.tick)
    await _require_rejected(bench, above, ErrorCode.PRICE_LIMIT)


async def price_cage(bench: Bench) -> None:
    """Buy inside the day's limits and far above the market."""
    await bench.trading()
    for name in await tradable_names(bench):
        price = await _beyond_cage(bench, name)
        if price is not None:
            order = await limit_order(bench, name.symbol, Side.BUY, price)
            await _require_rejected(bench, order, ErrorCode.PRICE_CAGE)
            return
    raise NotTried("no name known here has room between its cage and its upper limit")


async def insufficient_funds(bench: Bench) -> None:
    """Buy for more than the available cash, in one order that a board would take."""
    await bench.trading()
    available = (await funds(bench)).available
    for name in sorted(await tradable_names(bench), key=lambda name: -name.limit_down):
        quantity = (int(available / name.limit_down) // 100 + 2) * 100
        if quantity <= _ORDER_MAX:
            order = await limit_order(bench, name.symbol, Side.BUY, name.limit_down, quantity)
            await _require_rejected(bench, order, ErrorCode.INSUFFICIENT_FUNDS)
            return
    raise NotTried(f"no single order costs more than the available {available}")


async def insufficient_sellable(bench: Bench) -> None:
    """Sell more than is sellable, in whole lots."""
    name, position = await held(bench)
    quantity = (position.sellable // 100 + 2) * 100
    order = await limit_order(bench, name.symbol, Side.SELL, name.limit_up, quantity)
    await _require_rejected(bench, order, ErrorCode.INSUFFICIENT_SELLABLE)


async def suspended(bench: Bench) -> None:
    """Buy a name that does not trade today."""
    await bench.trading()
    symbol, price = await suspended_symbol(bench)
    order = await limit_order(bench, symbol, Side.BUY, price)
    await _require_rejected(bench, order, ErrorCode.SUSPENDED)


async def unknown_name(bench: Bench) -> None:
    """Buy a name that the venue does not know."""
    await bench.trading()
    symbol = await unknown_symbol(bench)
    order = await limit_order(bench, symbol, Side.BUY, Decimal(10))
    await _require_rejected(bench, order, ErrorCode.INVALID_ARGUMENT, ErrorCode.VENUE_REJECTED)


async def past_deadline(bench: Bench) -> None:
    """Send an order whose deadline has passed: refused, never sent late."""
    order = await resting_buy(bench)
    passed = await bench.time.now() - timedelta(seconds=1)
    late = order.model_copy(update={"deadline": passed})
    await _require_rejected(bench, late, ErrorCode.DEADLINE_EXCEEDED)


async def full_batch(bench: Bench) -> None:
    """Send 20 orders: 20 results in the order sent, of which each names its own order."""
    orders = await resting_buys(bench, _BATCH_MAX)
    results = await bench.submit(*orders)
    numbers = {acceptance(result).venue_order_id for result in results}
    require(len(numbers) == _BATCH_MAX, f"20 orders have {len(numbers)} venue_order_ids")


async def oversized_batch(bench: Bench) -> None:
    """Send 21 orders: none may be executed."""
    orders = await resting_buys(bench, _BATCH_MAX + 1)
    rows = [order.model_dump(mode="json") for order in orders]
    refusal(await bench.client.post("/v1/orders", {"orders": rows}), ErrorCode.INVALID_ARGUMENT)
    for order in (orders[0], orders[-1]):
        await _require_absent(bench, order.client_order_id)


async def mixed_batch(bench: Bench) -> None:
    """Send a bad order between two good ones: it must stop neither."""
    first, bad, last = await resting_buys(bench, 3)
    bad = bad.model_copy(update={"quantity": _UNDER_EVERY_LOT})
    results = await bench.submit(first, bad, last)
    acceptance(results[0])
    rejection(results[1], ErrorCode.LOT_SIZE)
    acceptance(results[2])


async def bad_bodies(bench: Bench) -> None:
    """Send bodies with one fault each: the batch is refused and nothing executed."""
    order = await resting_buy(bench)
    good = order.model_dump(mode="json")
    for field, value in _FAULTS:
        answer = await bench.client.post("/v1/orders", {"orders": [{**good, field: value}]})
        refusal(answer, ErrorCode.INVALID_ARGUMENT)
    for missing in good.keys() - {"type", "market", "account_type"}:
        row = {name: value for name, value in good.items() if name != missing}
        answer = await bench.client.post("/v1/orders", {"orders": [row]})
        refusal(answer, ErrorCode.INVALID_ARGUMENT)
    bodies: tuple[dict[str, object], ...] = (
        {},
        {"orders": []},
        {"orders": good},
        {"orders": [good], "more": 1},
    )
    for body in bodies:
        refusal(await bench.client.post("/v1/orders", body), ErrorCode.INVALID_ARGUMENT)
    await _require_absent(bench, order.client_order_id)


async def broken_json(bench: Bench) -> None:
    """Send half a body, and one with a good order beside a bad one: nothing is executed."""
    good, bad = await resting_buys(bench, 2)
    content = content_of(SubmitRequest(orders=(good,)))
    packet = bench.client.signed("POST", "/v1/orders", content[:-2])
    refusal(await bench.client.send(packet), ErrorCode.INVALID_ARGUMENT)
    rows = [good.model_dump(mode="json"), {**bad.model_dump(mode="json"), "side": "HOLD"}]
    refusal(await bench.client.post("/v1/orders", {"orders": rows}), ErrorCode.INVALID_ARGUMENT)
    await _require_absent(bench, good.client_order_id)


# A field of an order and a value that no order has.
_FAULTS: tuple[tuple[str, object], ...] = (
    ("client_order_id", "short"),
    ("client_order_id", "C" * 25),
    ("client_order_id", "C0000000 1"),
    ("client_order_id", "C0000000中"),
    ("symbol", "600000"),
    ("side", "HOLD"),
    ("type", "MARKET"),
    ("limit_price", 10),
    ("limit_price", "0"),
    ("limit_price", "-1"),
    ("limit_price", "1e1"),
    ("quantity", "100"),
    ("quantity", 0),
    ("quantity", -100),
    ("market", "US"),
    ("account_type", "margin"),
    ("deadline", "2026-01-16T15:00:00"),
    ("deadline", "soon"),
    ("surprise", 1),
)


async def _beyond_cage(bench: Bench, name: Tradable) -> Decimal | None:
    row = await quote(bench, name.symbol)
    highest = max(price for price in (row.ask1, row.last, name.prev_close) if price is not None)
    price = floor_to(highest * _CAGE_RATIO, name.tick) + _CAGE_TICKS * name.tick
    return price if price <= name.limit_up else None


async def _require_rejected(bench: Bench, order: NewOrder, *codes: ErrorCode) -> None:
    (result,) = await bench.submit(order)
    rejection(result, *codes)


async def _require_absent(bench: Bench, client_order_id: str) -> None:
    answer = await bench.client.get(f"/v1/orders/{client_order_id}")
    refusal(answer, ErrorCode.ORDER_NOT_FOUND)


CASES = (
    Case("C43", "submission", "an order taken is shown as it was sent", accepted_order),
    Case("C44", "submission", "less than a lot is LOT_SIZE", lot_size),
    Case("C45", "submission", "a price off the tick is PRICE_TICK", price_tick),
    Case("C46", "submission", "a price outside the day's limits is PRICE_LIMIT", price_limit),
    Case("C47", "submission", "a buy far above the market is PRICE_CAGE", price_cage),
    Case("C48", "submission", "a buy beyond the cash is INSUFFICIENT_FUNDS", insufficient_funds),
    Case("C49", "submission", "a sell beyond the shares is INSUFFICIENT_SELLABLE",
         insufficient_sellable),
    Case("C50", "submission", "a suspended name is SUSPENDED", suspended),
    Case("C51", "submission", "an unknown name is rejected, alone", unknown_name),
    Case("C52", "submission", "a passed deadline is DEADLINE_EXCEEDED", past_deadline),
    Case("C53", "submission", "a batch of 20 has 20 results, in order", full_batch),
    Case("C54", "submission", "a batch of 21 is refused whole", oversized_batch),
    Case("C55", "submission", "a bad order stops no other of its batch", mixed_batch),
    Case("C56", "submission", "a field that no order has refuses the batch", bad_bodies),
    Case("C57", "submission", "a body that does not read executes nothing", broken_json),
)  # fmt: skip
