"""S0: the last word before anything leaves (never-twice-never-lost.md A2).

Everything is read again inside the transaction that writes the write-ahead rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from market.phases import SHANGHAI
from market.side import Side
from statemachine.order import Order, OrderState, SendState
from statemachine.run import Run, RunState
from storage import (
    approvals,
    doubt,
    journal,
    lines,
    manual,
    orders,
    plans,
    reductions,
    runs,
    sent,
    trouble,
    wires,
)
from storage.errors import Conflict, Contradiction
from storage.evidence import keep_evidence
from storage.records import ResendRight, SentBatch, SubmitGuard
from storage.transaction import Transaction

SENDING_STATES = (RunState.APPROVED, RunState.SUBMITTING, RunState.WORKING)
SENDABLE = (SendState.PLANNED, SendState.NOT_SENT)


@dataclass(frozen=True, slots=True)
class Opened:
    """The write-ahead rows of one batch, before COMMIT."""

    wire_sequences: tuple[int, ...]
    body_sha256: str


def create(transaction: Transaction, wanted: Sequence[Order]) -> None:
    """Insert child orders, each inside its line; none of them if one is not.

    Conflict where somebody moved the run or the line's price bound meanwhile, Contradiction for
    anything else: an order that exists or that no envelope ever allowed is a bug of its maker.
    """
    sending = {name: _sending_run(transaction, name) for name in {order.run_id for order in wanted}}
    for order in wanted:
        run, plan_hash = sending[order.run_id]
        _require_fresh(transaction, run, order)
        orders.insert(transaction, order)
        connection = transaction.connection
        lines.require_inside(
            connection,
            order,
            lines.envelope_of(connection, order, plan_hash),
        )


def open_batch(
    transaction: Transaction,
    client_order_ids: Sequence[str],
    body: bytes,
    guard: SubmitGuard,
) -> Opened:
    """Check everything again and write one OPEN row an order; Conflict = send nothing."""
    batch = _batch(transaction, client_order_ids)
    if guard.resend is not None:
        _grant_resend(transaction, batch, body, guard.resend)
    _require_no_halt(transaction)
    run, plan_hash = _sending_run(transaction, batch[0].run_id)
    _require_time(run, guard)
    approved = _approval_ids(transaction, run, plan_hash, {order.side for order in batch})
    _require_budget(transaction, guard, len(batch))
    for order in batch:
        _require_sendable(transaction, order, guard, plan_hash)
    body_sha256 = keep_evidence(transaction, body)
    permits = {
        side: wires.Permit(
            plan_hash=plan_hash,
            approval_id=approval_id,
            session_date=guard.session_date,
            cut_off=guard.cut_off,
            body_sha256=body_sha256,
        )
        for side, approval_id in approved.items()
    }
    sequences = tuple(wires.open_submit(transaction, order, permits[order.side]) for order in batch)
    return Opened(sequences, body_sha256)


def _batch(transaction: Transaction, client_order_ids: Sequence[str]) -> tuple[Order, ...]:
    batch = tuple(orders.require(transaction.connection, name) for name in client_order_ids)
    if not batch or len(set(client_order_ids)) != len(batch):
        raise Conflict("a batch holds at least one order and each once")
    if len({order.run_id for order in batch}) != 1:
        raise Conflict("a batch is of one run")
    return batch


def _grant_resend(
    transaction: Transaction, batch: Sequence[Order], body: bytes, right: ResendRight
) -> None:
    """Write down why the same bytes may leave again; their own hold ends with the grace window.

    Conflict unless they left once, together, as these very bytes, and every order is still absent.
    """
    names = tuple(order.client_order_id for order in batch)
    for name in names:
        earlier = sent.last_submit(transaction.connection, name)
        if earlier is None or _facts_of(earlier) != (1, names, body):
            raise Conflict(f"{name} was not sent once, as these bytes")
    if any(order.send_state is not SendState.ABSENT_WAIT for order in batch):
        raise Conflict("an order of these bytes is not absent")
    doubt.lift_hold(transaction, "the grace window is over")
    key = keep_evidence(transaction, right.evidence)
    for order in batch:
        journal.append(
            transaction,
            journal.Happening(
                journal.Subject.WIRE,
                order.client_order_id,
                "RESEND_GRANTED",
                run_id=order.run_id,
                evidence_sha256=key,
                detail={
                    "dedupe_scope": right.dedupe_scope,
                    "grace_s": int(right.grace.total_seconds()),
                },
            ),
        )


def _facts_of(earlier: SentBatch) -> tuple[int, tuple[str, ...], bytes]:
    return earlier.times, earlier.client_order_ids, earlier.body


def _require_no_halt(transaction: Transaction) -> None:
    standing = trouble.halts(transaction.connection)
    if standing:
        raise Conflict(f"{standing[0].kind} stands: {standing[0].cause}")


def _require_may_buy(transaction: Transaction, order: Order) -> None:
    standing = reductions.standing(transaction.connection)
    if order.side is Side.BUY and standing:
        raise Conflict(f"{order.client_order_id} buys, and only sells go: {standing[0].cause}")


def _sending_run(transaction: Transaction, run_id: str) -> tuple[Run, str]:
    run = runs.find(transaction.connection, run_id)
    if run is None or run.plan_hash is None or run.state not in SENDING_STATES:
        raise Conflict(f"{run_id} is {'unknown' if run is None else run.state}: nothing may leave")
    return run, run.plan_hash


def _approval_ids(
    transaction: Transaction, run: Run, plan_hash: str, sides: Iterable[Side]
) -> dict[Side, int]:
    """Return the approval that each side leaves on the strength of."""
    if plans.recomputed_hash(transaction.connection, plan_hash) != plan_hash:
        raise Conflict(f"the rows of plan {plan_hash} are not what was approved")
    found = {}
    for side in sides:
        approval_id = approvals.valid_approval_id(transaction, run.run_id, plan_hash, side)
        if approval_id is None:
            raise Conflict(f"no valid approval of {plan_hash} to {side.lower()}")
        found[side] = approval_id
    return found


def _require_time(run: Run, guard: SubmitGuard) -> None:
    if not run.session_date == guard.session_date == guard.now.astimezone(SHANGHAI).date():
        raise Conflict(f"{run.run_id} is for {run.session_date}, and it is {guard.now}")
    if guard.now >= guard.cut_off:
        raise Conflict(f"{guard.now} is past the cut-off {guard.cut_off}")


def _require_budget(transaction: Transaction, guard: SubmitGuard, wanted: int) -> None:
    used = sum(wires.message_counts(transaction.connection, guard.session_date))
    if used + wanted > guard.messages_max:
        raise Conflict(f"{used} of {guard.messages_max} messages are used, {wanted} more wanted")


def _require_sendable(
    transaction: Transaction,
    order: Order,
    guard: SubmitGuard,
    plan_hash: str,
) -> None:
    connection, name = transaction.connection, order.client_order_id
    _require_may_buy(transaction, order)
    sendable = SENDABLE if guard.resend is None else (SendState.ABSENT_WAIT,)
    if order.state is not OrderState.NEW or order.send_state not in sendable:
        raise Conflict(f"{name} is {order.state} and {order.send_state}")
    if order.want_cancel is not None:
        raise Conflict(f"{name} is to be cancelled: {order.want_cancel}")
    if order.session_date != guard.session_date:
        raise Conflict(f"{name} is for {order.session_date}")
    if trouble.has_break(connection, str(order.symbol)):
        raise Conflict(f"{name}: a break locks {order.symbol}")
    if manual.is_locked_by_manual(connection, str(order.symbol)):
        raise Conflict(f"{name}: an order on the manual list locks {order.symbol}")
    lines.require_inside(connection, order, lines.envelope_of(connection, order, plan_hash))


def _require_fresh(transaction: Transaction, run: Run, order: Order) -> None:
    name = order.client_order_id
    if order.state is not OrderState.NEW or order.send_state is not SendState.PLANNED:
        raise Contradiction(f"{name} is born {order.state} and {order.send_state}")
    if order.account != transaction.stamp.account or order.session_date != run.session_date:
        raise Contradiction(f"{name} is for {order.account} on {order.session_date}")
    if orders.exists(transaction.connection, order):
        raise Contradiction(f"{name} exists already, as an id or as this leg of its slice")
