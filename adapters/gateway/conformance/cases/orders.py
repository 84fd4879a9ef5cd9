from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.expectations import refusal, rejection
from adapters.gateway.conformance.names import limit_order, recent_fill, resting_buy, tradable
from adapters.gateway.conformance.verdict import require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import OrderView
from market.side import Side
from statemachine.events import ENDED_STATUSES, VenueStatus

_UNDER_EVERY_LOT = 50


async def views_make_sense(bench: Bench) -> None:
    """Read every order of today, among them a live, a cancelled, a refused and a filled one."""
    await bench.accepted(await resting_buy(bench))
    await recent_fill(bench)
    orders, _ = await bench.all_orders()
    for view in orders:
        _require_sense(view)


async def version_rises(bench: Bench) -> None:
    """Follow an order through its cancel."""
    order = await resting_buy(bench)
    taken = await bench.accepted(order)
    await bench.cancel(order.client_order_id)
    ended = await bench.settled(order.client_order_id)
    require(ended.version > taken.version, f"version {taken.version} became {ended.version}")
    require(ended.updated_at >= taken.updated_at, "updated_at went back")
    require(ended.created_at == taken.created_at, "created_at changed")
    again = await bench.order(order.client_order_id)
    require(again.version == ended.version, "the version changed and the order did not")


async def lookup_is_the_listed_row(bench: Bench) -> None:
    """Compare one order by its id with its row in the list."""
    order = await resting_buy(bench)
    await bench.accepted(order)
    orders, _ = await bench.all_orders()
    rows = [row for row in orders if row.client_order_id == order.client_order_id]
    require(len(rows) == 1, f"{order.client_order_id} is listed {len(rows)} times")
    one = await bench.order(order.client_order_id)
    require(one == rows[0], f"by id the order is {one}, in the list {rows[0]}")


async def unknown_order(bench: Bench) -> None:
    """Look up ids that nobody used."""
    for unknown in (bench.fresh_id(), bench.fresh_id(24), bench.fresh_id(8)):
        answer = await bench.client.get(f"/v1/orders/{unknown}")
        refusal(answer, ErrorCode.ORDER_NOT_FOUND)


async def rejected_is_never_live(bench: Bench) -> None:
    """Look a rejected order up: gone, or ended with a reason."""
    name = await tradable(bench)
    order = await limit_order(bench, name.symbol, Side.BUY, name.limit_down, _UNDER_EVERY_LOT)
    (result,) = await bench.submit(order)
    rejection(result, ErrorCode.LOT_SIZE)
    answer = await bench.client.get(f"/v1/orders/{order.client_order_id}")
    if answer.status != 200:  # noqa: PLR2004 - the counter may have refused it at the door
        refusal(answer, ErrorCode.ORDER_NOT_FOUND)
        return
    view = answer.read(OrderView)
    require(view.status is VenueStatus.JUNK, f"a rejected order is {view.status}")
    require(view.reject_code == ErrorCode.LOT_SIZE, f"its reject_code is {view.reject_code}")
    require(bool(view.reject_reason), "it has no reject_reason")


def _require_sense(view: OrderView) -> None:
    place = f"order {view.venue_order_id} ({view.status})"
    require(0 <= view.filled_quantity <= view.quantity, f"{place} filled {view.filled_quantity}")
    require(view.version > 0, f"{place} has version {view.version}")
    require(view.created_at <= view.updated_at, f"{place} was updated before it was made")
    is_filled = view.filled_quantity > 0
    require(is_filled == (view.average_price is not None), f"{place} has a wrong average price")
    require(is_filled == (view.filled_amount > 0), f"{place} filled for {view.filled_amount}")
    if view.status is VenueStatus.SUCCEEDED:
        require(view.filled_quantity == view.quantity, f"{place} is not filled whole")
    elif view.status in ENDED_STATUSES:
        require(view.filled_quantity < view.quantity, f"{place} is filled whole")
    if view.status is VenueStatus.JUNK:
        require(bool(view.reject_code and view.reject_reason), f"{place} does not say why")
    require(bool(view.raw_text), f"{place} lacks the counter's own words")


CASES = (
    Case("C68", "orders", "every order of today makes sense by itself", views_make_sense),
    Case("C69", "orders", "the version rises with a change and only then", version_rises),
    Case("C70", "orders", "one order by id is its row in the list", lookup_is_the_listed_row),
    Case("C71", "orders", "an id that nobody used is ORDER_NOT_FOUND", unknown_order),
    Case("C72", "orders", "a rejected order is never live", rejected_is_never_live),
)  # fmt: skip
