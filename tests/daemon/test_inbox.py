import os
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.authors import is_author
from daemon.inbox import Inbox
from daemon.refusals import ActionRefused
from daemon.tasks.release import Releaser
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.support.desk import FIRST_SEND, WANG, Room, open_room
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, ROWS, context_bytes, csv_bytes

READY_NAME = "portfolio_20251107.ready"
SECOND_NS = 1_000_000_000
WRITTEN_NS = 1_762_516_800 * SECOND_NS


def drop(room: Room, name: str, content: bytes, *, age_s: int = 0) -> Path:
    """Write a file of the inbox, changed `age_s` before the others."""
    path = room.desk.settings.paths.inbox / name
    path.write_bytes(content)
    changed_ns = WRITTEN_NS - age_s * SECOND_NS
    os.utime(path, ns=(changed_ns, changed_ns))
    return path


def drop_pair(room: Room, *, csv: bytes | None = None, context: bytes | None = None) -> None:
    drop(room, CSV_NAME, csv or csv_bytes(), age_s=1)
    drop(room, CONTEXT_NAME, context or context_bytes())


def drop_ready(room: Room) -> None:
    drop(room, READY_NAME, b"")


async def later(room: Room, seconds: int) -> None:
    await room.until(room.clock.now() + timedelta(seconds=seconds))


async def states(room: Room) -> list[RunState]:
    return [run.state for run in await room.desk.store.runs()]


async def approved(room: Room, inbox: Inbox) -> str:
    """Take, plan and approve the pair."""
    drop_pair(room)
    drop_ready(room)
    await inbox.look()
    await room.planner.plan_waiting()
    (run,) = await room.desk.store.runs()
    await room.approve(await room.plan(run.run_id))
    return run.run_id


async def test_a_pair_with_its_ready_file_is_taken_at_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        drop_ready(room)

        await Inbox(room.desk).look()

        assert await states(room) == [RunState.RECEIVED]
        assert room.desk.metrics.registry.get_sample_value(
            "sage_pairs_total", {"outcome": "accepted"}
        )


