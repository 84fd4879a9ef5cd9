"""Lists of section 2: what a cursor promises, under paging too."""

from adapters.gateway.conformance.bench import Bench, page_query
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.expectations import refusal
from adapters.gateway.conformance.names import resting_buy, resting_buys
from adapters.gateway.conformance.verdict import NotKept, require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import OrderView
from statemachine.events import VenueStatus

_LISTS = ("orders", "fills", "movements")
_PAGES_MAX = 2_000
_ORDERS = 5


async def without_cursor_all_of_today(bench: Bench) -> None:
    """Place orders and list without a cursor: each is there once."""
    orders = await resting_buys(bench, _ORDERS)
    await bench.submit(*orders)
    rows, _ = await bench.all_orders()
    listed = [row.client_order_id for row in rows]
    for order in orders:
        count = listed.count(order.client_order_id)
        require(count == 1, f"{order.client_order_id} is listed {count} times")


async def oldest_change_first(bench: Bench) -> None:
    """Read today's orders: the versions rise from row to row."""
    await bench.submit(*await resting_buys(bench, _ORDERS))
    rows, _ = await bench.all_orders()
    versions = [row.version for row in rows]
    require(versions == sorted(versions), "the rows are not in the order of their last change")
    require(len(set(versions)) == len(versions), "two orders have one version")


async def pages_lose_nothing(bench: Bench) -> None:
    """Read today's orders in pages of two: the same rows, none twice."""
    await bench.submit(*await resting_buys(bench, _ORDERS))
    whole, newest = await bench.all_orders()
    paged, cursor = await _in_pages(bench, "", 2)
    require(
        [row.version for row in paged] == [row.version for row in whole],
        f"{len(whole)} orders became {len(paged)} in pages of 2",
    )
    require(cursor == newest, f"the pages end at cursor {cursor}, the whole list at {newest}")


async def only_what_changed(bench: Bench) -> None:
    """Go on from the newest cursor: nothing, then exactly the order that changed."""
    first, second = await resting_buys(bench, 2)
    await bench.submit(first, second)
    _, cursor = await bench.all_orders()
    rows, _ = await bench.all_orders(cursor)
    require(not rows, f"nothing changed, {len(rows)} orders are listed")
    await bench.cancel(second.client_order_id)
    await bench.settled(second.client_order_id)
    rows, newer = await bench.all_orders(cursor)
    changed = {row.client_order_id for row in rows}
    require(changed == {second.client_order_id}, f"one order changed, listed are {changed}")
    require(newer != cursor, "an order changed and the cursor did not")


async def change_between_pages(bench: Bench) -> None:
    """Let orders of read and unread pages change between two pages: both must still come."""
    orders = await resting_buys(bench, _ORDERS)
    _, start = await bench.all_orders()
    await bench.submit(*orders)
    page = await bench.orders_since(start, 2)
    require(not page.complete, "2 of 5 changed orders are called complete")
    for moved in (orders[0], orders[-1]):
        await bench.cancel(moved.client_order_id)
        await bench.settled(moved.client_order_id)
    rest, _ = await _in_pages(bench, page.next_cursor, 2)
    newest = {row.client_order_id: row for row in (*page.orders, *rest)}
    for order in orders:
        if order.client_order_id not in newest:
            raise NotKept(f"{order.client_order_id} was lost between two pages")
    for moved in (orders[0], orders[-1]):
        status = newest[moved.client_order_id].status
        require(status is VenueStatus.CANCELED, f"{moved.client_order_id} is still {status}")


async def limit_is_kept(bench: Bench) -> None:
    """Ask for pages of one: no page has more, and none but the last is complete."""
    _, start = await bench.all_orders()
    await bench.submit(*await resting_buys(bench, 3))
    for left in (2, 1, 0):
        page = await bench.orders_since(start, 1)
        require(len(page.orders) == 1, f"a page of 1 has {len(page.orders)} orders")
        require(page.complete == (left == 0), f"with {left} orders left complete is wrong")
        start = page.next_cursor


async def cursor_across_sessions(bench: Bench) -> None:
    """Go on from a cursor of an earlier session."""
    _, cursor = await bench.all_orders()
    await bench.login("two")
    order = await resting_buy(bench)
    await bench.accepted(order)
    rows, _ = await bench.all_orders(cursor)
    changed = {row.client_order_id for row in rows}
    require(changed == {order.client_order_id}, f"listed since the cursor: {changed}")


async def garbage_cursors(bench: Bench) -> None:
    """Go on from what is no cursor: refused, never an empty list."""
    for name in _LISTS:
        for cursor in ("garbage", "-1", "1e3", "%00", "9" * 40):
            answer = await bench.client.get(f"/v1/{name}{page_query(cursor, None)}")
            refusal(answer, ErrorCode.INVALID_ARGUMENT)


async def garbage_limits(bench: Bench) -> None:
    """Ask for pages of no rows, of a negative number and of words."""
    for name in _LISTS:
        for limit in ("0", "-1", "many", "1.5"):
            answer = await bench.client.get(f"/v1/{name}?limit={limit}")
            refusal(answer, ErrorCode.INVALID_ARGUMENT)


async def _in_pages(bench: Bench, cursor: str, limit: int) -> tuple[list[OrderView], str]:
    rows: list[OrderView] = []
    for _ in range(_PAGES_MAX):
        page = await bench.orders_since(cursor, limit)
        require(len(page.orders) <= limit, f"a page of {limit} has {len(page.orders)} orders")
        rows += page.orders
        cursor = page.next_cursor
        if page.complete:
            return rows, cursor
    raise NotKept(f"the list is not complete after {_PAGES_MAX} pages")


CASES = (
    Case("C82", "cursors", "without a cursor every order of today is listed once",
         without_cursor_all_of_today),
    Case("C83", "cursors", "the oldest change comes first", oldest_change_first),
    Case("C84", "cursors", "pages lose no order and repeat none", pages_lose_nothing),
    Case("C85", "cursors", "a cursor brings what changed and nothing else", only_what_changed),
    Case("C86", "cursors", "a change between two pages is not lost", change_between_pages),
    Case("C87", "cursors", "a page has no more rows than asked for", limit_is_kept),
    Case("C88", "cursors", "a cursor outlives its session", cursor_across_sessions),
    Case("C89", "cursors", "what is no cursor is refused", garbage_cursors),
    Case("C90", "cursors", "what is no page size is refused", garbage_limits),
)  # fmt: skip
