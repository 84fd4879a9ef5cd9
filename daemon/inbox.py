"""The inbox as the daemon sees it: what lies there, what it waits for, what it became."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, assert_never

from adapters.intake.files import list_inputs
from adapters.intake.names import day_of_name, part_of_name
from adapters.intake.pair import Unreadable
from adapters.intake.pairing import (
    Incomplete,
    Pair,
    ReadyNow,
    Sighting,
    Wait,
    observe,
    pairs_of,
    readiness,
)
from adapters.intake.taking import Changing, Taken, take_pair
from daemon.actions import Person
from daemon.artifacts.files import write_atomically
from daemon.authors import note_author
from daemon.desk import ACTOR, Desk
from daemon.manual_list import Severity, raise_alarm
from daemon.refusals import ActionRefused
from daemon.run_news import tell_held, tell_refused
from statemachine.portfolio import TargetPortfolio
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage.store import Conflict, Received

FAR = timedelta(hours=12)
CHANGING_RETRY = timedelta(seconds=1)
UNSENT_AND_PLANNED = (RunState.AWAITING_APPROVAL, RunState.APPROVED)


class InboxView(Protocol):
    """What the control socket may ask of the inbox."""

    def describe(self) -> Iterator[dict[str, Any]]:
        """Describe each pair: its files and what is waited for."""
        ...

    async def take(self, portfolio: Path, context: Path, person: Person) -> str:
        """Take a pair by path at once, in a person's name, and return its run id."""
        ...


@dataclass(frozen=True, slots=True)
class Handled:
    """A pair as it was when it was last taken."""

    pair: Pair
    run_id: str


