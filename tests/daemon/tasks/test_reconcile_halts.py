from pathlib import Path

from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from statemachine.order import OrderState
from statemachine.reasons import Reason
from tests.daemon.tasks.day import orders_of, sent
from tests.support.desk import open_room


async def test_a_known_order_missing_from_a_complete_list_halts_and_is_never_ended(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        gone = room.broker.changes.pop()

        await Reconciler(room.desk, Poller(room.desk)).reconcile_now()

        assert [halt.cause for halt in await room.desk.store.halts()] == [Reason.MISSING_AT_BROKER]
        missing = await room.desk.store.order(gone)
        assert missing is not None
        assert missing.state is OrderState.ACK
        assert {order.state for order in await orders_of(room, plan)} == {OrderState.ACK}
        listed = {item.reason for item in await room.desk.store.manual_items()}
        assert listed == {Reason.MISSING_AT_BROKER}
