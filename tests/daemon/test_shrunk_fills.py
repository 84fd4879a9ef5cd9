from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from daemon.shrunk_fills import PATIENCE
from daemon.tasks.poll import Poller
from statemachine.breaks import BreakKind
from tests.daemon.planning.builders import target
from tests.daemon.tasks.day import sent
from tests.support.desk import BANK, Room, open_room


async def behind(room: Room, filled: int = 0) -> tuple[Poller, str]:
    """Have a fill of 200 shares booked while the broker's count says fewer."""
    plan = await sent(room, target(BANK, "0.2"))
    name = (await room.order_of(plan.run_id)).client_order_id
    room.broker.execute(name, 200)
    count(room, name, filled)
    poller = Poller(room.desk)
    await poller.poll()
    assert (await room.order_of(plan.run_id)).filled_quantity == 200
    return poller, name


def count(room: Room, name: str, filled: int) -> None:
    room.broker.reports[name] = replace(room.broker.reports[name], filled_quantity=filled)


async def poll_after(room: Room, poller: Poller, wait: timedelta) -> list[str]:
    await room.until(room.clock.now() + wait)
    await poller.poll()
    return [found.kind for found in await room.desk.store.open_breaks()]


async def test_a_count_that_stays_behind_for_a_minute_is_a_break(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        poller, name = await behind(room)

        assert await poll_after(room, poller, PATIENCE - timedelta(seconds=1)) == []
        assert await poll_after(room, poller, timedelta(seconds=1)) == [BreakKind.ORDER_FILLED]

        (found,) = await room.desk.store.open_breaks()
        assert (found.ours, found.theirs) == ("200", "0")
        assert name in found.detail
        assert await poll_after(room, poller, PATIENCE) == [BreakKind.ORDER_FILLED]


async def test_a_fresh_answer_that_caught_up_is_none(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        poller, name = await behind(room)
        count(room, name, 200)

        assert await poll_after(room, poller, PATIENCE) == []


async def test_news_that_caught_up_ends_the_wait(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        poller, name = await behind(room)
        room.broker._publish(replace(room.broker.reports[name], filled_quantity=200))
        asked = room.broker.count("order")

        assert await poll_after(room, poller, timedelta(seconds=3)) == []
        assert await poll_after(room, poller, PATIENCE) == []
        assert room.broker.count("order") == asked


async def test_an_order_the_broker_does_not_show_proves_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        poller, _ = await behind(room)
        room.broker.unlisted_by_id = True

        assert await poll_after(room, poller, PATIENCE) == []
