"""The store in verbs of the trade: one call is one transaction, all of it or nothing.

Every write carries the lease epoch the store was opened with and fails with `StaleEpoch` once
another process took the lease. Every state change writes exactly one row of the hash-chained
`events` table in the same transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from market.symbol import Symbol
from statemachine.breaks import Break
from statemachine.events import OrderReport
from statemachine.fill import Fill
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.portfolio import Refusal, TargetPortfolio
from statemachine.position import AccountSnapshot, Movement
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage.census import Census
from storage.chronicle import Chronicle
from storage.errors import Conflict, Contradiction, StaleEpoch, StampMismatch, StoreError
from storage.halt_record import HaltRecord
from storage.holdings_record import HoldingsRecord
from storage.presence import PresenceRecord
from storage.queries import Note
from storage.records import (
    Approval,
    BookChange,
    ClosedSend,
    Halt,
    ManualItem,
    Mark,
    OpenedSubmit,
    Received,
    ResendRight,
    SendOutcome,
    SentBatch,
    SentOrder,
    Stage,
    SubmitGuard,
    Verification,
    Violation,
    stage_of,
)
from storage.reports import ReportRecord
from storage.sending_record import SendingRecord
from storage.telling_record import TellingRecord

__all__ = [
    "Approval",
    "BookChange",
    "Break",
    "ClosedSend",
    "Conflict",
    "Contradiction",
    "Halt",
    "LineStatus",
    "ManualItem",
    "Mark",
    "Note",
    "OpenedSubmit",
    "Received",
    "ResendRight",
    "SendOutcome",
    "SentBatch",
    "SentOrder",
    "Stage",
    "StaleEpoch",
    "StampMismatch",
    "Store",
    "StoreError",
    "SubmitGuard",
    "Verification",
    "Violation",
    "stage_of",
]


class Store(
    SendingRecord,
    TellingRecord,
    HaltRecord,
    ReportRecord,
    HoldingsRecord,
    PresenceRecord,
    Chronicle,
    Census,
    Protocol,
):
    """The daemon's memory. Times are market time unless a name says otherwise."""

    @property
    def epoch(self) -> int:
        """The lease epoch every write of this process carries."""
        ...

    # inputs and runs
    async def receive_run(
        self,
        run: Run,
        portfolio: TargetPortfolio,
        csv: bytes,
        context: bytes,
    ) -> Received:
        """Keep the exact bytes and the run in RECEIVED; DUPLICATE if it is known.

        A duplicate with other bytes (the same content, other columns) keeps those bytes too.
        """
        ...

    async def refuse_input(self, run: Run, csv: bytes, context: bytes) -> Received:
        """Keep the bytes and a run that was born REFUSED (its refusals are in `run`)."""
        ...

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
        """Make one legal move of the run machine; Conflict if it is not legal from here.

        Going back from APPROVED voids the approval, and is a Conflict once a submit was opened.
        """
        ...

    async def save_plan(self, plan: Plan, *, now: datetime, inputs: bytes | None = None) -> Run:
        """Store the plan with its lines and move RECEIVED or NEEDS_BASELINE to PLANNED.

        `inputs` is what it was computed from, kept as evidence of its making.

        A run that is PLANNED or AWAITING_APPROVAL takes the plan and stays where it is. Conflict
        in any other state, and for a plan that does not carry its own hash.
        """
        ...

    async def save_residual(
        self, run: Run, plan: Plan, *, now: datetime, inputs: bytes | None = None
    ) -> Run:
        """Create a RESIDUAL run (born RECEIVED, moved to PLANNED) with its plan, in one go."""
        ...

    async def approve(self, approval: Approval, *, now: datetime) -> Run:
        """Bind the approval to the hash recomputed from rows; Conflict if it differs or is late."""
        ...

    async def run(self, run_id: str) -> Run | None:
        """Return one run."""
        ...

    async def runs(self, *, states: Sequence[RunState] | None = None) -> tuple[Run, ...]:
        """Return runs, oldest first."""
        ...

    async def plan(self, run_id: str) -> Plan | None:
        """Return the newest plan of a run, as it was approved."""
        ...

    async def followed_plan(self, run_id: str) -> Plan | None:
        """Return it with full exits that sell what corporate actions left of them (rule 15)."""
        ...

    async def portfolio(self, run_id: str) -> TargetPortfolio | None:
        """Return the portfolio as it was received, a residual run's from its parent.

        None for a run refused at reading.
        """
        ...

    async def line_statuses(self, run_id: str) -> dict[Symbol, LineStatus]:
        """Return what holds or defers lines now."""
        ...

    async def set_line_statuses(self, statuses: Sequence[LineStatus], *, now: datetime) -> None:
        """Record why lines wait or what a person released; unchanged ones write nothing."""
        ...

    # orders on their way out
    async def create_orders(self, orders: Sequence[Order]) -> None:
        """Insert child orders in NEW/PLANNED after checking each against its line's envelope.

        Conflict, and none of them inserted, if one does not fit.
        """
        ...

    async def open_submit(
        self,
        client_order_ids: Sequence[str],
        body: bytes,
        guard: SubmitGuard,
    ) -> OpenedSubmit:
        """S0: re-check everything and write one OPEN wire row an order. Conflict = do not send."""
        ...

    async def close_submit(
        self,
        results: Sequence[ClosedSend],
        evidence: bytes,
        *,
        now: datetime,
    ) -> tuple[Order, ...]:
        """S3: close the wire rows, keep the evidence, move the orders."""
        ...

    async def never_send(
        self,
        client_order_ids: Sequence[str],
        reason: Reason,
        *,
        now: datetime,
        manual: bool = False,
    ) -> None:
        """Give up orders that provably never left; `manual` also lists them for a person.

        The reason becomes their `reject_code`. Conflict for an order that may have left.
        """
        ...

    async def want_cancel(self, client_order_id: str, cause: str, *, now: datetime) -> Order:
        """Durably ask for a cancel: CANCEL_PENDING if the order is live, a wish if it is NEW."""
        ...

    async def open_cancel(
        self, client_order_id: str, *, now: datetime, is_exempt: bool = False
    ) -> int:
        """Write the OPEN wire row of a cancel request and return its sequence.

        An exempt one, of a halt or a person, counts in no budget (rule 20).
        """
        ...

    async def close_cancel(
        self,
        wire_sequence: int,
        outcome: SendOutcome,
        code: str,
        evidence: bytes,
        *,
        now: datetime,
    ) -> None:
        """Close a cancel's wire row and note its outcome; quantities never change here."""
        ...

    async def set_unresolved(
        self,
        client_order_id: str,
        send_state: str,
        *,
        cause: str,
        now: datetime,
    ) -> Order:
        """Move send_state of an unknown order among UNKNOWN, ABSENT_WAIT and MANUAL.

        MANUAL also lists it for a person. Conflict for what the venue has shown; the FSM stays NEW.
        """
        ...

    async def recover_open_wires(self, *, now: datetime) -> tuple[str, ...]:
        """At start: every OPEN wire row becomes UNKNOWN; returns the order ids concerned."""
        ...

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
        """Apply fills, then reports, then movements, and save the cursors, in one transaction.

        Fills are deduplicated by primary key only; filled quantities are sums of fills; an order
        becomes terminal only when the venue's cumulative quantity equals that sum (A7, A8).
        """
        ...

    async def cursor(self, name: str) -> str | None:
        """Return a saved cursor ("orders", "fills", "movements"); None at first."""
        ...

    async def close_absent(self, client_order_id: str, evidence: bytes, *, now: datetime) -> Order:
        """Day close only: NEW -> REJECTED with NO_RECORD_AT_CLOSE (A8 row 15).

        Conflict before 15:00 of its session, and for an order the venue has shown.
        """
        ...

    # the book
    async def order(self, client_order_id: str) -> Order | None:
        """Return one order."""
        ...

    async def orders_of(self, run_id: str) -> tuple[Order, ...]:
        """Return all orders of a run, in creation order."""
        ...

    async def open_orders(self) -> tuple[Order, ...]:
        """Return every order that has not ended and was not given up, in creation order.

        That is: live, unresolved, PLANNED or NOT_SENT.
        """
        ...

    async def fills_of(self, run_id: str) -> tuple[Fill, ...]:
        """Return the fills of a run's orders, by time."""
        ...

    async def message_counts(self, session_date: date) -> tuple[int, int]:
        """Return (orders, cancels) whose bytes may have left that day; exempt cancels uncounted."""
        ...

    # what is ours
    async def owned(self) -> dict[Symbol, int]:
        """Return our quantity per name: own fills, adoptions, explained corporate actions."""
        ...

    async def save_snapshot(self, snapshot: AccountSnapshot) -> None:
        """Keep an account snapshot (latest verified one serves planning)."""
        ...

    async def latest_snapshot(self) -> AccountSnapshot | None:
        """Return the newest verified snapshot."""
        ...

    # notes and checks
    async def note(
        self,
        cause: str,
        detail: Mapping[str, str],
        *,
        actor: str,
        now: datetime,
    ) -> None:
        """Write one event that changes no state (armed, approved gap, alert, artifact)."""
        ...

    async def latest_note(self, cause: str) -> Note | None:
        """Return the newest note of a cause."""
        ...

    async def verify(self) -> tuple[Violation, ...]:
        """Check every invariant that the database alone can show, over every row."""
        ...

    async def verify_since(self, mark: Mark | None) -> Verification:
        """Check what changed since a clean pass and the runs that have not ended; None = all.

        Nothing at all is read again while the record stands where the mark was made.
        """
        ...
