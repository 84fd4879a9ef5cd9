"""Section 3 of the contract: a client_order_id is the key, for ever, per account."""

import asyncio
from decimal import Decimal

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.expectations import acceptance, refusal, rejection, success
from adapters.gateway.conformance.names import limit_order, resting_buy, resting_buys, tradable
from adapters.gateway.conformance.verdict import require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import SubmitReply, SubmitRequest, SubmitResult
from market.side import Side
from statemachine.events import VenueStatus

_UNDER_EVERY_LOT = 50
_CONCURRENT = 4


async def replay(bench: Bench) -> None:
    """Send one order three times: one order, one result."""
    order = await resting_buy(bench)
    first = await bench.submit(order)
    for _ in range(2):
        _require_replayed(first, await bench.submit(order))
    await _require_listed_once(bench, order.client_order_id)


async def conflict(bench: Bench) -> None:
    """Send other orders under a used id."""
    order = await resting_buy(bench)
    await bench.accepted(order)
    other_price = order.limit_price + Decimal("0.01")
    changes: tuple[dict[str, object], ...] = (
        {"quantity": order.quantity * 2},
        {"limit_price": other_price},
        {"side": Side.SELL},
    )
    for change in changes:
        answer = await bench.post_orders([order.model_copy(update=change)])
        refusal(answer, ErrorCode.IDEMPOTENCY_CONFLICT)
    await _require_listed_once(bench, order.client_order_id)


async def across_sessions(bench: Bench) -> None:
    """Send an order again on a new session."""
    order = await resting_buy(bench)
    first = await bench.submit(order)
    await bench.login("two")
    _require_replayed(first, await bench.submit(order))
    await _require_listed_once(bench, order.client_order_id)


async def conflict_across_sessions(bench: Bench) -> None:
    """Send another order under a used id on a new session."""
    order = await resting_buy(bench)
    await bench.accepted(order)
    await bench.login("two")
    answer = await bench.post_orders([order.model_copy(update={"quantity": order.quantity * 2})])
    refusal(answer, ErrorCode.IDEMPOTENCY_CONFLICT)


async def twice_in_one_batch(bench: Bench) -> None:
    """Name one id twice in a batch: refused, and nothing executed."""
    order, other = await resting_buys(bench, 2)
    answer = await bench.post_orders([order, other, order])
    refusal(answer, ErrorCode.INVALID_ARGUMENT)
    for absent in (order, other):
        lookup = await bench.client.get(f"/v1/orders/{absent.client_order_id}")
        refusal(lookup, ErrorCode.ORDER_NOT_FOUND)


async def replay_of_rejected(bench: Bench) -> None:
    """Send a rejected order again: rejected again, with the same code."""
    name = await tradable(bench)
    order = await limit_order(bench, name.symbol, Side.BUY, name.limit_down, _UNDER_EVERY_LOT)
    (first,) = await bench.submit(order)
    (second,) = await bench.submit(order)
    codes = [rejection(result, ErrorCode.LOT_SIZE).code for result in (first, second)]
    require(second.replayed, f"the second {codes[0]} is not marked as replayed")


async def rejected_id_is_used(bench: Bench) -> None:
    """Mend a rejected order under its id: that is another order under a used id."""
    name = await tradable(bench)
    order = await limit_order(bench, name.symbol, Side.BUY, name.limit_down, _UNDER_EVERY_LOT)
    (result,) = await bench.submit(order)
    rejection(result, ErrorCode.LOT_SIZE)
    answer = await bench.post_orders([order.model_copy(update={"quantity": 200})])
    refusal(answer, ErrorCode.IDEMPOTENCY_CONFLICT)


async def replay_after_cancel(bench: Bench) -> None:
    """Send a cancelled order again: its first result, and it stays cancelled."""
    order = await resting_buy(bench)
    first = await bench.submit(order)
    await bench.cancel(order.client_order_id)
    ended = await bench.settled(order.client_order_id)
    _require_replayed(first, await bench.submit(order))
    again = await bench.order(order.client_order_id)
    require(again.status is ended.status, f"{ended.status} became {again.status} by a replay")
    require(again.status is not VenueStatus.REPORTED, "a replay brought a cancelled order back")


async def replay_beside_new(bench: Bench) -> None:
    """Send a known order beside a new one: each gets its own result."""
    known, new = await resting_buys(bench, 2)
    first = await bench.submit(known)
    results = await bench.submit(known, new)
    _require_replayed(first, results[:1])
    acceptance(results[1])
    require(not results[1].replayed, "a new order is marked as replayed")


async def concurrent_sends(bench: Bench) -> None:
    """Send one order several times at once: one of them at most reaches the venue."""
    order = await resting_buy(bench)
    body = SubmitRequest(orders=(order,))
    answers = await asyncio.gather(
        *(bench.client.post("/v1/orders", body) for _ in range(_CONCURRENT))
    )
    fresh = 0
    for answer in answers:
        if answer.status >= 400:  # noqa: PLR2004 - any refusal
            refusal(answer, ErrorCode.ORDER_STATUS_UNCERTAIN, ErrorCode.RATE_LIMITED)
            continue
        (result,) = success(answer, SubmitReply).results
        fresh += not result.replayed
    require(fresh <= 1, f"{fresh} of {_CONCURRENT} sendings claim to be the first")
    await bench.submit(order)
    await _require_listed_once(bench, order.client_order_id)


def _require_replayed(first: tuple[SubmitResult, ...], again: tuple[SubmitResult, ...]) -> None:
    for before, after in zip(first, again, strict=True):
        place = f"the result of {before.client_order_id}"
        require(after.replayed, f"{place}, sent again, is not marked as replayed")
        require(after.outcome is before.outcome, f"{place} was {before.outcome}")
        numbers = [
            None if row.order is None else row.order.venue_order_id for row in (before, after)
        ]
        require(numbers[0] == numbers[1], f"{place} has the venue orders {numbers}")


async def _require_listed_once(bench: Bench, client_order_id: str) -> None:
    orders, _ = await bench.all_orders()
    count = sum(row.client_order_id == client_order_id for row in orders)
    require(count == 1, f"{client_order_id} is listed {count} times")


CASES = (
    Case("C58", "idempotency", "the same order again is its first result, replayed", replay),
    Case("C59", "idempotency", "another order under a used id is a conflict", conflict),
    Case("C60", "idempotency", "a replay works across sessions", across_sessions),
    Case("C61", "idempotency", "a conflict works across sessions", conflict_across_sessions),
    Case("C62", "idempotency", "an id twice in a batch executes nothing", twice_in_one_batch),
    Case("C63", "idempotency", "a rejected order again is rejected again", replay_of_rejected),
    Case("C64", "idempotency", "the id of a rejected order is used", rejected_id_is_used),
    Case("C65", "idempotency", "a cancelled order again is not sent again", replay_after_cancel),
    Case("C66", "idempotency", "a known order beside a new one stops neither",
         replay_beside_new),
    Case("C67", "idempotency", "one order sent several times at once is one order",
         concurrent_sends),
)  # fmt: skip
