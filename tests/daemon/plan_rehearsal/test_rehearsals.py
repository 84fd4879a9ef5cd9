import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import Settings
from daemon.plan_rehearsal import rehearsals, shelf
from daemon.plan_rehearsal.player import RehearsalFailed
from daemon.plan_rehearsal.rehearsals import Progress, Rehearsals
from daemon.plan_rehearsal.values import PlanRehearsal, Question
from daemon.refusals import ActionRefused
from statemachine.run import RunState
from tests.daemon.plan_rehearsal.given import a_rehearsal
from tests.daemon.planning.builders import portfolio, symbol
from tests.support.desk import BANK, WANG, Room, dated, open_room, settings_in, two_buys


def with_market(folder: Path) -> Settings:
    """Return settings that name a market; nobody reads it here."""
    settings = settings_in(folder)
    paths = settings.paths.model_copy(update={"market": folder / "market"})
    return settings.model_copy(update={"paths": paths})


class Player:
    """Plays in no time, or when it is told to; `asked` is what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.failure: Exception | None = None

    async def play(self, question: Question) -> PlanRehearsal:
        self.asked.append(question)
        await self.may_end.wait()
        if self.failure is not None:
            raise self.failure
        return replace(a_rehearsal(), plan_hash=question.plan.plan_hash)


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch) -> Player:
    found = Player()
    monkeypatch.setattr(rehearsals, "play", found.play)
    return found


async def rehearsed(room: Room, run_id: str) -> Rehearsals:
    found = Rehearsals(room.desk)
    await found.start(run_id, WANG)
    await found.wait()
    return found


async def test_a_plan_that_awaits_approval_is_rehearsed_and_kept(
    tmp_path: Path, player: Player
) -> None:
    async with open_room(tmp_path, settings=with_market(tmp_path)) as room:
        plan = await room.planned(*two_buys())
        before = await Rehearsals(room.desk).standing(plan.run_id)
        started = await Rehearsals(room.desk).start(plan.run_id, WANG)
        await rehearsed(room, plan.run_id)
        after = await Rehearsals(room.desk).standing(plan.run_id)
        note = await room.desk.store.latest_note(f"{rehearsals.NOTE}:{plan.run_id}")

    assert before.progress is Progress.NONE
    assert started.progress is Progress.RUNNING
    assert after.progress is Progress.DONE
    assert after.rehearsal == replace(a_rehearsal(), plan_hash=plan.plan_hash)
    assert note is not None
    assert note.detail == {"plan_hash": plan.plan_hash, "outcome": "DONE"}


async def test_it_is_asked_about_the_account_as_last_read(tmp_path: Path, player: Player) -> None:
    async with open_room(tmp_path, settings=with_market(tmp_path), held=[(BANK, 50_000)]) as room:
        await room.adopt(BANK, 50_000)
        plan = await room.planned(*two_buys())
        snapshot = await room.desk.store.latest_snapshot()
        await rehearsed(room, plan.run_id)

    (question,) = player.asked
    assert snapshot is not None
    assert question.plan == plan
    assert question.cash == snapshot.funds.available
    assert question.market == tmp_path / "market"
    bank = next(holding for holding in question.holdings if holding.symbol == symbol(BANK))
    assert (bank.owned, bank.sellable) == (50_000, 50_000)


async def test_a_changed_plan_has_no_rehearsal(tmp_path: Path, player: Player) -> None:
    async with open_room(tmp_path, settings=with_market(tmp_path)) as room:
        plan = await room.planned(*two_buys())
        found = await rehearsed(room, plan.run_id)
        (kept,) = (tmp_path / shelf.FOLDER).iterdir()
        kept.rename(kept.with_name("c" * 64 + ".json"))
        after = await found.standing(plan.run_id)

    assert (after.progress, after.rehearsal) == (Progress.NONE, None)


async def test_one_that_runs_goes_on_and_another_plan_waits(tmp_path: Path, player: Player) -> None:
    async with open_room(tmp_path, settings=with_market(tmp_path)) as room:
        plan = await room.planned(*two_buys())
        found = Rehearsals(room.desk)
        player.may_end.clear()
        await found.start(plan.run_id, WANG)
        again = await found.start(plan.run_id, WANG)
        running = await found.standing(plan.run_id)
        found._running = "another plan"
        with pytest.raises(ActionRefused, match="another plan is being rehearsed"):
            await found.start(plan.run_id, WANG)
        player.may_end.set()
        await found.wait()

    assert again.progress is running.progress is Progress.RUNNING
    assert len(player.asked) == 1


@pytest.mark.parametrize("failure", [RehearsalFailed("no bars"), OSError("no bars")])
async def test_a_failure_says_why_until_the_next_try(
    tmp_path: Path, player: Player, failure: Exception
) -> None:
    player.failure = failure
    async with open_room(tmp_path, settings=with_market(tmp_path)) as room:
        plan = await room.planned(*two_buys())
        found = await rehearsed(room, plan.run_id)
        failed = await found.standing(plan.run_id)
        player.failure = None
        await found.start(plan.run_id, WANG)
        await found.wait()
        after = await found.standing(plan.run_id)

    assert (failed.progress, failed.why) == (Progress.FAILED, "no bars")
    assert after.progress is Progress.DONE


async def test_without_a_market_the_refusal_names_the_setting(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        with pytest.raises(ActionRefused, match=r"paths\.market is not set"):
            await Rehearsals(room.desk).start(plan.run_id, WANG)


async def test_what_is_over_and_what_has_no_plan_cannot_be_rehearsed(tmp_path: Path) -> None:
    async with open_room(tmp_path, settings=with_market(tmp_path)) as room:
        found = Rehearsals(room.desk)
        await found.wait()
        plan = await room.planned(*two_buys())
        await room.actions.decline(plan.run_id, WANG, "no")
        assert await room.state(plan.run_id) is RunState.DECLINED
        with pytest.raises(ActionRefused, match="is DECLINED"):
            await found.start(plan.run_id, WANG)
        bare = await room.receive(dated(portfolio(*two_buys()), room.clock.now().date(), "c" * 12))
        with pytest.raises(ActionRefused, match="has no plan"):
            await found.standing(bare.run_id)
        with pytest.raises(ActionRefused, match="there is no run"):
            await found.standing("nobody")
