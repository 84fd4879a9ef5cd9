"""Section 4 of the contract: how many messages pass, and that cancels always do."""

from http import HTTPStatus

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.client import Answer, Packet
from adapters.gateway.conformance.expectations import error_body, refusal, success
from adapters.gateway.conformance.names import limit_order, resting_buy, tradable
from adapters.gateway.conformance.verdict import NotKept, NotTried, require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import NewOrder, SubmitReply, SubmitRequest
from market.phases import Phase
from market.side import Side

_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_BATCH_MAX = 20
_UNDER_EVERY_LOT = 50
_ORDERS_AT_ONCE_MAX = 60
_CANCELS_MAX = 60
_FULL_BUCKET_S = 30
_ORDERS_PER_DAY_MAX = 5_000


async def headers_everywhere(bench: Bench) -> None:
    """Read the limits off successes and refusals."""
    for answer in (
        await bench.client.send(Packet("GET", "/v1/health", {})),
        await bench.client.get("/v1/funds"),
        await bench.client.get("/v1/orders?limit=0"),
        await bench.client.send(Packet("GET", "/v1/funds", {})),
        await bench.client.post("/v1/cancel-all", {"account_wide": "no"}),
    ):
        limit, remaining, _ = _limits(answer)
        require(remaining <= limit, f"{answer}: {remaining} of {limit} remain")


async def every_order_counts(bench: Bench) -> None:
    """Send a batch of three: three messages fewer remain."""
    orders = [await _bad_order(bench) for _ in range(3)]
    await bench.time.wait(_FULL_BUCKET_S)
    _, before, _ = _limits(await bench.client.get("/v1/time"))
    answer = await bench.client.post("/v1/orders", SubmitRequest(orders=tuple(orders)))
    success(answer, SubmitReply)
    _, after, _ = _limits(answer)
    # a gateway whose time runs by itself has refilled a little
    spent_at_most_refilled = 1 if bench.time.is_stepped else 3
    require(after <= before - spent_at_most_refilled, f"{before} remained, then {after}")
    if bench.time.is_stepped:
        require(after == before - len(orders), f"{before} remained, after 3 orders {after}")


async def burst_of_orders(bench: Bench) -> None:
    """Send orders until one is refused: it was not executed, and its id is free."""
    order = await _exhaust_orders(bench)
    lookup = await bench.client.get(f"/v1/orders/{order.client_order_id}")
    refusal(lookup, ErrorCode.ORDER_NOT_FOUND)
    (result,) = await bench.submit(order)
    require(not result.replayed, "an order refused by the limit is said to have had a result")


async def cancels_have_their_own(bench: Bench) -> None:
    """Use up the orders' limit: a cancel still passes."""
    order = await resting_buy(bench)
    await bench.accepted(order)
    await _exhaust_orders(bench)
    answer = await bench.client.post(f"/v1/orders/{order.client_order_id}/cancel", None)
    require(answer.status == HTTPStatus.ACCEPTED, f"{answer}, while orders are limited")


async def burst_of_cancels(bench: Bench) -> None:
    """Send cancels until one is refused."""
    await bench.trading()
    target = f"/v1/orders/{bench.fresh_id()}/cancel"
    for _ in range(_CANCELS_MAX):
        answer = await bench.client.post(target, None)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            _require_limited(answer)
            return
        refusal(answer, ErrorCode.ORDER_NOT_FOUND)
    raise NotKept(f"{_CANCELS_MAX} cancels at once are all taken")


async def reads_are_not_counted(bench: Bench) -> None:
    """Use up the orders' limit: reads still pass."""
    await _exhaust_orders(bench)
    for target in ("/v1/funds", "/v1/orders", "/v1/fills"):
        answer = await bench.client.get(target)
        require(answer.status == HTTPStatus.OK, f"{answer}, while orders are limited")