async def test_a_pair_without_one_is_taken_after_a_minute_of_quiet(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        inbox, first = Inbox(room.desk), room.clock.now()

        assert await inbox.look() == first + timedelta(seconds=60)
        await later(room, 59)
        await inbox.look()
        assert await states(room) == []
        await later(room, 1)
        await inbox.look()
        assert await states(room) == [RunState.RECEIVED]


async def test_a_half_pair_is_never_taken_and_a_person_is_told_once_after_ten_minutes(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        drop(room, CSV_NAME, csv_bytes())
        inbox, first = Inbox(room.desk), room.clock.now()
        assert await inbox.look() == first + timedelta(seconds=600)
        await later(room, 599)
        await inbox.look()
        assert await room.desk.store.manual_items() == ()

        for _ in range(3):
            await later(room, 600)
            await inbox.look()

        (item,) = await room.desk.store.manual_items()
        assert item.reason is Reason.PAIR_INCOMPLETE
        assert CONTEXT_NAME in item.detail
        assert room.logged().count("a person must look") == 1
        assert await states(room) == []


async def test_a_table_newer_than_its_context_waits_for_the_context(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop(room, CSV_NAME, csv_bytes())
        drop(room, CONTEXT_NAME, context_bytes(), age_s=1)
        inbox = Inbox(room.desk)
        for _ in range(3):
            await inbox.look()
            await later(room, 300)
        assert await states(room) == []

        drop_pair(room)
        await inbox.look()
        await later(room, 60)
        await inbox.look()
        assert await states(room) == [RunState.RECEIVED]


async def test_a_pair_that_cannot_be_read_is_a_refused_run_with_its_reasons(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room, csv=csv_bytes([row.replace("0.2", "many") for row in ROWS]))
        drop_ready(room)
        await Inbox(room.desk).look()

        (run,) = await room.desk.store.runs()
        assert run.state is RunState.REFUSED
        assert (run.refusals[0].code, run.refusals[0].line) == (Reason.NUMBER_SYNTAX, 2)
        labels = {"reason": "NUMBER_SYNTAX"}
        assert room.desk.metrics.registry.get_sample_value("sage_refusals_total", labels) == 1


async def test_the_same_content_again_is_the_same_run(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        drop_ready(room)
        await Inbox(room.desk).look()
        await Inbox(room.desk).look()

        assert await states(room) == [RunState.RECEIVED]
        assert room.log_entry("pair taken")["outcome"] == "duplicate"


async def test_a_pair_that_was_taken_is_not_read_again_while_it_lies_there(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        drop_ready(room)
        inbox = Inbox(room.desk)
        await inbox.look()
        await inbox.look()

        assert room.logged().count("pair taken") == 1


async def test_a_change_of_the_pair_holds_its_approved_run_at_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        run_id = await approved(room, inbox)
        (room.desk.settings.paths.inbox / READY_NAME).unlink()
        drop(room, CSV_NAME, csv_bytes([ROWS[0]]))

        await inbox.look()

        held = await room.desk.store.run(run_id)
        assert held is not None
        assert held.state is RunState.HOLD_INPUT_CHANGED
        assert held.hold_reason is Reason.INPUT_CHANGED


async def test_a_removed_pair_holds_its_run_and_sends_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        run_id = await approved(room, inbox)
        for name in (CSV_NAME, CONTEXT_NAME, READY_NAME):
            (room.desk.settings.paths.inbox / name).unlink()

        await inbox.look()
        await room.until(FIRST_SEND)
        await Releaser(room.desk)._attend()

        assert await room.state(run_id) is RunState.HOLD_INPUT_CHANGED
        assert await room.desk.store.orders_of(run_id) == ()


async def test_the_same_content_back_again_ends_the_hold_but_asks_for_a_new_approval(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        run_id = await approved(room, inbox)
        (room.desk.settings.paths.inbox / CSV_NAME).unlink()
        await inbox.look()
        assert await room.state(run_id) is RunState.HOLD_INPUT_CHANGED

        drop_pair(room)
        drop_ready(room)
        await inbox.look()

        assert await room.state(run_id) is RunState.AWAITING_APPROVAL


async def test_a_valid_new_pair_supersedes_the_held_run(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        run_id = await approved(room, inbox)
        drop_pair(room, csv=csv_bytes([ROWS[0]]), context=context_bytes(target_exposure=0.2))
        await inbox.look()
        await room.planner.plan_waiting()

        _, newer = await room.desk.store.runs()
        assert await room.state(run_id) is RunState.SUPERSEDED
        assert newer.state is RunState.AWAITING_APPROVAL


async def test_a_refused_new_pair_leaves_the_hold_until_a_person_re_approves(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        run_id = await approved(room, inbox)
        drop_pair(room, csv=b"nonsense")
        await inbox.look()
        assert await room.state(run_id) is RunState.HOLD_INPUT_CHANGED
        assert await states(room) == [RunState.HOLD_INPUT_CHANGED, RunState.REFUSED]

        await room.approve(await room.plan(run_id))
        await inbox.look()
        assert await room.state(run_id) is RunState.APPROVED


async def test_a_change_of_the_pair_of_a_run_at_work_changes_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        run_id = await approved(room, inbox)
        await room.until(FIRST_SEND)
        await Releaser(room.desk)._attend()
        drop(room, CSV_NAME, csv_bytes([ROWS[0]]))

        await inbox.look()

        assert await room.state(run_id) is RunState.SUBMITTING


async def test_a_run_that_left_between_reading_and_holding_goes_on(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        run_id = await approved(room, inbox)
        (run,) = await room.desk.store.runs()
        await room.actions.decline(run_id, WANG, "changed my mind")

        await inbox._hold_run(run, "the pair changed")

        assert await room.state(run_id) is RunState.DECLINED
        assert "run not held" in room.logged()


async def test_a_missing_industry_is_filled_from_the_instruments(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        drop_ready(room)
        inbox = Inbox(room.desk)
        await inbox.look()

        (run,) = await room.desk.store.runs()
        portfolio = await room.desk.store.portfolio(run.run_id)
        assert portfolio is not None
        assert {target.industry for target in portfolio.targets} == {"银行", "电力设备"}


async def test_a_pair_is_taken_by_path_at_once_and_the_watch_is_woken(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        folder = room.desk.settings.paths.inbox
        run_id = await Inbox(room.desk).take(folder / CSV_NAME, folder / CONTEXT_NAME, WANG)

        assert await room.state(run_id) is RunState.RECEIVED
        (run,) = await room.desk.store.runs()
        for uid in (WANG.uid, os.getuid()):
            assert await is_author(room.desk, run, uid, "somebody")
        far = room.clock.now() + timedelta(hours=1)
        assert await room.clock.sleep_until(far, room.desk.signals.watch)


@pytest.mark.parametrize(
    ("portfolio", "context"),
    [
        ("notes.csv", CONTEXT_NAME),
        (CSV_NAME, "notes.json"),
        (CSV_NAME, "execution_context_20251106.json"),
        ("portfolio_20251106.csv", CONTEXT_NAME),
        (CSV_NAME, f"elsewhere/{CONTEXT_NAME}"),
        (CONTEXT_NAME, CSV_NAME),
    ],
)
async def test_paths_that_are_no_pair_are_refused(
    tmp_path: Path, portfolio: str, context: str
) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        folder = room.desk.settings.paths.inbox

        with pytest.raises(ActionRefused):
            await Inbox(room.desk).take(folder / portfolio, folder / context, WANG)
        assert await states(room) == []


async def test_a_pair_from_elsewhere_is_copied_into_the_inbox_where_a_change_is_seen(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / CSV_NAME).write_bytes(csv_bytes())
        (elsewhere / CONTEXT_NAME).write_bytes(context_bytes())
        inbox = Inbox(room.desk)
        run_id = await inbox.take(elsewhere / CSV_NAME, elsewhere / CONTEXT_NAME, WANG)
        await room.planner.plan_waiting()
        await room.approve(await room.plan(run_id))
        await inbox.look()
        assert await room.state(run_id) is RunState.APPROVED

        (room.desk.settings.paths.inbox / CSV_NAME).unlink()
        await inbox.look()
        assert await room.state(run_id) is RunState.HOLD_INPUT_CHANGED


@pytest.mark.parametrize("context", [CONTEXT_NAME, "execution_context_20251106.json"])
async def test_what_cannot_be_taken_from_elsewhere_leaves_nothing_in_the_inbox(
    tmp_path: Path, context: str
) -> None:
    async with open_room(tmp_path) as room:
        elsewhere = tmp_path / "elsewhere"
        with pytest.raises(ActionRefused):
            await Inbox(room.desk).take(elsewhere / CSV_NAME, elsewhere / context, WANG)

        assert list(room.desk.settings.paths.inbox.iterdir()) == []


async def test_a_pair_that_lies_there_unchanged_after_a_restart_holds_nothing(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        run_id = await approved(room, Inbox(room.desk))

        await Inbox(room.desk).hold_what_changed_while_away()

        assert await room.state(run_id) is RunState.APPROVED


@pytest.mark.parametrize("change", ["removed", "rewritten"])
async def test_a_pair_that_changed_while_the_daemon_was_away_holds_its_run(
    tmp_path: Path, change: str
) -> None:
    async with open_room(tmp_path) as room:
        run_id = await approved(room, Inbox(room.desk))
        if change == "removed":
            (room.desk.settings.paths.inbox / CSV_NAME).unlink()
        else:
            drop(room, CSV_NAME, csv_bytes([ROWS[0]]), age_s=1)

        await Inbox(room.desk).hold_what_changed_while_away()

        assert await room.state(run_id) is RunState.HOLD_INPUT_CHANGED


async def test_the_inbox_is_described_pair_by_pair(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        drop(room, "portfolio_20251106.csv", csv_bytes())
        drop_pair(room)
        drop_ready(room)
        await inbox.look()
        (run,) = await room.desk.store.runs()

        half, whole = inbox.describe()

        assert (half["portfolio"], half["run_id"]) == ("portfolio_20251106.csv", None)
        assert (whole["portfolio"], whole["run_id"]) == (CSV_NAME, run.run_id)


async def test_an_empty_inbox_waits_for_whoever_tells(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        assert await Inbox(room.desk).look() == room.clock.now() + timedelta(hours=12)
