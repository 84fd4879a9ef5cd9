from http import HTTPStatus

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.client import Answer
from adapters.gateway.conformance.expectations import refusal, success
from adapters.gateway.conformance.names import recent_fill, resting_buy, resting_buys
from adapters.gateway.conformance.verdict import NotKept, NotTried, require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import CancelAccepted, CancelAllReply
from statemachine.events import ENDED_STATUSES, VenueStatus


async def cancel_ends_order(bench: Bench) -> None:
    """Cancel a live order: 202 says it was asked for, the order says what became of it."""
    order = await resting_buy(bench)
    await bench.accepted(order)
    answer = await bench.cancel(order.client_order_id)
    view = success(answer, CancelAccepted, HTTPStatus.ACCEPTED)
    require(view.requested, "202 says that nothing was requested")
    require(view.client_order_id == order.client_order_id, f"202 names {view.client_order_id}")
    ended = await bench.settled(order.client_order_id)
    require(ended.status is VenueStatus.CANCELED, f"the cancelled order is {ended.status}")
    require(ended.filled_quantity == 0, f"the cancelled order filled {ended.filled_quantity}")


async def cancel_of_cancelled(bench: Bench) -> None:
    """Cancel a cancelled order."""
    order = await resting_buy(bench)
    await bench.accepted(order)
    await bench.cancel(order.client_order_id)
    await bench.settled(order.client_order_id)
    _require_shown(await bench.cancel(order.client_order_id), VenueStatus.CANCELED)


async def cancel_of_filled(bench: Bench) -> None:
    """Cancel a filled order."""
    filled = await recent_fill(bench)
    _require_shown(await bench.cancel(str(filled.client_order_id)), VenueStatus.SUCCEEDED)


async def cancel_of_unknown(bench: Bench) -> None:
    """Cancel an id that nobody used."""
    refusal(await bench.cancel(bench.fresh_id()), ErrorCode.ORDER_NOT_FOUND)


async def cancel_twice(bench: Bench) -> None:
    """Ask twice at once: the second is asked for too, or refused with the order; it ends once."""
    order = await resting_buy(bench)
    await bench.accepted(order)
    success(await bench.cancel(order.client_order_id), CancelAccepted, HTTPStatus.ACCEPTED)
    second = await bench.cancel(order.client_order_id)
    if second.status != HTTPStatus.ACCEPTED:
        refusal(second, ErrorCode.NOT_CANCELABLE)
    ended = await bench.settled(order.client_order_id)
    require(ended.status is VenueStatus.CANCELED, f"the order cancelled twice is {ended.status}")


async def cancel_all_ours(bench: Bench) -> None:
    """Cancel all: every live order of ours, and no ended one."""
    orders = await resting_buys(bench, 3)
    await bench.submit(*orders)
    rows, _ = await bench.all_orders()
    ended = {row.client_order_id for row in rows if row.status in ENDED_STATUSES}
    answer = await bench.paced_post("/v1/cancel-all", {"account_wide": False})
    requested = success(answer, CancelAllReply).requested
    for order in orders:
        require(order.client_order_id in requested, f"{order.client_order_id} is left out")
        view = await bench.settled(order.client_order_id)
        require(view.status is VenueStatus.CANCELED, f"{order.client_order_id} is {view.status}")
    for client_order_id in ended & set(requested):
        raise NotKept(f"{client_order_id} had ended and is among the requested")


async def cancel_all_without_live(bench: Bench) -> None:
    """Cancel all twice: the second finds nothing."""
    await bench.trading()
    await bench.paced_post("/v1/cancel-all", {"account_wide": False})
    await bench.time.wait(5)
    answer = await bench.paced_post("/v1/cancel-all", {"account_wide": False})
    requested = success(answer, CancelAllReply).requested
    require(not requested, f"nothing lives, requested is {requested}")


async def cancel_account_wide(bench: Bench) -> None:
    """Cancel everything of the account, where nobody else has a live order on it."""
    order = await resting_buy(bench)
    await bench.accepted(order)
    rows, _ = await bench.all_orders()
    if any(row.client_order_id is None and row.status not in ENDED_STATUSES for row in rows):
        raise NotTried("somebody else has a live order on this account")
    answer = await bench.paced_post("/v1/cancel-all", {"account_wide": True})
    requested = success(answer, CancelAllReply).requested
    require(order.client_order_id in requested, f"{order.client_order_id} is left out")
    await bench.settled(order.client_order_id)


async def bad_cancel_all(bench: Bench) -> None:
    """Cancel all with bodies that are none: nothing may be cancelled."""
    order = await resting_buy(bench)
    await bench.accepted(order)
    bodies: tuple[dict[str, object] | None, ...] = (None, {"account_wide": "no"}, {"everything": 1})
    for body in bodies:
        refusal(await bench.paced_post("/v1/cancel-all", body), ErrorCode.INVALID_ARGUMENT)
    view = await bench.order(order.client_order_id)
    require(view.status not in ENDED_STATUSES, f"the order is {view.status}")
    require(view.status is not VenueStatus.REPORTED_CANCEL, "the order is being cancelled")


def _require_shown(answer: Answer, status: VenueStatus) -> None:
    """A refused cancel shows the order as it is."""
    view = refusal(answer, ErrorCode.NOT_CANCELABLE)
    if view.order is None:
        raise NotKept("NOT_CANCELABLE comes without the order")
    require(view.order.status is status, f"NOT_CANCELABLE shows the order as {view.order.status}")


CASES = (
    Case("C73", "cancels", "a cancel is asked for, and the order ends", cancel_ends_order),
    Case("C74", "cancels", "a cancelled order is NOT_CANCELABLE, and shown", cancel_of_cancelled),
    Case("C75", "cancels", "a filled order is NOT_CANCELABLE, and shown", cancel_of_filled),
    Case("C76", "cancels", "the cancel of an unknown id is ORDER_NOT_FOUND", cancel_of_unknown),
    Case("C77", "cancels", "a cancel asked for twice ends the order once", cancel_twice),
    Case("C78", "cancels", "cancel-all asks for every live order of ours", cancel_all_ours),
    Case("C79", "cancels", "cancel-all without a live order asks for none",
         cancel_all_without_live),
    Case("C80", "cancels", "cancel-all works account-wide", cancel_account_wide),
    Case("C81", "cancels", "cancel-all with a bad body cancels nothing", bad_cancel_all),
)  # fmt: skip
