"""The Store on SQLite: each verb is one transaction on the database's own thread."""

# ruff: noqa: D102 - the protocol says what each verb promises

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

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
    verify,
    wires,
)
from storage.approvals import KEY_LENGTH
from storage.census import SqliteCensus
from storage.chronicle import SqliteChronicle
from storage.database import Database
from storage.halt_record import SqliteHaltRecord
from storage.holdings_record import SqliteHoldingsRecord
from storage.last_answer import LastAnswer
from storage.leased_database import (
    Hearer,
    Identity,
    LeasedDatabase,
    MachineClock,
    boot_id,
    unheard,
)
from storage.place import PlaceOf, place_of
from storage.presence import SqlitePresenceRecord
from storage.reports import SqliteReportRecord
from storage.scope import mark_of
from storage.sending_record import SqliteSendingRecord
from storage.store import (
    Approval,
    BookChange,
    ClosedSend,
    Conflict,
    LineStatus,
    Mark,
    OpenedSubmit,
    Received,
    SendOutcome,
    Store,
    SubmitGuard,
    Verification,
    Violation,
)
from storage.telling_record import SqliteTellingRecord
from storage.transaction import Stamp


async def open_store(
    path: Path,
    *,
    mode: str,
    endpoint: str,
    account: str,
    instance_id: str,
    machine_clock: MachineClock,
    approval_key: bytes,
    place_of: PlaceOf = place_of,
    heard: Hearer = unheard,
) -> "SqliteStore":
    """Open (or create and stamp) the database and take its lease; `close` it in the end.

    `heard` is told of every write how many nanoseconds it took.

    Raises StampMismatch where it belongs to another mode, endpoint or account, DatabaseFailure
    where it cannot be read, ValueError for an approval key that is not 32 bytes.
    """
    if len(approval_key) != KEY_LENGTH:
        raise ValueError(f"the approval key has {len(approval_key)} bytes, not {KEY_LENGTH}")
    database = await Database.open(path, clock=machine_clock)
    try:
        epoch = 1 + await database.read(lease.current_epoch)
        identity = Identity(Stamp(mode, endpoint, account), epoch, boot_id(), approval_key)
        leased = LeasedDatabase(database, machine_clock, identity, heard)
        await leased.acquire(instance_id, place_of(path))
    except BaseException:
        await database.close()
        raise
    return SqliteStore(leased)


