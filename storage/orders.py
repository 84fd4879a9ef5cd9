"""Orders: the only writer of their rows, and the only caller of the order machine."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from market.money import decimal_text
from market.phases import market_time
from statemachine import own_moves
from statemachine.canonical import Canonical
from statemachine.events import OrderReport
from statemachine.order import Initiator, Order, OrderState, SendState
from statemachine.order_machine import IllegalMove, Step
from statemachine.reasons import Reason
from statemachine.severity import Severity
from statemachine.venue_path import HoldCause, Settlement, settle
from storage import documents, doubt, fills, journal, order_rows, trouble
from storage.errors import Conflict
from storage.evidence import keep_evidence
from storage.manual import OF_A_FAILURE, OF_DOUBT, is_adopted
from storage.manual import add as add_manual
from storage.order_rows import order_of, row_of
from storage.records import ManualItem
from storage.rows import PlainValue
from storage.transaction import Transaction

FINDABLE = """
SELECT * FROM orders
WHERE state NOT IN ('FILLED', 'CANCELLED', 'REJECTED') AND send_state <> 'NEVER_SENT'
ORDER BY sequence
"""

SAME = """
SELECT 1 FROM orders
WHERE client_order_id = :client_order_id
  OR (run_id = :run_id AND ts_code = :ts_code AND side = :side AND slice = :slice AND leg = :leg)
