"""A run played to its end on a desk, and its pack: what archiving starts from."""

from pathlib import Path

from adapters.intake.pair import read_pair
from daemon.archive.pack import Pack, opened, pack_of
from daemon.artifacts.listing import artifacts_of
from daemon.books import reconcile_books
from daemon.closing import Closing
from daemon.tasks.poll import Poller
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from daemon.tasks.verify import Verifier
from statemachine.plan import Plan
from statemachine.portfolio import TargetPortfolio
from statemachine.run import RunState
from storage import anchors
from storage.run_record import RunRecord
from tests.support.desk import BANK, FIRST_SEND, KEY, Room, at, open_room, run_of
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, context_bytes, csv_bytes

MADE_AT = "2025-11-10T15:36:00+08:00"


CSV = csv_bytes(("20251107,600000.SH,,0.9,银行,银行,0.2", "20251107,000002.SZ,,0.8,地产,地产,0.2"))
CONTEXT = context_bytes(target_exposure=0.4)


async def sent_from_files(room: Room) -> Plan:
    """Take a pair of files to a plan, approve it, and have its first orders sent."""
    desk = room.desk
    wanted = read_pair(CSV_NAME, CSV, CONTEXT_NAME, CONTEXT, desk.settings.intake)
    assert isinstance(wanted, TargetPortfolio), wanted
    await desk.store.receive_run(run_of(wanted, room.clock.now()), wanted, CSV, CONTEXT)
    assert not await room.planner.plan_waiting(), room.log.entries
    plan = await room.plan(wanted.run_id)
    await room.approve(plan)
    await room.until(FIRST_SEND)
    await Releaser(desk)._attend()
    assert await Submitter(desk).send_next()
    return plan


async def ended_run(room: Room) -> str:
    """Fill one name whole and the other not at all, close the run, and anchor the chain."""
    desk = room.desk
    plan = await sent_from_files(room)
    room.broker.execute((await room.order_of(plan.run_id, BANK)).client_order_id)
    room.broker.end_all()
    await Poller(desk).poll()
    await room.until(at("15:36:00"))
    for state in (RunState.WORKING, RunState.RECONCILING):
        run = await desk.store.move_run(
            plan.run_id, state, cause="TEST", actor="test", now=room.clock.now()
        )
    closing, reconciled = Closing(desk), await reconcile_books(desk)
    await closing.complete(run, plan, reconciled.breaks)
    await closing.write(run, plan, reconciled, final=False)
    await Verifier(desk, KEY).look()
    return plan.run_id


async def record_of_run(room: Room, run_id: str) -> RunRecord:
    """Return what the store has of a run that is there."""
    record = await room.desk.store.run_record(run_id)
    assert record is not None
    return record


async def pack_of_run(room: Room, run_id: str) -> Pack:
    """Return the pack of a run of a desk."""
    record, folder = await record_of_run(room, run_id), room.desk.artifacts
    anchored = anchors.read(room.desk.settings.paths.state / "anchors.jsonl")
    artifacts = {name: (folder / name).read_bytes() for name in artifacts_of(folder, run_id)}
    stretch = anchors.of_stretch(anchored, record.first, record.last)
    return pack_of(record, artifacts, stretch, MADE_AT)


async def packed(folder: Path) -> Pack:
    """Play a run in a folder and return its pack, as read from its files."""
    async with open_room(folder) as room:
        pack = await pack_of_run(room, await ended_run(room))
    return opened(pack.files)
