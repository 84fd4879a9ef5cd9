"""What a person's choice about a manual item does, in the transaction that records it."""

from dataclasses import dataclass, replace

from statemachine.order import Initiator
from statemachine.run import RunState
from storage import adoptions, doubt, journal, manual, orders, runs
from storage.errors import Conflict
from storage.manual import Choice
from storage.records import ManualItem
from storage.transaction import Transaction

FIRST_WORD = """
SELECT actor FROM events WHERE subject_kind = 'MANUAL' AND subject = ? AND cause = ?
"""

CHILD = "SELECT 1 FROM runs WHERE parent_run_id = ?"

RESOLVED, LEFT, CONFIRMED_ONCE = "RESOLVED", "LEFT", "CONFIRMED_ONCE"
CANCEL_AT_TERMINAL = "CANCEL_AT_TERMINAL"
# Until these end, the residual plan of the run is still to be made.
CARRYING = (RunState.SUBMITTING, RunState.WORKING, RunState.RECONCILING)


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said about an item."""

    choice: str
    actor: str
    reason: str
    evidence: str


def resolve(transaction: Transaction, item_id: int, word: Word) -> ManualItem:
    """Record a person's choice and do what it means; Conflict where it cannot be.

    CONFIRM_ABSENT takes two persons, each with a reason and evidence: after the first the item
    stays open. LEAVE keeps it open as well, and CANCEL_DUPLICATE until a reconcile sees the
    duplicate gone. ADOPT_ORDER takes the broker's order that the evidence names.
    """
    item = manual.require(transaction.connection, item_id)
    if item.resolution is not None:
        raise Conflict(
            f"item {item_id} was resolved as {item.resolution}",
            f"第 {item_id} 项已处理为 {item.resolution}",
        )
    if word.choice not in item.choices:
        raise Conflict(
            f"item {item_id} offers {', '.join(item.choices)}, not {word.choice}",
            f"第 {item_id} 项可选 {', '.join(item.choices)}，不能选 {word.choice}",
        )
    cause = _cause(transaction, item, word)
    if cause == RESOLVED:
        manual.close(transaction, item_id, word.choice, word.actor)
    journal.append(transaction, replace(_happening(item, word), cause=cause))
    if word.choice == Choice.WRITE_OFF:
        _write_off(transaction, item, word)
    elif word.choice == Choice.ADOPT_ORDER:
        _adopt_order(transaction, item, word)
    return manual.require(transaction.connection, item_id)


def _cause(transaction: Transaction, item: ManualItem, word: Word) -> str:
    """Return what the word is to the item, after checking that it may be said."""
    match word.choice:
        case Choice.LEAVE:
            return LEFT
        case Choice.CANCEL_DUPLICATE:
            return CANCEL_AT_TERMINAL
        case Choice.CONFIRM_ABSENT:
            return RESOLVED if _is_second_word(transaction, item, word) else CONFIRMED_ONCE
        case Choice.RETRY:
            _require_carried(transaction, item)
        case Choice.WRITE_OFF if not word.reason:
            raise Conflict(f"{word.choice} needs a reason", f"{word.choice} 须填写理由")
        case Choice.ADOPT_ORDER if not word.evidence:
            raise Conflict(
                f"{word.choice} needs the broker's number of the order as evidence",
                f"{word.choice} 须以券商的委托编号为证据",
            )
    return RESOLVED


def _is_second_word(transaction: Transaction, item: ManualItem, word: Word) -> bool:
    """Whether another person said so before; Conflict where the same one says it twice."""
    if not (word.reason and word.evidence):
        raise Conflict(
            f"{word.choice} needs a reason and evidence", f"{word.choice} 须填写理由和证据"
        )
    rows = transaction.connection.execute(FIRST_WORD, (str(item.item_id), CONFIRMED_ONCE))
    earlier = [row["actor"] for row in rows]
    if word.actor in earlier:
        raise Conflict(
            f"{word.actor} confirmed item {item.item_id} before: it takes two persons",
            f"{word.actor} 已确认过第 {item.item_id} 项：须由两人分别确认",
        )
    return bool(earlier)


def _require_carried(transaction: Transaction, item: ManualItem) -> None:
    """What is left goes into the residual plan as long as that is to be made (rule 29)."""
    run = None if item.run_id is None else runs.find(transaction.connection, item.run_id)
    if run is None or run.parent_run_id is not None or run.state not in CARRYING:
        raise Conflict(
            f"{item.run_id} has no residual plan ahead: the next portfolio decides",
            f"{item.run_id} 不会再有余量计划：由下一个组合决定",
        )
    if transaction.connection.execute(CHILD, (run.run_id,)).fetchone() is not None:
        raise Conflict(
            f"the residual plan of {run.run_id} is made already", f"{run.run_id} 的余量计划已经生成"
        )


def _write_off(transaction: Transaction, item: ManualItem, word: Word) -> None:
    """End what may still be at the venue; what never was there has ended before."""
    if item.client_order_id is None:
        return
    order = orders.require(transaction.connection, item.client_order_id)
    if order.is_live or order.is_unresolved:
        orders.write_off(transaction, order, f"{word.actor}: {word.reason}")
        doubt.clear(transaction)


def _adopt_order(transaction: Transaction, item: ManualItem, word: Word) -> None:
    order = orders.require(transaction.connection, item.client_order_id or "")
    adoptions.adopt(transaction, order, word.evidence, word.actor)
    doubt.clear(transaction)


def _happening(item: ManualItem, word: Word) -> journal.Happening:
    return journal.Happening(
        journal.Subject.MANUAL,
        str(item.item_id),
        RESOLVED,
        run_id=item.run_id,
        initiator=Initiator.OPERATOR,
        actor=word.actor,
        detail={
            "choice": word.choice,
            "client_order_id": item.client_order_id,
            "reason": word.reason,
            "evidence": word.evidence,
        },
    )
