"""The Store on SQLite: each verb is one transaction on the database's own thread."""

# ruff: noqa: D102 - the protocol says what each verb promises

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from market.symbol import Symbol
from statemachine.events import OrderReport
from statemachine.fill import Fill
from statemachine.order import Order, SendState
from statemachine.plan import Plan
from statemachine.portfolio import Refusal, TargetPortfolio
from statemachine.position import AccountSnapshot, Movement
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage import fills as stored_fills
from storage import (
    journal,
    lease,
    lines,
    news,
    orders,
    ownership,
    queries,
    runs,
    snapshots,
    submitting,
    trouble,
    wires,
)
from storage.approvals import KEY_LENGTH
from storage.database import Committed, Database
from storage.store import (
    Approval,
    BookChange,
    Break,
    ClosedSend,
    Conflict,
    Halt,
    LineStatus,
    ManualItem,
    OpenedSubmit,
    Received,
    SendOutcome,
    Store,
    SubmitGuard,
    Violation,
)
from storage.transaction import Stamp, Transaction
from storage.verify import verify

Result = TypeVar("Result")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class MachineClock(Protocol):
    """The two readings of this host's clock the store writes down."""

    def utc_now(self) -> datetime:
        """Return aware UTC wall time."""
        ...

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never step back."""
        ...


async def open_store(
    path: Path,
    *,
    mode: str,
    endpoint: str,
    account: str,
    instance_id: str,
    machine_clock: MachineClock,
    approval_key: bytes,
) -> "SqliteStore":
    """Open (or create and stamp) the database and take its lease; `close` it in the end.

    Raises StampMismatch where it belongs to another mode, endpoint or account, DatabaseFailure
    where it cannot be read, ValueError for an approval key that is not 32 bytes.
    """
    if len(approval_key) != KEY_LENGTH:
        raise ValueError(f"the approval key has {len(approval_key)} bytes, not {KEY_LENGTH}")
    database = await Database.open(path, clock=machine_clock)
    try:
        epoch = 1 + await database.read(lease.current_epoch)
        stamp = Stamp(mode, endpoint, account)
        store = SqliteStore(database, machine_clock, stamp, epoch, approval_key)
        await store.acquire(instance_id)
    except BaseException:
        await database.close()
        raise
    return store


class SqliteStore(Store):
    """Implements `storage.store.Store`; made by `open_store`."""

    def __init__(
        self,
        database: Database,
        machine_clock: MachineClock,
        stamp: Stamp,
        epoch: int,
        approval_key: bytes,
    ) -> None:
        self._database = database
        self._machine_clock = machine_clock
        self._stamp = stamp
        self._epoch = epoch
        self._approval_key = approval_key
        self._boot_id = _boot_id()

    @property
    def epoch(self) -> int:
        """The lease epoch of this process."""
        return self._epoch

    async def acquire(self, instance_id: str) -> None:
        """Take the lease; `open_store` does it once."""
        now = self._machine_clock.utc_now()
        await self._database.run(
            lambda connection: lease.acquire(self._transaction(connection, now), instance_id),
        )

    async def close(self) -> None:
        """Close the file and join its thread."""
        await self._database.close()

    # inputs and runs
    async def receive_run(
        self, run: Run, portfolio: TargetPortfolio, csv: bytes, context: bytes,
    ) -> Received:
        if run.state is not RunState.RECEIVED:
            raise Conflict(f"{run.run_id} is received as {run.state}")
        return await self._write(
            run.received_at, lambda t: runs.receive(t, run, portfolio, csv, context),
        )

    async def refuse_input(self, run: Run, csv: bytes, context: bytes) -> Received:
        if run.state is not RunState.REFUSED or not run.refusals:
            raise Conflict(f"{run.run_id} is {run.state} with {len(run.refusals)} refusals")
        return await self._write(
            run.received_at, lambda t: runs.receive(t, run, None, csv, context),
        )

    async def move_run(
        self,
        run_id: str,
        target: RunState,
        *,
        cause: str,
        actor: str,
        now: datetime,
        hold_reason: Reason | None = None,
        superseded_by: str | None = None,
        refusals: Sequence[Refusal] = (),
    ) -> Run:
        move = runs.RunMove(target, cause, actor, hold_reason, superseded_by, tuple(refusals))
        return await self._write(now, lambda t: runs.move(t, run_id, move))

    async def save_plan(self, plan: Plan, *, now: datetime) -> Run:
        return await self._write(now, lambda t: runs.save_plan(t, plan))

    async def save_residual(self, run: Run, plan: Plan, *, now: datetime) -> Run:
        return await self._write(now, lambda t: runs.save_residual(t, run, plan))

    async def approve(self, approval: Approval, *, now: datetime) -> Run:
        return await self._write(now, lambda t: runs.approve(t, approval))

    async def run(self, run_id: str) -> Run | None:
        return await self._database.read(lambda c: runs.find(c, run_id))

    async def runs(self, *, states: Sequence[RunState] | None = None) -> tuple[Run, ...]:
        return await self._database.read(lambda c: runs.find_all(c, states))

    async def plan(self, run_id: str) -> Plan | None:
        return await self._database.read(lambda c: runs.plan_of(c, run_id))

    async def portfolio(self, run_id: str) -> TargetPortfolio | None:
        return await self._database.read(lambda c: runs.portfolio_of(c, run_id))

    async def line_statuses(self, run_id: str) -> dict[Symbol, LineStatus]:
        return await self._database.read(lambda c: lines.statuses(c, run_id))

    async def set_line_statuses(self, statuses: Sequence[LineStatus], *, now: datetime) -> None:
        await self._write(now, lambda t: lines.set_statuses(t, statuses))

    # orders on their way out
    async def create_orders(self, orders: Sequence[Order]) -> None:
        if orders:
            now = max(order.created_at for order in orders)
            await self._write(now, lambda t: submitting.create(t, orders))

    async def open_submit(
        self, client_order_ids: Sequence[str], body: bytes, guard: SubmitGuard,
    ) -> OpenedSubmit:
        opened = await self._commit(
            guard.now, lambda t: submitting.open_batch(t, client_order_ids, body, guard),
        )
        return OpenedSubmit(
            wire_sequences=opened.value.wire_sequences,
            client_order_ids=tuple(client_order_ids),
            body_sha256=opened.value.body_sha256,
            epoch=self._epoch,
            committed_monotonic_ns=opened.monotonic_ns,
        )

    async def close_submit(
        self, results: Sequence[ClosedSend], evidence: bytes, *, now: datetime,
    ) -> tuple[Order, ...]:
        return await self._write(now, lambda t: wires.close_submits(t, results, evidence))

    async def never_send(
        self,
        client_order_ids: Sequence[str],
        reason: Reason,
        *,
        now: datetime,
        manual: bool = False,
    ) -> None:
        await self._write(
            now, lambda t: orders.never_send(t, client_order_ids, reason, manual=manual),
        )

    async def want_cancel(self, client_order_id: str, cause: str, *, now: datetime) -> Order:
        return await self._write(now, lambda t: orders.want_cancel(t, client_order_id, cause))

    async def open_cancel(self, client_order_id: str, *, now: datetime) -> int:
        return await self._write(now, lambda t: wires.open_cancel(t, client_order_id))

    async def close_cancel(
        self,
        wire_sequence: int,
        outcome: SendOutcome,
        code: str,
        evidence: bytes,
        *,
        now: datetime,
    ) -> None:
        await self._write(
            now, lambda t: wires.close_cancel(t, wire_sequence, outcome, code, evidence),
        )

    async def set_unresolved(
        self, client_order_id: str, send_state: str, *, cause: str, now: datetime,
    ) -> Order:
        wanted = SendState(send_state)
        return await self._write(
            now, lambda t: orders.set_unresolved(t, client_order_id, wanted, cause),
        )

    async def recover_open_wires(self, *, now: datetime) -> tuple[str, ...]:
        return await self._write(now, wires.recover_open)

    # broker news
    async def apply_news(
        self,
        reports: Sequence[OrderReport],
        fills: Sequence[Fill],
        movements: Sequence[Movement],
        cursors: Mapping[str, str],
        *,
        now: datetime,
    ) -> BookChange:
        return await self._write(
            now, lambda t: news.apply_news(t, reports, fills, movements, cursors),
        )

    async def cursor(self, name: str) -> str | None:
        return await self._database.read(lambda c: news.cursor(c, name))

    async def close_absent(self, client_order_id: str, evidence: bytes, *, now: datetime) -> Order:
        return await self._write(now, lambda t: orders.close_absent(t, client_order_id, evidence))

    # the book
    async def order(self, client_order_id: str) -> Order | None:
        return await self._database.read(lambda c: orders.find(c, client_order_id))

    async def orders_of(self, run_id: str) -> tuple[Order, ...]:
        return await self._database.read(lambda c: orders.find_of_run(c, run_id))

    async def open_orders(self) -> tuple[Order, ...]:
        return await self._database.read(orders.find_open)

    async def fills_of(self, run_id: str) -> tuple[Fill, ...]:
        return await self._database.read(lambda c: stored_fills.find_of_run(c, run_id))

    async def message_counts(self, session_date: date) -> tuple[int, int]:
        return await self._database.read(lambda c: wires.message_counts(c, session_date))

    # what is ours
    async def owned(self) -> dict[Symbol, int]:
        return await self._database.read(ownership.owned)

    async def decided_symbols(self) -> dict[Symbol, str]:
        return await self._database.read(ownership.decided)

    async def decide_ownership(
        self, symbol: Symbol, owner: str, quantity: int, *, actor: str, now: datetime,
    ) -> None:
        await self._write(now, lambda t: ownership.decide(t, symbol, owner, quantity, actor))

    async def save_snapshot(self, snapshot: AccountSnapshot) -> None:
        await self._write(snapshot.as_of, lambda t: snapshots.save(t, snapshot))

    async def latest_snapshot(self) -> AccountSnapshot | None:
        return await self._database.read(snapshots.latest)

    # trouble
    async def halt(self, kind: str, cause: str, *, actor: str, now: datetime) -> None:
        await self._write(now, lambda t: trouble.halt(t, kind, cause, actor=actor))

    async def resume(self, kind: str, *, actor: str, reason: str, now: datetime) -> None:
        await self._write(now, lambda t: trouble.resume(t, kind, actor=actor, reason=reason))

    async def halts(self) -> tuple[Halt, ...]:
        return await self._database.read(trouble.halts)

    async def set_breaks(self, breaks: Sequence[Break], *, now: datetime) -> tuple[Break, ...]:
        return await self._write(now, lambda t: trouble.set_breaks(t, breaks))

    async def open_breaks(self) -> tuple[Break, ...]:
        return await self._database.read(trouble.open_breaks)

    async def add_manual(self, item: ManualItem, *, now: datetime) -> None:
        await self._write(now, lambda t: trouble.add_manual(t, item))

    async def manual_items(self, *, open_only: bool = True) -> tuple[ManualItem, ...]:
        return await self._database.read(lambda c: trouble.manual_items(c, open_only=open_only))

    async def resolve_manual(
        self, item_id: int, choice: str, *, actor: str, now: datetime,
    ) -> ManualItem:
        return await self._write(now, lambda t: trouble.resolve_manual(t, item_id, choice, actor))

    async def note(
        self, cause: str, detail: Mapping[str, str], *, actor: str, now: datetime,
    ) -> None:
        noted = journal.Happening(
            journal.Subject.NOTE, cause, cause, actor=actor, detail=dict(detail),
        )
        await self._write(now, lambda t: journal.append(t, noted))

    async def latest_note(self, cause: str) -> queries.Note | None:
        return await self._database.read(lambda c: queries.latest_note(c, cause))

    async def movements_from(self, day: date) -> tuple[Movement, ...]:
        return await self._database.read(lambda c: queries.movements_from(c, day))

    async def verify(self) -> tuple[Violation, ...]:
        return await self._database.read(lambda c: verify(c, self._approval_key))

    async def _write(self, now: datetime, function: Callable[[Transaction], Result]) -> Result:
        return (await self._commit(now, function)).value

    async def _commit(
        self, now: datetime, function: Callable[[Transaction], Result],
    ) -> Committed[Result]:
        def work(connection: sqlite3.Connection) -> Result:
            transaction = self._transaction(connection, now)
            lease.require_epoch(transaction)
            return function(transaction)

        return await self._database.commit(work)

    def _transaction(self, connection: sqlite3.Connection, now: datetime) -> Transaction:
        return Transaction(
            connection=connection,
            stamp=self._stamp,
            epoch=self._epoch,
            now=now,
            utc_now=self._machine_clock.utc_now(),
            monotonic_ns=self._machine_clock.monotonic_ns(),
            boot_id=self._boot_id,
            approval_key=self._approval_key,
        )


def _boot_id() -> str:
    """Which boot of the host this is: monotonic readings compare only within one."""
    return BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else "unknown"