class SqliteStore(
    SqliteSendingRecord,
    SqliteTellingRecord,
    SqliteHaltRecord,
    SqlitePresenceRecord,
    SqliteReportRecord,
    SqliteHoldingsRecord,
    SqliteChronicle,
    SqliteCensus,
    Store,
):
    """Implements `storage.store.Store`; made by `open_store`."""

    def __init__(self, database: LeasedDatabase) -> None:
        self._database = database
        self._open_orders = LastAnswer(orders.find_open)
        self._orders_of = LastAnswer(orders.find_of_run)
        self._fills_of = LastAnswer(stored_fills.find_of_run)
        self._owned = LastAnswer(ownership.owned)
        self._statuses = LastAnswer(lines.statuses)
        self._followed_plan = LastAnswer(runs.followed_plan_of)

    @property
    def epoch(self) -> int:
        return self._database.identity.epoch

    async def close(self) -> None:
        """Close the file and join its thread."""
        await self._database.close()

    # inputs and runs
    async def receive_run(
        self,
        run: Run,
        portfolio: TargetPortfolio,
        csv: bytes,
        context: bytes,
    ) -> Received:
        if run.state is not RunState.RECEIVED:
            raise Conflict(f"{run.run_id} is received as {run.state}")
        return await self._database.write(
            run.received_at, runs.receive, run, portfolio, csv, context
        )

    async def refuse_input(self, run: Run, csv: bytes, context: bytes) -> Received:
        if run.state is not RunState.REFUSED or not run.refusals:
            raise Conflict(f"{run.run_id} is {run.state} with {len(run.refusals)} refusals")
        return await self._database.write(run.received_at, runs.receive, run, None, csv, context)

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
        return await self._database.write(now, runs.move, run_id, move)

    async def save_plan(self, plan: Plan, *, now: datetime, inputs: bytes | None = None) -> Run:
        return await self._database.write(now, runs.save_plan, plan, inputs)

    async def save_residual(
        self, run: Run, plan: Plan, *, now: datetime, inputs: bytes | None = None
    ) -> Run:
        return await self._database.write(now, runs.save_residual, run, plan, inputs)

    async def approve(self, approval: Approval, *, now: datetime) -> Run:
        return await self._database.write(now, runs.approve, approval)

    async def run(self, run_id: str) -> Run | None:
        return await self._database.read(runs.find, run_id)

    async def runs(self, *, states: Sequence[RunState] | None = None) -> tuple[Run, ...]:
        return await self._database.read(runs.find_all, states)

    async def plan(self, run_id: str) -> Plan | None:
        return await self._database.read(runs.plan_of, run_id)

    async def followed_plan(self, run_id: str) -> Plan | None:
        return await self._database.read(self._followed_plan.read, run_id)

    async def portfolio(self, run_id: str) -> TargetPortfolio | None:
        return await self._database.read(runs.portfolio_of, run_id)

    async def line_statuses(self, run_id: str) -> dict[Symbol, LineStatus]:
        return dict(await self._database.read(self._statuses.read, run_id))

    async def set_line_statuses(self, statuses: Sequence[LineStatus], *, now: datetime) -> None:
        await self._database.write(now, lines.set_statuses, statuses)

    # orders on their way out
    async def create_orders(self, orders: Sequence[Order]) -> None:
        if orders:
            now = max(order.created_at for order in orders)
            await self._database.write(now, submitting.create, orders)

    async def open_submit(
        self,
        client_order_ids: Sequence[str],
        body: bytes,
        guard: SubmitGuard,
    ) -> OpenedSubmit:
        opened = await self._database.commit(
            guard.now, submitting.open_batch, client_order_ids, body, guard
        )
        return OpenedSubmit(
            wire_sequences=opened.value.wire_sequences,
            client_order_ids=tuple(client_order_ids),
            body_sha256=opened.value.body_sha256,
            epoch=self.epoch,
            committed_monotonic_ns=opened.monotonic_ns,
        )

    async def close_submit(
        self,
        results: Sequence[ClosedSend],
        evidence: bytes,
        *,
        now: datetime,
    ) -> tuple[Order, ...]:
        return await self._database.write(now, wires.close_submits, results, evidence)

    async def never_send(
        self,
        client_order_ids: Sequence[str],
        reason: Reason,
        *,
        now: datetime,
        manual: bool = False,
    ) -> None:
        await self._database.write(now, orders.never_send, client_order_ids, reason, manual=manual)

    async def want_cancel(self, client_order_id: str, cause: str, *, now: datetime) -> Order:
        return await self._database.write(now, orders.want_cancel, client_order_id, cause)

    async def open_cancel(
        self, client_order_id: str, *, now: datetime, is_exempt: bool = False
    ) -> int:
        return await self._database.write(
            now, wires.open_cancel, client_order_id, is_exempt=is_exempt
        )

    async def close_cancel(
        self,
        wire_sequence: int,
        outcome: SendOutcome,
        code: str,
        evidence: bytes,
        *,
        now: datetime,
    ) -> None:
        await self._database.write(now, wires.close_cancel, wire_sequence, outcome, code, evidence)

    async def set_unresolved(
        self,
        client_order_id: str,
        send_state: str,
        *,
        cause: str,
        now: datetime,
    ) -> Order:
        wanted = SendState(send_state)
        return await self._database.write(
            now, orders.set_unresolved, client_order_id, wanted, cause
        )

    async def recover_open_wires(self, *, now: datetime) -> tuple[str, ...]:
        return await self._database.write(now, wires.recover_open)

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
        return await self._database.write(now, news.apply_news, reports, fills, movements, cursors)

    async def cursor(self, name: str) -> str | None:
        return await self._database.read(news.cursor, name)

    async def close_absent(self, client_order_id: str, evidence: bytes, *, now: datetime) -> Order:
        return await self._database.write(now, orders.close_absent, client_order_id, evidence)

    # the book
    async def order(self, client_order_id: str) -> Order | None:
        return await self._database.read(orders.find, client_order_id)

    async def orders_of(self, run_id: str) -> tuple[Order, ...]:
        return await self._database.read(self._orders_of.read, run_id)

    async def open_orders(self) -> tuple[Order, ...]:
        return await self._database.read(self._open_orders.read)

    async def fills_of(self, run_id: str) -> tuple[Fill, ...]:
        return await self._database.read(self._fills_of.read, run_id)

    async def message_counts(self, session_date: date) -> tuple[int, int]:
        return await self._database.read(wires.message_counts, session_date)

    # what is ours
    async def owned(self) -> dict[Symbol, int]:
        return dict(await self._database.read(self._owned.read))

    async def save_snapshot(self, snapshot: AccountSnapshot) -> None:
        await self._database.write(snapshot.as_of, snapshots.save, snapshot)

    async def latest_snapshot(self) -> AccountSnapshot | None:
        return await self._database.read(snapshots.latest)

    # notes and checks
    async def note(
        self,
        cause: str,
        detail: Mapping[str, str],
        *,
        actor: str,
        now: datetime,
    ) -> None:
        noted = journal.Happening(
            journal.Subject.NOTE,
            cause,
            cause,
            actor=actor,
            detail=dict(detail),
        )
        await self._database.write(now, journal.append, noted)

    async def latest_note(self, cause: str) -> queries.Note | None:
        return await self._database.read(queries.latest_note, cause)

    async def verify(self) -> tuple[Violation, ...]:
        return (await self.verify_since(None)).violations

    async def verify_since(self, mark: Mark | None) -> Verification:
        here = await self._database.read(mark_of)
        if mark == here:
            return Verification((), here)
        return Verification(await self._verify(mark), here)

    async def _verify(self, mark: Mark | None) -> tuple[Violation, ...]:
        """Look in portions, so that nobody who wants to write waits long."""
        database, key = self._database, self._database.identity.approval_key
        if mark is None:
            found = await database.read(verify.check_file)
        else:
            found = await database.read(verify.check_mark, mark)
        scope = await database.read(verify.scope_since, mark)
        for portion in scope.portions():
            found += await database.read(verify.check, portion, key)
        return found
