from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.expectations import refusal, rejection
from adapters.gateway.conformance.names import limit_order, tradable_names
from adapters.gateway.conformance.verdict import require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import NewOrder
from market.phases import Phase
from market.side import Side
from statemachine.events import ENDED_STATUSES


async def no_cancel_before_the_open(bench: Bench) -> None:
    """Order at 09:16 and ask for the cancel at 09:21."""
    await bench.time.reach(Phase.OPENING_CALL)
    order = await _resting_buy(bench)
    await bench.accepted(order)
    await bench.time.reach(Phase.OPENING_CALL_NO_CANCEL)
    await _require_no_cancel(bench, order)


async def cancel_all_before_the_open(bench: Bench) -> None:
    """Ask for the cancel of everything at 09:21."""
    await bench.time.reach(Phase.OPENING_CALL_NO_CANCEL)
    order = await _resting_buy(bench)
    await bench.accepted(order)
    answer = await bench.paced_post("/v1/cancel-all", {"account_wide": False})
    refusal(answer, ErrorCode.MARKET_NO_CANCEL)
    view = await bench.order(order.client_order_id)
    require(view.status not in ENDED_STATUSES, f"the order is {view.status}")


async def no_cancel_before_the_close(bench: Bench) -> None:
    """Order in the closing call and ask for the cancel."""
    await bench.time.reach(Phase.CLOSING_CALL)
    order = await _resting_buy(bench)
    await bench.accepted(order)
    await _require_no_cancel(bench, order)


async def closed_market(bench: Bench) -> None:
    """Order when the day is over."""
    await bench.time.reach(Phase.CLOSED)
    order = await _resting_buy(bench)
    (result,) = await bench.submit(order)
    rejection(result, ErrorCode.MARKET_CLOSED)


async def _resting_buy(bench: Bench) -> NewOrder:
    name = (await tradable_names(bench))[0]
    return await limit_order(bench, name.symbol, Side.BUY, name.limit_down)


async def _require_no_cancel(bench: Bench, order: NewOrder) -> None:
    refusal(await bench.cancel(order.client_order_id), ErrorCode.MARKET_NO_CANCEL)
    view = await bench.order(order.client_order_id)
    require(view.status not in ENDED_STATUSES, f"the order is {view.status}")


CASES = (
    Case("C123", "phases", "no cancel from 09:20 to 09:25", no_cancel_before_the_open),
    Case("C124", "phases", "no cancel-all from 09:20 to 09:25", cancel_all_before_the_open),
    Case("C125", "phases", "no cancel from 14:57 to 15:00", no_cancel_before_the_close),
    Case("C126", "phases", "an order after the close is MARKET_CLOSED", closed_market),
)  # fmt: skip
