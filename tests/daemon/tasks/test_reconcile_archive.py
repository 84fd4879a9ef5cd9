"""A run is handed over for its pack once its files are written, and again with the FINAL report."""

from datetime import date
from pathlib import Path

from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from statemachine.run import RunState
from tests.daemon.tasks.day import sent
from tests.fakes.fake_clock import participants
from tests.support.desk import SESSION, Room, at, open_room

MORNING = date(2025, 11, 11)


async def archived_until(room: Room, clock: str, day: date = SESSION) -> list[str]:
    """Run every task up to a moment; return the states of runs as they were handed over."""
    seen: list[str] = []

    async def archive(run_id: str) -> None:
        run = await room.desk.store.run(run_id)
        assert run is not None
        assert (room.desk.artifacts / f"broker_reconcile_{run_id}.json").is_file()
        seen.append(run.state)

    poller = Poller(room.desk)
    tasks = (
        Releaser(room.desk).run,
        Submitter(room.desk).run,
        poller.run,
        Reconciler(room.desk, poller, archive).run,
    )
    async with participants(room.clock, *tasks):
        await room.until(at(clock, day))
    return seen


async def test_nothing_is_archived_while_a_run_lasts(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        room.broker.execute_all()

        assert await archived_until(room, "15:34:00") == []


async def test_an_ended_run_is_archived_at_its_end_and_when_it_is_final(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        room.broker.execute_all()

        assert await archived_until(room, "15:36:00") == [RunState.COMPLETED]
        assert await archived_until(room, "08:50:00", MORNING) == [RunState.COMPLETED]
        assert await archived_until(room, "09:20:00", MORNING) == []
