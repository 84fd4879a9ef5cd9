"""The people around the daemon: who approves, halts and resumes, and who drops files."""

import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from adapters.broker import BrokerError
from daemon.actions import Person
from daemon.approvals import UNDER_WAY, Confirmations, approved_sides, due_stage
from daemon.crew import Crew
from daemon.halting.files import Grade
from daemon.halting.standing import grade_of
from daemon.planning.approval import has_stages, sell_amount
from daemon.refusals import ActionRefused
from market.symbol import Symbol
from statemachine.run import Run, RunState
from storage.manual import Choice
from storage.store import Conflict
from tests.simulation.faults import Family, Fault, Kind
from tests.simulation.market_place import (
    CONTEXT_NAME,
    CSV_NAME,
    HELD,
    READY_NAME,
    pair_bytes,
)
from tests.simulation.virtual_loop import VirtualLoop

WANG, LI = Person("wang", 1000), Person("li", 1001)
APPROVABLE = (RunState.AWAITING_APPROVAL, RunState.HOLD_INPUT_CHANGED)
LOOKED = (Choice.SEEN, Choice.ACKNOWLEDGE, Choice.CONTINUE)
NOT_NOW = (ActionRefused, Conflict, BrokerError)


@dataclass(slots=True)
class People:
    """Acts on whatever life the daemon has; what was done stays done when that life ends.

    A halt after an old copy of the record came back is not lifted: `trusts_the_record` ends.
    """

    names: int
    look_interval_s: int
    inbox: Path
    origin_s: float
    agenda: list[Fault]
    note: Callable[[Fault], None]
    stop: Callable[[], None] = lambda: None
    step_wall: Callable[[int], None] = lambda _seconds: None
    halted_at_s: Callable[[float | None], None] = lambda _now_s: None
    second_instance: Callable[[], None] = lambda: None
    carried_out: set[int] = field(default_factory=set)
    said_seen: set[int] = field(default_factory=set)
    residuals: bool = True
    trusts_the_record: bool = True

    def drop_pair(self, now_s: float, tilt: int = 0, *, half: bool = False) -> None:
        """Write the pair, its `.ready` last; half of it where the writer died."""
        csv, context = pair_bytes(self.names, tilt)
        self._write(CSV_NAME, csv[: len(csv) // 2] if half else csv, now_s)
        if half:
            (self.inbox / READY_NAME).unlink(missing_ok=True)
            return
        self._write(CONTEXT_NAME, context, now_s)
        self._write(READY_NAME, b"", now_s)

    async def act(self, crew: Crew, loop: VirtualLoop) -> None:
        """Look every few seconds, and carry out what the script has at its moment."""
        while True:
            for number, fault in enumerate(self.agenda):
                if fault.nth <= loop.now_s and number not in self.carried_out:
                    self.carried_out.add(number)
                    self.note(fault)
                    await self._carry_out(fault, crew, loop)
            await self._look(crew)
            await loop.pause(self.look_interval_s)

    async def _look(self, crew: Crew) -> None:
        """Do what a person in charge does who reads every message."""
        store, rule = crew.desk.store, crew.desk.settings.approval
        approvable = (*APPROVABLE, *UNDER_WAY) if rule.stages else APPROVABLE
        approvers = (WANG,) if rule.two_persons_above is None else (WANG, LI)
        for run in await store.runs():
            if run.state is RunState.NEEDS_BASELINE:
                await self.adopt(crew)
            elif run.state in approvable and (run.parent_run_id is None or self.residuals):
                for person in approvers:
                    await self._try(self._approve(crew, run, person))
        for item in await store.manual_items():
            choice = next((choice for choice in LOOKED if choice in item.choices), None)
            if choice is not None and item.item_id not in self.said_seen:
                self.said_seen.add(item.item_id)
                await self._try(crew.actions.resolve(item.item_id, choice, WANG, "looked", ""))
        if self.trusts_the_record and await grade_of(crew.desk) is not Grade.ACTIVE:
            self.halted_at_s(None)
            await self._try(crew.actions.resume("looked at it", WANG))

    async def adopt(self, crew: Crew) -> None:
        """Mark what lay on the account as ours, each name once."""
        decided = {str(symbol) for symbol in await crew.desk.store.decided_symbols()}
        for code, quantity in HELD.items():
            if code not in decided:
                await self._try(crew.actions.adopt(Symbol.parse(code), "ours", quantity, WANG))

    async def _approve(self, crew: Crew, run: Run, who: Person) -> None:
        plan = await crew.desk.store.plan(run.run_id)
        if plan is None:
            return
        stage = None
        if has_stages(plan, crew.desk.settings.approval):
            stage = due_stage(await approved_sides(crew.desk, plan))
        typed = Confirmations(Decimal(sell_amount(plan)), underinvested=True, stage=stage)
        await crew.actions.approve(run.run_id, plan.plan_hash, who, typed)

    async def _carry_out(self, fault: Fault, crew: Crew, loop: VirtualLoop) -> None:
        match fault.kind:
            case Kind.OPERATOR_STOP:
                self.stop()
            case Kind.OPERATOR_SECOND:
                self.second_instance()
            case Kind.CLOCK_FORWARD:
                self.step_wall(fault.size)
            case Kind.CLOCK_BACK:
                self.step_wall(-fault.size)
            case Kind.OPERATOR_HALT:
                await self._try(crew.actions.halt("something looks wrong", LI))
                self.halted_at_s(loop.now_s)
                await loop.pause(fault.size)
            case Kind.OPERATOR_HALT_FILE:
                crew.desk.halt_files.path(Grade.HALTED).touch()
                self.halted_at_s(loop.now_s)
                await loop.pause(fault.size)
            case Kind.OPERATOR_REDUCE:
                await self._try(crew.actions.halt("no more buys", LI, Grade.REDUCE_ONLY))
                await loop.pause(fault.size)
            case _ if fault.kind.family is Family.FILES:
                self._touch_files(fault, loop.now_s)
            case _:
                for run in await crew.desk.store.runs():
                    await self._say_of(run, fault, crew)

    async def _say_of(self, run: Run, fault: Fault, crew: Crew) -> None:
        """Say something wrong, or too much, of one run."""
        match fault.kind:
            case Kind.OPERATOR_DOUBLE:
                await self._try(self._approve(crew, run, WANG))
                await self._try(self._approve(crew, run, LI))
            case Kind.OPERATOR_STALE:
                typed = Confirmations(underinvested=True)
                await self._try(crew.actions.approve(run.run_id, "0" * 64, LI, typed))
            case Kind.OPERATOR_DECLINE:
                await self._try(crew.actions.decline(run.run_id, LI, "not today"))
            case _:
                raise ValueError(f"nobody carries out {fault.kind}")

    def _touch_files(self, fault: Fault, now_s: float) -> None:
        match fault.kind:
            case Kind.FILES_REPLACED:
                self.drop_pair(now_s, tilt=fault.size)
            case Kind.FILES_SAME:
                self.drop_pair(now_s)
            case Kind.FILES_HALF:
                self.drop_pair(now_s, half=True)
            case Kind.FILES_REMOVED:
                for name in (READY_NAME, CONTEXT_NAME, CSV_NAME):
                    (self.inbox / name).unlink(missing_ok=True)
            case _:
                raise ValueError(f"nobody carries out {fault.kind}")

    async def _try(self, doing: Awaitable[object]) -> None:
        """A person who is told no takes note and goes on."""
        with suppress(*NOT_NOW):
            await doing

    def _write(self, name: str, content: bytes, now_s: float) -> None:
        path = self.inbox / name
        path.write_bytes(content)
        path.chmod(0o600)
        time_ns = round((self.origin_s + now_s) * 1000) * 1_000_000
        os.utime(path, ns=(time_ns, time_ns))
