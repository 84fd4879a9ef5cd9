"""Plays pairs through the real daemon and the paper gateway, holding market time by the hand."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol

from daemon.cli.socket_client import DaemonRefused
from daemon.rehearsal.daemon_control import DaemonControl
from daemon.rehearsal.ledger import differences
from daemon.rehearsal.options import Pair, RehearsalError, RehearsalOptions
from daemon.rehearsal.venue_control import VenueControl
from market.phases import SHANGHAI
from statemachine.run import RunState
from statemachine.run_machine import is_over

Say = Callable[[str], None]

DROP_TIME = time(18, 0)
NOTICE_TIMEOUT_S = 30
NOTICE_INTERVAL_S = 0.01
STUCK = {"NEEDS_BASELINE", "QUARANTINED"}
BEFORE_PLAN = timedelta(seconds=10)
WORKING_STEP = timedelta(minutes=5)
PLANNING_MAX = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Played:
    """One pair after its run ended: what the daemon says and what the venue's ledger says.

    `differences` is where the daemon's record and that ledger contradict each other.
    """

    pair: Pair
    shown: dict[str, Any]
    ledger: dict[str, Any]
    differences: tuple[str, ...]
    restarts: int


class Scene(Protocol):
    """Where the daemon that is driven lives, and how it fares."""

    inbox: Path
    database: Path
    socket: Path

    @property
    def restarts(self) -> int:
        """How often the daemon was started again so far."""
        ...

    def check(self) -> None:
        """Raise RehearsalError if the daemon is beyond help."""
        ...


class Driver:
    """Drops pairs, approves plans and lets market time run; nothing else moves it.

    While orders may move it looks at the run every `working_step` of market time.
    """

    def __init__(
        self,
        options: RehearsalOptions,
        stage: Scene,
        venue: VenueControl,
        say: Say,
        working_step: timedelta = WORKING_STEP,
    ) -> None:
        self._options = options
        self._working_step = working_step
        self._stage = stage
        self._venue = venue
        self._daemon = DaemonControl(stage.socket, stage.check)
        self._say = say
        self._now = datetime.min.replace(tzinfo=SHANGHAI)

    async def play(self, pair: Pair) -> Played:
        """Play one pair to the end of its run."""
        restarts_before = self._stage.restarts
        await self._until(datetime.combine(pair.file_date, DROP_TIME, SHANGHAI))
        known = await self._run_ids()
        await self._drop(pair)
        run_id = await self._planned(pair, known)
        shown = await self._finish(run_id)
        restarts = self._stage.restarts - restarts_before
        ledger = await self._venue.ledger()
        found = await asyncio.to_thread(differences, self._stage.database, ledger)
        return Played(pair, shown, ledger, found, restarts)

    async def _until(self, moment: datetime) -> None:
        self._stage.check()
        self._now = await self._venue.wait_until(moment)

    async def _run_ids(self) -> set[str]:
        return {run["run_id"] for run in (await self._daemon.get("/v1/runs"))["runs"]}

    async def _drop(self, pair: Pair) -> None:
        """Copy the CSV first and the JSON after it, as the producer does; wait until it is seen."""
        for source in (pair.portfolio, pair.context):
            await asyncio.to_thread(shutil.copyfile, source, self._stage.inbox / source.name)
        self._say(f"{self._now:%Y-%m-%d %H:%M} dropped {pair.portfolio.name}")
        deadline = asyncio.get_running_loop().time() + NOTICE_TIMEOUT_S
        while not await self._noticed(pair):
            if asyncio.get_running_loop().time() > deadline:
                raise RehearsalError(f"the daemon did not notice {pair.portfolio.name}")
            await asyncio.sleep(NOTICE_INTERVAL_S)

    async def _noticed(self, pair: Pair) -> bool:
        """Whether the daemon has seen both files as they are now; only then may time move."""
        inbox = self._stage.inbox
        pairs = (await self._daemon.get("/v1/inbox"))["pairs"]
        return any(
            seen["portfolio"] == pair.portfolio.name
            and seen["csv_mtime_ns"] == (inbox / pair.portfolio.name).stat().st_mtime_ns
            and seen["context_mtime_ns"] == (inbox / pair.context.name).stat().st_mtime_ns
            for seen in pairs
        )

    async def _planned(self, pair: Pair, known: set[str]) -> str:
        """Let the quiet time pass and return the run the pair became."""
        deadline = self._now + PLANNING_MAX
        while self._now < deadline:
            await self._until(self._now + BEFORE_PLAN)
            for run in (await self._daemon.get("/v1/runs"))["runs"]:
                is_new = run["run_id"] not in known or run["portfolio"] == pair.portfolio.name
                if is_new and run["parent_run_id"] is None and run["state"] != "RECEIVED":
                    return str(run["run_id"])
        raise RehearsalError(f"{pair.portfolio.name} became no run within {PLANNING_MAX}")

    async def _finish(self, run_id: str) -> dict[str, Any]:
        """Approve what asks for it and let time run until the run ended."""
        while True:
            run = await self._run(run_id)
            state = run["state"]
            if is_over(RunState(state)):
                await self._decline_residual(run_id)
                return await self._daemon.get(f"/v1/runs/{run_id}")
            if state in STUCK or self._is_overdue(run):
                self._say(f"{run_id} is left in {state}")
                return await self._daemon.get(f"/v1/runs/{run_id}")
            if state in ("AWAITING_APPROVAL", "HOLD_INPUT_CHANGED"):
                await self._approve(run_id)
            else:
                await self._until(self._next_look(run))

    async def _run(self, run_id: str) -> dict[str, Any]:
        for run in (await self._daemon.get("/v1/runs"))["runs"]:
            if run["run_id"] == run_id:
                found: dict[str, Any] = run
                return found
        raise RehearsalError(f"run {run_id} is gone")

    async def _approve(self, run_id: str) -> None:
        """Approve by itself and say so; what a rule asks to be typed is typed."""
        plan = (await self._daemon.get(f"/v1/runs/{run_id}"))["plan"]
        may_approve_from = datetime.fromisoformat(plan["approvable_from"])
        if self._now < may_approve_from:
            await self._until(may_approve_from)
            return
        body = {
            "plan_hash": plan["plan_hash"],
            "sell_amount": plan["sell_amount"],
            "underinvested": True,
        }
        try:
            await self._daemon.post(f"/v1/runs/{run_id}/approve", body)
        except DaemonRefused as refused:
            self._say(f"approval of {run_id} refused: {refused}")
            await self._until(self._now + BEFORE_PLAN)
        else:
            self._say(f"{self._now:%Y-%m-%d %H:%M} approved {run_id} by itself (rehearsal)")

    async def _decline_residual(self, run_id: str) -> None:
        """What was not done stays for a person; a rehearsal declines it and says so."""
        for run in (await self._daemon.get("/v1/runs"))["runs"]:
            if run["parent_run_id"] == run_id and run["state"] == "AWAITING_APPROVAL":
                body = {"reason": "rehearsal: residual plans are left undone"}
                await self._daemon.post(f"/v1/runs/{run['run_id']}/decline", body)
                self._say(f"declined the residual plan {run['run_id']} by itself (rehearsal)")

    def _next_look(self, run: dict[str, Any]) -> datetime:
        """Return when to look again: soon while orders move, later while nothing can."""
        session = self._session_of(run)
        opening = datetime.combine(session, time(9, 30), SHANGHAI)
        settled = datetime.combine(session, time(15, 36), SHANGHAI)
        if self._now < opening:
            return opening
        if run["state"] == "RECONCILING" and self._now < settled:
            return settled
        if self._now < settled:
            return min(self._now + self._working_step, settled)
        return self._now + timedelta(hours=1)

    def _is_overdue(self, run: dict[str, Any]) -> bool:
        """Whether the run should have ended: noon of the fifth day after its session."""
        session = self._session_of(run)
        return self._now > datetime.combine(session + timedelta(days=5), time(12), SHANGHAI)

    def _session_of(self, run: dict[str, Any]) -> date:
        text = run["session_date"]
        return self._now.date() if text is None else datetime.fromisoformat(text).date()