class Inbox:
    """Turns files into runs; every pair ends as exactly one run, the same content as the same."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sightings: dict[str, Sighting] = {}
        self._handled: dict[str, Handled] = {}
        self._alerted: set[Pair] = set()

    def describe(self) -> Iterator[dict[str, Any]]:
        """Describe each pair: its files and what is waited for."""
        for pair in pairs_of(self._sightings):
            handled = self._handled.get(pair.day)
            yield {
                "portfolio": f"portfolio_{pair.day}.csv",
                "csv_mtime_ns": _mtime_ns(pair.csv),
                "context_mtime_ns": _mtime_ns(pair.context),
                "run_id": _run_id_of(handled, pair),
            }

    async def look(self) -> datetime:
        """Sweep once and return the market moment at which to look again at the latest."""
        now = self._desk.clock.now()
        listing = await asyncio.to_thread(list_inputs, self._desk.settings.paths.inbox)
        self._sightings = observe(self._sightings, listing, now)
        pairs = pairs_of(self._sightings)
        await self._hold_removed({pair.day for pair in pairs})
        moments = [await self._attend(pair, now) for pair in pairs]
        return min(moments, default=now + FAR)

    async def _attend(self, pair: Pair, now: datetime) -> datetime:
        """Look after one pair; returns when to look at it again."""
        handled = self._handled.get(pair.day)
        if handled is not None and handled.pair.signature == pair.signature:
            return now + FAR
        if handled is not None:
            # Forgotten, so that the same files lying there again are read again.
            del self._handled[pair.day]
            await self._hold(pair, "the pair changed")
        verdict = readiness(pair, now, self._desk.settings.intake.quiet_s)
        match verdict:
            case ReadyNow():
                return await self._take(pair, now)
            case Wait(until):
                return until
            case Incomplete(problem, since):
                return await self._incomplete(pair, problem, since, now)
            case _:
                assert_never(verdict)

    async def _take(self, pair: Pair, now: datetime) -> datetime:
        taken = await self._read(pair)
        if isinstance(taken, Changing):
            return now + CHANGING_RETRY
        run_id = await self._receive(taken, pair.day, _names(pair.day))
        self._handled[pair.day] = Handled(pair, run_id)
        return now + FAR

    async def take(self, portfolio: Path, context: Path, person: Person) -> str:
        """Take a pair by path at once, as if a `.ready` lay beside it; returns its run id.

        Who hands it over is an author of the run beside the owners of its files.

        A pair from elsewhere is copied into the inbox, where a later change of it is seen.
        """
        for path in (portfolio, context):
            if part_of_name(path.name) is None:
                raise ActionRefused(f"{path.name} is not named like a pair's file")
        if context.parent != portfolio.parent:
            raise ActionRefused("portfolio and context must lie in one directory")
        day, inbox = day_of_name(portfolio.name), self._desk.settings.paths.inbox
        if (portfolio.name, context.name) != _names(day) or context.parent != portfolio.parent:
            raise ActionRefused("portfolio and context are not a pair of one day and directory")
        if portfolio.parent != inbox:
            try:
                await asyncio.to_thread(_copy_into, inbox, (portfolio, context))
            except OSError as error:
                raise ActionRefused(f"the pair cannot be taken: {error}") from error
        pair = await self._lying_there(day)
        if pair is None:
            raise ActionRefused("portfolio and context are not both there")
        taken = await self._read(pair)
        if isinstance(taken, Changing):
            raise ActionRefused(taken.refusal.message)
        await note_author(self._desk, taken.outcome.run_id, uids={person.uid}, by=person.name)
        run_id = await self._receive(taken, day, _names(day))
        self._handled[day] = Handled(pair, run_id)
        self._desk.signals.watch.set()
        return run_id

    async def hold_what_changed_while_away(self) -> None:
        """At start, before anything may be sent: rule 7 holds for the time we were down, too.

        An unsent run is held unless the same content still lies in the inbox.
        """
        for run in await self._desk.store.runs(states=UNSENT_AND_PLANNED):
            if run.parent_run_id is None and not await self._still_lies_there(run):
                await self._hold_run(run, "the pair changed while the daemon was away")

    async def _still_lies_there(self, run: Run) -> bool:
        pair = await self._lying_there(day_of_name(run.csv_name))
        if pair is None:
            return False
        taken = await self._read(pair)
        return isinstance(taken, Taken) and taken.outcome.run_id == run.run_id

    async def _lying_there(self, day: str) -> Pair | None:
        """Return both files of a day as they are in the inbox now, None where one is missing."""
        inbox = self._desk.settings.paths.inbox
        seen = observe({}, await asyncio.to_thread(list_inputs, inbox), self._desk.clock.now())
        csv_name, context_name = _names(day)
        csv, context = seen.get(csv_name), seen.get(context_name)
        return None if csv is None or context is None else Pair(day, csv, context, None)

    async def _read(self, pair: Pair) -> Taken | Changing:
        return await asyncio.to_thread(
            take_pair,
            self._desk.settings.paths.inbox,
            pair,
            self._desk.settings.intake,
            self._desk.industry_of,
        )

    async def _receive(self, taken: Taken, day: str, names: tuple[str, str]) -> str:
        """Store what was read, as a new run, a refused one, or the same one again."""
        now = self._desk.clock.now()
        outcome = taken.outcome
        run = _born(outcome, self._desk.account, _date_of(day, now), names, now)
        if isinstance(outcome, Unreadable):
            await tell_refused(self._desk, run.run_id, run.refusals)
            received = await self._desk.store.refuse_input(run, taken.csv, taken.context)
            self._count("refused" if received is Received.NEW else "duplicate", run)
        else:
            await note_author(self._desk, run.run_id, uids=taken.owner_uids)
            received = await self._desk.store.receive_run(run, outcome, taken.csv, taken.context)
            self._count("accepted" if received is Received.NEW else "duplicate", run)
        if received is Received.DUPLICATE:
            await self._same_again(run.run_id)
        return run.run_id

    async def _same_again(self, run_id: str) -> None:
        """A hold for a changed pair ends when the same content lies there again."""
        run = await self._desk.store.run(run_id)
        if run is not None and run.state is RunState.HOLD_INPUT_CHANGED:
            await self._desk.store.move_run(
                run_id,
                RunState.AWAITING_APPROVAL,
                cause="SAME_CONTENT_AGAIN",
                actor=ACTOR,
                now=self._desk.clock.now(),
            )

    async def _hold_removed(self, present: set[str]) -> None:
        for day in [day for day in self._handled if day not in present]:
            await self._hold(self._handled.pop(day).pair, "the pair was removed")

    async def _hold(self, pair: Pair, why: str) -> None:
        """Rule 7: a changed or removed pair holds its unsent run at once."""
        for run in await self._desk.store.runs(states=UNSENT_AND_PLANNED):
            if day_of_name(run.csv_name) == pair.day and run.parent_run_id is None:
                await self._hold_run(run, why)

    async def _hold_run(self, run: Run, why: str) -> None:
        try:
            await self._desk.store.move_run(
                run.run_id,
                RunState.HOLD_INPUT_CHANGED,
                cause=why,
                actor=ACTOR,
                now=self._desk.clock.now(),
                hold_reason=Reason.INPUT_CHANGED,
            )
        except Conflict as conflict:
            # It was released or ended between our reading and our move, and goes on (rule 8).
            self._desk.log.warning("run not held", run_id=run.run_id, why=str(conflict))
            return
        self._desk.log.warning("run held", run_id=run.run_id, why=why)
        await tell_held(self._desk, run.run_id, why)

    async def _incomplete(
        self, pair: Pair, problem: str, since: datetime, now: datetime
    ) -> datetime:
        """Never planned as it is; a person is told after ten minutes."""
        alert_at = since + timedelta(seconds=self._desk.settings.intake.incomplete_alert_s)
        if now < alert_at:
            return alert_at
        if pair not in self._alerted:
            self._alerted.add(pair)
            self._desk.metrics.pairs.labels("incomplete").inc()
            self._desk.metrics.refusals.labels(Reason.PAIR_INCOMPLETE).inc()
            await raise_alarm(self._desk, Severity.P1, Reason.PAIR_INCOMPLETE, problem)
        return now + FAR

    def _count(self, outcome: str, run: Run) -> None:
        self._desk.metrics.pairs.labels(outcome).inc()
        if outcome == "refused":
            for refusal in run.refusals:
                self._desk.metrics.refusals.labels(refusal.code).inc()
        self._desk.log.info(
            "pair taken",
            run_id=run.run_id,
            outcome=outcome,
            refusals=[f"{refusal.code}: {refusal.message}" for refusal in run.refusals],
        )


def _names(day: str) -> tuple[str, str]:
    return f"portfolio_{day}.csv", f"execution_context_{day}.json"


def _copy_into(inbox: Path, pair: tuple[Path, Path]) -> None:
    """Copy the CSV first and the context after it, each whole or not at all."""
    for path in pair:
        write_atomically(inbox / path.name, path.read_bytes())


def _mtime_ns(sighting: Sighting | None) -> int | None:
    return None if sighting is None else sighting.signature.mtime_ns


def _run_id_of(handled: Handled | None, pair: Pair) -> str | None:
    if handled is None or handled.pair.signature != pair.signature:
        return None
    return handled.run_id


def _born(
    outcome: TargetPortfolio | Unreadable,
    account: str,
    file_date: date,
    names: tuple[str, str],
    now: datetime,
) -> Run:
    refused = isinstance(outcome, Unreadable)
    return Run(
        run_id=outcome.run_id,
        account=account,
        signal_date=outcome.signal_date or file_date,
        session_date=None,
        state=RunState.REFUSED if refused else RunState.RECEIVED,
        input_hash=outcome.input_hash,
        champion_id="" if isinstance(outcome, Unreadable) else outcome.champion_id,
        received_at=now,
        csv_name=names[0],
        context_name=names[1],
        refusals=outcome.refusals if isinstance(outcome, Unreadable) else (),
    )


def _date_of(day: str, now: datetime) -> date:
    """Return the date in a file's name, or today's where it is none."""
    try:
        return date.fromisoformat(day)
    except ValueError:
        return now.date()
