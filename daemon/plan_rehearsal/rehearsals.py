"""Rehearsals on request: of the plan that awaits a person, one at a time, beside the daemon."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from daemon.actions import Person
from daemon.desk import Desk
from daemon.plan_rehearsal import shelf
from daemon.plan_rehearsal.player import RehearsalFailed, play
from daemon.plan_rehearsal.values import Holding, PlanRehearsal, Question
from daemon.planning.inputs import Holdings
from daemon.refusals import ActionRefused
from daemon.tasks.release_facts import locked_names
from statemachine.plan import Plan
from statemachine.position import AccountSnapshot
from statemachine.run import Run, RunState

NOTE = "PLAN_REHEARSED"
BEFORE_SENDING = (RunState.AWAITING_APPROVAL, RunState.HOLD_INPUT_CHANGED, RunState.APPROVED)


class Progress(StrEnum):
    """How far the rehearsal of a plan is."""

    NONE = "NONE"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is about a plan; `why` is set where its last rehearsal failed."""

    plan_hash: str
    progress: Progress
    why: str = ""
    rehearsal: PlanRehearsal | None = None


class Rehearsals:
    """Starts them and finds them; the daemon's tasks never wait for one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._state = desk.settings.paths.state
        self._task: asyncio.Task[None] | None = None
        self._running = ""
        self._failures: dict[str, str] = {}

    async def start(self, run_id: str, person: Person) -> Standing:
        """Begin to rehearse a run's plan; one that runs already goes on. Raises ActionRefused."""
        run, plan = await self._planned(run_id)
        if self._task is not None and not self._task.done():
            if self._running == plan.plan_hash:
                return await self._standing(plan)
            raise ActionRefused("another plan is being rehearsed now: try again when it is done")
        question = await self._question(run, plan)
        self._failures.pop(plan.plan_hash, None)
        self._running = plan.plan_hash
        self._task = asyncio.create_task(self._play(question, person), name="plan rehearsal")
        return await self._standing(plan)

    async def wait(self) -> None:
        """Wait until none is running; whoever gives up waiting does not end it."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def standing(self, run_id: str) -> Standing:
        """Return what there is about the plan a run has now. Raises ActionRefused."""
        _run, plan = await self._planned(run_id)
        return await self._standing(plan)

    async def _standing(self, plan: Plan) -> Standing:
        name = plan.plan_hash
        if self._task is not None and not self._task.done() and self._running == name:
            return Standing(name, Progress.RUNNING)
        if name in self._failures:
            return Standing(name, Progress.FAILED, self._failures[name])
        found = await asyncio.to_thread(shelf.find, self._state, name)
        return Standing(name, Progress.NONE if found is None else Progress.DONE, rehearsal=found)

    async def _play(self, question: Question, person: Person) -> None:
        plan, desk = question.plan, self._desk
        try:
            rehearsal = await play(question)
            await asyncio.to_thread(shelf.keep, self._state, rehearsal)
        except (RehearsalFailed, OSError) as error:
            self._failures[plan.plan_hash] = str(error)
            desk.log.warning("plan not rehearsed", run_id=plan.run_id, why=str(error))
            outcome = Progress.FAILED
        else:
            outcome = Progress.DONE
        detail = {"plan_hash": plan.plan_hash, "outcome": outcome.value}
        await desk.store.note(
            f"{NOTE}:{plan.run_id}", detail, actor=person.name, now=desk.clock.now()
        )

    async def _question(self, run: Run, plan: Plan) -> Question:
        store, settings = self._desk.store, self._desk.settings
        if run.state not in BEFORE_SENDING:
            raise ActionRefused(
                f"{run.run_id} is {run.state}: its plan is rehearsed before it is sent"
            )
        snapshot = await store.latest_snapshot()
        if snapshot is None:
            raise ActionRefused("the account was not read yet")
        return Question(
            plan=plan,
            settings=settings,
            market=self._market(),
            cash=snapshot.funds.available,
            holdings=await self._holdings(plan, snapshot),
            statuses=tuple((await store.line_statuses(plan.run_id)).values()),
            locked=tuple(sorted(await locked_names(self._desk))),
        )

    def _market(self) -> Path:
        market = self._desk.settings.paths.market
        if market is None:
            raise ActionRefused("paths.market is not set: it names the bars a plan is rehearsed on")
        return market

    async def _holdings(self, plan: Plan, snapshot: AccountSnapshot) -> tuple[Holding, ...]:
        held, owned = Holdings(snapshot, plan.session_date), await self._desk.store.owned()
        return tuple(
            Holding(line.symbol, owned.get(line.symbol, 0), held.sellable(line.symbol))
            for line in plan.lines
        )

    async def _planned(self, run_id: str) -> tuple[Run, Plan]:
        run, plan = await self._desk.store.run(run_id), await self._desk.store.plan(run_id)
        if run is None:
            raise ActionRefused(f"there is no run {run_id}")
        if plan is None:
            raise ActionRefused(f"{run_id} has no plan to rehearse")
        return run, plan
