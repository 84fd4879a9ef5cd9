from adapters.gateway.conformance.bench import Bench, page_query
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.names import filled_buy
from adapters.gateway.conformance.verdict import require
from adapters.wire.models import MovementsPage

_PAGES_MAX = 2_000


async def movements_read(bench: Bench) -> None:
    """Read the movements to the end: unique ids, and nothing after the newest cursor."""
    ids: list[str] = []
    cursor = ""
    for _ in range(_PAGES_MAX):
        page = await bench.read(f"/v1/movements{page_query(cursor, None)}", MovementsPage)
        ids += [row.movement_id for row in page.movements]
        cursor = page.next_cursor
        if page.complete:
            break
    require(len(set(ids)) == len(ids), f"{len(ids)} movements have {len(set(ids))} ids")
    again = await bench.read(f"/v1/movements{page_query(cursor, None)}", MovementsPage)
    require(not again.movements, "nothing moved, and movements are listed")
    require(again.complete, "an empty list of movements is not complete")


async def trades_are_no_movements(bench: Bench) -> None:
    """Buy something: the movements stay as they are."""
    target = "/v1/movements"
    before = await bench.read(target, MovementsPage)
    order = await filled_buy(bench)
    after = await bench.read(target, MovementsPage)
    added = [row for row in after.movements if row not in before.movements]
    ours = [row for row in added if row.symbol == order.symbol]
    require(not ours, f"the buy of {order.symbol} is a movement too: {ours}")


CASES = (
    Case("C98", "movements", "movements read to the end, each once", movements_read),
    Case("C99", "movements", "a trade is no movement", trades_are_no_movements),
)