"""

AT_VENUE = "SELECT client_order_id FROM orders WHERE session_date = ? AND venue_order_id = ?"

NOT_LEFT = (SendState.PLANNED, SendState.NOT_SENT)
DOUBTFUL = (SendState.UNKNOWN, SendState.ABSENT_WAIT, SendState.MANUAL)
# What was sent again waits for the venue or for a person; it never goes back.
DOUBTS_LEFT = {SendState.RESENT_ONCE: (SendState.MANUAL,)}
NOT_SHOWN, NEVER_LEFT = "not shown", "never sent"
# Where an event of an order holds what the venue told of it.
REPORT = "report"
SELF_CLEARING = (HoldCause.FILLS_PENDING, HoldCause.STATUS_UNKNOWN)


@dataclass(frozen=True, slots=True)
class Why:
    """What goes into the journal beside a change of an order.

    `cause` and `initiator` serve where no move was made; a move brings its own. `report` is what
    the venue told that made the change: with it the change can be made again from the journal.
    """

    cause: str
    initiator: Initiator = Initiator.US
    evidence_sha256: str | None = None
    detail: Mapping[str, Canonical] | None = None
    report: OrderReport | None = None


def insert(transaction: Transaction, order: Order) -> None:
    """Write a new order; its event holds every column, so that the events alone replay it."""
    row = row_of(order)
    cursor = transaction.connection.execute(order_rows.INSERT, row)
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.ORDER,
            order.client_order_id,
            "CREATED",
            run_id=order.run_id,
            target=order.state,
            detail={"set": {"sequence": cursor.lastrowid, **row}},
        ),
    )


def save(
    transaction: Transaction,
    before: Order,
    after: Order,
    steps: Sequence[Step],
    why: Why,
) -> Order:
    """Write what changed: one event a move, or one event where only facts changed.

    The last event of several holds the facts. An order that did not change writes nothing.
    """
    if after == before:
        return after
    row, row_before = row_of(after), row_of(before)
    transaction.connection.execute(order_rows.UPDATE, row)
    changes = {name: value for name, value in row.items() if value != row_before[name]}
    told = _told(why)
    if not steps:
        journal.append(transaction, _note(after, changes, told))
        return after
    for step in steps[:-1]:
        journal.append(transaction, _move(after, step, {}, why))
    journal.append(transaction, _move(after, steps[-1], changes, told))
    return after


def bring_up_to_date(
    transaction: Transaction,
    order: Order,
    report: OrderReport | None,
    why: Why,
) -> Settlement:
    """Settle an order with a report and its stored fills, write it, and raise what it asks for."""
    total = fills.sum_of(transaction.connection, order.client_order_id)
    settlement = settle(
        order,
        report,
        filled_quantity=total.quantity,
        filled_amount=total.amount,
        at=transaction.now,
    )
    if settlement.hold is HoldCause.DUPLICATE_AT_BROKER and _is_over(transaction, order, report):
        settlement = replace(settlement, hold=None)
    save_settlement(transaction, order, settlement, why)
    return settlement


def save_settlement(
    transaction: Transaction,
    before: Order,
    settlement: Settlement,
    why: Why,
) -> None:
    """Write a settlement; a hold that does not clear itself becomes a HALT."""
    save(transaction, before, settlement.order, settlement.steps, why)
    if settlement.hold is not None and settlement.hold not in SELF_CLEARING:
        trouble.halt(transaction, "HALT", _halt_cause(settlement.hold, before), actor="daemon")


def _halt_cause(hold: HoldCause, order: Order) -> str:
    return f"{hold} {order.client_order_id}"


def _is_over(transaction: Transaction, order: Order, report: OrderReport | None) -> bool:
    """Whether a duplicate is gone without a fill and somebody resumed after being told of it."""
    if report is None or not report.came_to_nothing:
        return False
    cause = _halt_cause(HoldCause.DUPLICATE_AT_BROKER, order)
    return trouble.was_lifted(transaction.connection, "HALT", cause)


def want_cancel(transaction: Transaction, client_order_id: str, cause: str) -> Order:
    """Ask for a cancel; an order that ended, or waits for one already, is left as it is.

    Conflict for one that a cancel by its id does not reach.
    """
    order = require(transaction.connection, client_order_id)
    require_cancelable(transaction.connection, order)
    after, steps = own_moves.ask_cancel(order, cause, transaction.now)
    return save(transaction, order, after, steps, Why("CANCEL_WANTED"))


def never_send(
    transaction: Transaction,
    client_order_ids: Sequence[str],
    reason: Reason,
    *,
    manual: bool,
) -> None:
    """Give up orders that provably never left; `reject_code` says which reason of ours it was.

    Conflict for an order that may have left.
    """
    for client_order_id in client_order_ids:
        order = require(transaction.connection, client_order_id)
        if order.state is not OrderState.NEW or order.send_state not in NOT_LEFT:
            raise Conflict(f"{client_order_id} is {order.state} and {order.send_state}")
        given_up = replace(order, send_state=SendState.NEVER_SENT, reject_code=reason.value)
        save(transaction, order, given_up, (), Why(reason.value))
        if manual:
            add_manual(transaction, _manual_item(transaction, order, reason))


def set_unresolved(
    transaction: Transaction,
    client_order_id: str,
    send_state: SendState,
    cause: str,
) -> Order:
    """Move an unknown order among UNKNOWN, ABSENT_WAIT and MANUAL; MANUAL also lists it.

    Conflict for any other state: what the venue has shown is no longer in doubt.
    """
    order = require(transaction.connection, client_order_id)
    if order.send_state is send_state:
        return order
    sources = (*DOUBTFUL, *DOUBTS_LEFT)
    doubtful = order.state is OrderState.NEW and order.send_state in sources
    if not doubtful or send_state not in DOUBTS_LEFT.get(order.send_state, DOUBTFUL):
        raise Conflict(f"{client_order_id} goes not from {order.send_state} to {send_state}")
    if send_state is SendState.MANUAL:
        item = _manual_item(transaction, order, Reason.SEND_UNKNOWN)
        add_manual(transaction, item, Severity.P0)
    moved = save(transaction, order, replace(order, send_state=send_state), (), Why(cause))
    doubt.clear(transaction)
    return moved


def close_absent(transaction: Transaction, client_order_id: str, evidence: bytes) -> Order:
    """End an unknown order that the day's final list does not show (A8 row 15).

    Conflict before the close of its session, and for an order the venue has shown.
    """
    order = require(transaction.connection, client_order_id)
    if transaction.now < market_time(order.session_date, "15:00:00"):
        raise Conflict(f"the session of {client_order_id} is not over")
    if order.venue_order_id is not None:
        raise Conflict(f"the venue has shown {client_order_id} as {order.venue_order_id}")
    key = keep_evidence(transaction, evidence)
    try:
        after, steps = own_moves.close_absent(order, transaction.now, key)
    except IllegalMove as illegal:
        raise Conflict(str(illegal)) from illegal
    ended = save(transaction, order, after, steps, Why("NO_RECORD", evidence_sha256=key))
    doubt.clear(transaction)
    return ended


def write_off(transaction: Transaction, order: Order, why: str) -> Order:
    """End an order that a person gives up as it is known here; later fills are breaks.

    Conflict before the close of its session: until then it may still trade.
    """
    if transaction.now < market_time(order.session_date, "15:00:00"):
        raise Conflict(f"the session of {order.client_order_id} is not over: it may still trade")
    after, steps = own_moves.write_off(order, transaction.now, why)
    return save(transaction, order, after, steps, Why("WRITTEN_OFF", Initiator.OPERATOR))


def require(connection: sqlite3.Connection, client_order_id: str) -> Order:
    """Return an order that must exist; Conflict where it does not."""
    order = find(connection, client_order_id)
    if order is None:
        raise Conflict(f"there is no order {client_order_id}")
    return order


def find(connection: sqlite3.Connection, client_order_id: str) -> Order | None:
    """Return one order."""
    row = connection.execute(
        "SELECT * FROM orders WHERE client_order_id = ?",
        (client_order_id,),
    ).fetchone()
    return None if row is None else order_of(row)


def require_cancelable(connection: sqlite3.Connection, order: Order) -> None:
    """Raise Conflict for an adopted order: the contract cancels by our id, which it lacks."""
    if is_adopted(connection, order.client_order_id):
        raise Conflict(f"cancel {order.venue_order_id} at the terminal: it carries no id of ours")


def name_at_venue(
    connection: sqlite3.Connection, session_date: date, venue_order_id: str
) -> str | None:
    """Return which order of ours the venue knows by this number of that session."""
    row = connection.execute(AT_VENUE, (session_date.isoformat(), venue_order_id)).fetchone()
    return None if row is None else str(row["client_order_id"])


def exists(connection: sqlite3.Connection, order: Order) -> bool:
    """Whether the id, or the same leg of the same slice, is there already."""
    row = connection.execute(SAME, row_of(order)).fetchone()
    return row is not None


def find_of_run(connection: sqlite3.Connection, run_id: str) -> tuple[Order, ...]:
    """Return all orders of a run, in creation order."""
    rows = connection.execute("SELECT * FROM orders WHERE run_id = ? ORDER BY sequence", (run_id,))
    return tuple(order_of(row) for row in rows)


def find_open(connection: sqlite3.Connection) -> tuple[Order, ...]:
    """Return every order that has not ended and was not given up."""
    return tuple(order_of(row) for row in connection.execute(FINDABLE))


def _manual_item(transaction: Transaction, order: Order, reason: Reason) -> ManualItem:
    doubtful = reason is Reason.SEND_UNKNOWN
    asked = f"{order.side} {order.quantity} {order.symbol} at {decimal_text(order.limit_price)}"
    return ManualItem(
        item_id=0,
        run_id=order.run_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        reason=reason,
        detail=asked,
        choices=OF_DOUBT if doubtful else OF_A_FAILURE,
        created_at=transaction.now,
        ours=asked,
        theirs=NOT_SHOWN if doubtful else NEVER_LEFT,
    )


def _told(why: Why) -> Why:
    """Return it with the venue's report among the facts of the event."""
    if why.report is None:
        return why
    report: Canonical = documents.report().dump_python(why.report, mode="json")
    return replace(why, detail={**(why.detail or {}), REPORT: report})


def _note(order: Order, changes: Mapping[str, PlainValue], why: Why) -> journal.Happening:
    return journal.Happening(
        journal.Subject.ORDER,
        order.client_order_id,
        why.cause,
        run_id=order.run_id,
        initiator=why.initiator,
        evidence_sha256=why.evidence_sha256,
        detail={"set": changes, **(why.detail or {})},
    )


def _move(
    order: Order,
    step: Step,
    changes: Mapping[str, PlainValue],
    why: Why,
) -> journal.Happening:
    moved: dict[str, PlainValue] = {"state": step.target, "filled_quantity": step.filled_quantity}
    return journal.Happening(
        journal.Subject.ORDER,
        order.client_order_id,
        step.cause,
        run_id=order.run_id,
        source=step.source,
        target=step.target,
        initiator=step.initiator,
        inferred=step.inferred,
        evidence_sha256=why.evidence_sha256,
        detail={"set": {**changes, **moved}, "text": step.text, **(why.detail or {})},
    )
