from pathlib import Path

import pytest

from daemon.late_buys import tell_of_unsent_buys
from daemon.tasks.release import Releaser
from statemachine.reasons import Reason
from tests.daemon.planning.builders import symbol, target
from tests.daemon.tasks.day import sent
from tests.support.desk import BANK, VANKE, WANG, at, open_room, two_buys


@pytest.mark.parametrize(
    ("clock", "weight", "told"),
    [
        ("14:29:59", "0.2", False),
        ("14:30:00", "0.2", True),
        ("14:30:00", "0.09", False),
        ("14:49:59", "0.2", True),
        ("14:50:00", "0.2", False),
    ],
)
async def test_much_that_is_not_bought_is_told_at_half_past_two(
    tmp_path: Path, clock: str, weight: str, told: bool
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(target(BANK, weight))
        await room.until(at(clock))

        await tell_of_unsent_buys(room.desk, plan, ())

        assert [item.reason for item in await room.desk.store.manual_items()] == (
            [Reason.UNSENT_BUYS] if told else []
        )


async def test_who_has_seen_it_is_not_asked_again(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(target(BANK, "0.2"))
        await room.until(at("14:30:00"))
        await tell_of_unsent_buys(room.desk, plan, ())
        (item,) = await room.desk.store.manual_items()
        assert room.log_entry("a person must look")["severity"] == "P1"
        await room.actions.resolve(item.item_id, "seen", WANG, "", "")

        await tell_of_unsent_buys(room.desk, plan, ())

        assert await room.desk.store.manual_items() == ()


async def test_a_working_run_is_looked_at(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.suspended.add(symbol(VANKE))
        plan = await sent(room, *two_buys())
        room.broker.execute((await room.order_of(plan.run_id, BANK)).client_order_id)
        await room.until(at("14:31:00"))

        await Releaser(room.desk)._attend()

        listed = [item.reason for item in await room.desk.store.manual_items()]
        assert listed == [Reason.UNSENT_BUYS]


async def test_a_run_that_could_not_begin_is_looked_at(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.approved(*two_buys())
        await room.until(at("14:31:00"))
        await room.desk.store.halt("HALT", "looks wrong", actor="wang", now=room.clock.now())

        await Releaser(room.desk)._attend()

        listed = [item.reason for item in await room.desk.store.manual_items()]
        assert Reason.UNSENT_BUYS in listed
