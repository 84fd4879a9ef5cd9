"""What a look at the account concludes from answers in part, and from two that disagree."""

from datetime import timedelta
from pathlib import Path

import pytest

from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from statemachine.breaks import BreakCause, BreakKind
from tests.daemon.planning.builders import symbol
from tests.fakes.fake_clock import participants
from tests.support.desk import BANK, Room, open_room


def reconciler(room: Room) -> Reconciler:
    return Reconciler(room.desk, Poller(room.desk))


@pytest.mark.parametrize("name", ["fills", "positions"])
async def test_a_partial_list_does_not_end_a_break(tmp_path: Path, name: str) -> None:
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        await room.adopt(BANK, 500)
        room.broker.hold(symbol(BANK), 400)
        task = reconciler(room)
        await task.reconcile_now()
        room.broker.incomplete.add(name)

        found = await task.reconcile_now()

        assert [row.kind for row in found.breaks] == [BreakKind.POSITION]
        assert [row.cause for row in found.explained] == [BreakCause.QUERY_INCOMPLETE]
        room.broker.incomplete.clear()
        room.broker.hold(symbol(BANK), 500)
        assert (await task.reconcile_now()).breaks == ()


@pytest.mark.parametrize("second", [500, 300])
async def test_a_holding_that_shrank_in_one_read_only_is_not_believed(
    tmp_path: Path, second: int
) -> None:
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        await room.adopt(BANK, 500)
        room.broker.hold(symbol(BANK), 400)
        before = room.clock.now()

        async def recover() -> None:
            await room.clock.sleep_until(before + timedelta(seconds=2))
            room.broker.hold(symbol(BANK), second)
            await room.clock.sleep_until(before + timedelta(hours=1))

        async with participants(room.clock, recover):
            found = await reconciler(room).reconcile_now()

        assert found.breaks == ()
        assert room.clock.now() == before + timedelta(seconds=5)


async def test_a_break_keeps_its_age_while_its_figures_change(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        await room.adopt(BANK, 500)
        room.broker.hold(symbol(BANK), 400)
        task = reconciler(room)
        (first,) = (await task.reconcile_now()).breaks
        room.broker.hold(symbol(BANK), 300)

        (second,) = (await task.reconcile_now()).breaks

        assert second.theirs == "300"
        assert second.since == first.since is not None