async def daily_total(bench: Bench) -> None:
    """Use up the day's orders: the next is refused until tomorrow, and a cancel is not."""
    if not bench.time.is_stepped:
        raise NotTried("it would spend the day's orders, and time cannot be moved to the next")
    order = await resting_buy(bench)
    await bench.accepted(order)
    total = (await bench.login()).rate_limits.orders_per_day
    if total > _ORDERS_PER_DAY_MAX:
        raise NotTried(f"{total} orders a day are too many to send")
    refused = await _exhaust_day(bench, total)
    view = refusal(refused, ErrorCode.RATE_LIMITED)
    wait_s = _require_limited(refused)
    require(wait_s > _FULL_BUCKET_S, f"the day's total is reached, Retry-After is {wait_s}")
    require(bool(view.message), "the refusal does not say why")
    answer = await bench.cancel(order.client_order_id)
    require(answer.status == HTTPStatus.ACCEPTED, f"{answer}, for the day's total of orders")
    await bench.time.next_day(Phase.MORNING)
    (result,) = await bench.submit(await _bad_order(bench))
    require(not result.replayed, "the next day's first order is a replay")


async def _exhaust_day(bench: Bench, total: int) -> Answer:
    """Send orders until the gateway asks to wait for longer than a burst lasts."""
    for _ in range(2 * total):
        answer = await bench.client.post("/v1/orders", await _bad_batch(bench))
        if answer.status == HTTPStatus.OK:
            continue
        wait_s = _require_limited(answer)
        if wait_s > _FULL_BUCKET_S:
            return answer
        await bench.time.wait(wait_s)
    raise NotKept(f"more than {total} orders were taken in a day")


async def _exhaust_orders(bench: Bench) -> NewOrder:
    """Send orders that the counter refuses until the limit does, and return the first it does.

    A batch from a full bucket first, then one by one: a refused batch may leave some for a single
    message, a refused single order leaves none.
    """
    batch = await _bad_batch(bench)
    await bench.time.wait(_FULL_BUCKET_S)
    success(await bench.client.post("/v1/orders", batch), SubmitReply)
    for _ in range(_ORDERS_AT_ONCE_MAX):
        order = batch.orders[0].model_copy(update={"client_order_id": bench.fresh_id()})
        answer = await bench.client.post("/v1/orders", SubmitRequest(orders=(order,)))
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            _require_limited(answer)
            return order
        success(answer, SubmitReply)
    raise NotKept(f"{_BATCH_MAX + _ORDERS_AT_ONCE_MAX} orders at once are all taken")


async def _bad_batch(bench: Bench) -> SubmitRequest:
    pattern = await _bad_order(bench)
    orders = (
        pattern.model_copy(update={"client_order_id": bench.fresh_id()}) for _ in range(_BATCH_MAX)
    )
    return SubmitRequest(orders=tuple(orders))


async def _bad_order(bench: Bench) -> NewOrder:
    """Return an order that every counter refuses, so that none of many lives."""
    name = await tradable(bench)
    return await limit_order(bench, name.symbol, Side.BUY, name.limit_down, _UNDER_EVERY_LOT)


def _require_limited(answer: Answer) -> int:
    """Check a 429 and return its Retry-After."""
    refusal(answer, ErrorCode.RATE_LIMITED)
    text = answer.headers.get("Retry-After", "")
    require(text.isdigit() and int(text) > 0, f"{answer} has Retry-After {text!r}")
    return int(text)


def _limits(answer: Answer) -> tuple[int, int, int]:
    if answer.status >= HTTPStatus.BAD_REQUEST:
        error_body(answer)
    texts = [answer.headers.get(name, "") for name in _HEADERS]
    require(all(text.isdigit() for text in texts), f"{answer} has the limits {texts}")
    limit, remaining, reset_s = (int(text) for text in texts)
    return limit, remaining, reset_s


CASES = (
    Case("C109", "limits", "every answer carries the rate limit headers", headers_everywhere),
    Case("C110", "limits", "each order of a batch counts", every_order_counts),
    Case("C111", "limits", "too many orders at once are refused unexecuted", burst_of_orders),
    Case("C112", "limits", "cancels have a limit of their own", cancels_have_their_own),
    Case("C113", "limits", "too many cancels at once are refused unexecuted", burst_of_cancels),
    Case("C114", "limits", "reads are not counted", reads_are_not_counted),
    Case("C115", "limits", "the day's total refuses orders and never a cancel", daily_total),
)  # fmt: skip
