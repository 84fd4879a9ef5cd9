"""The outbox: an alert is written with what it is about, sent at least once, and told once.

Writing comes before and after a send: a process that dies between the two repeats the send.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from statemachine.alert_texts import Incident, alert_text
from statemachine.canonical import utc_text
from statemachine.order import Initiator
from storage import alerts, journal
from storage.alerts import Alert, DeliveryState
from storage.errors import Conflict
from storage.transaction import Transaction

INSERT = """
INSERT INTO outbox (cause, severity, code, text_zh, text_en, run_id, ts_code, item_id, halt_id,
  created_at, created_utc, closed_at)
VALUES (:cause, :severity, :code, :text_zh, :text_en, :run_id, :ts_code, :item_id, :halt_id,
  :created_at, :created_utc, :closed_at)
"""

CLOSE_WHAT_NOTHING_HOLDS_OPEN = """
UPDATE outbox SET closed_at = ? WHERE alert_id = ? AND closed_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM manual WHERE manual.item_id = outbox.item_id
    AND resolution IS NULL)
  AND NOT EXISTS (SELECT 1 FROM halts WHERE halts.halt_id = outbox.halt_id AND lifted_at IS NULL)
"""

BEGIN = """
INSERT INTO outbox_delivery (alert_id, channel, state, tries, answer)
VALUES (?, ?, 'SENDING', 1, '')
ON CONFLICT (alert_id, channel) DO UPDATE SET state = 'SENDING', tries = tries + 1
"""

END = """
UPDATE outbox_delivery
SET state = :state, next_try_utc = :next_try_utc, answer = :answer,
  delivered_utc = IFNULL(:delivered_utc, delivered_utc)
WHERE alert_id = :alert_id AND channel = :channel
"""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a channel said to a send; `is_believed` where its yes means that somebody can read it.

    `next_try_utc` is machine time, None after a delivery.
    """

    state: DeliveryState
    answer: str
    next_try_utc: datetime | None = None
    is_believed: bool = True


def tell(
    transaction: Transaction, cause: str, incident: Incident, *, halt_id: int | None = None
) -> None:
    """Write an alert about a halt that was stood, or an item that was listed, in this transaction.

    It is open until that ends.
    """
    _insert(transaction, cause, incident, halt_id=halt_id, closed_at=None)


def announce(transaction: Transaction, cause: str, incident: Incident) -> bool:
    """Write an alert about nothing that stands, such as good news; False where it was told ever."""
    told = transaction.connection.execute("SELECT 1 FROM outbox WHERE cause = ?", (cause,))
    if told.fetchone() is not None:
        return False
    alert_id = _insert(
        transaction, cause, incident, halt_id=None, closed_at=utc_text(transaction.now)
    )
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.ALERT, str(alert_id), incident.code, run_id=incident.run_id
        ),
    )
    return True


def acknowledge(transaction: Transaction, alert_ids: Sequence[int] | None, actor: str) -> int:
    """Record that a person has seen these alerts, or every open one; returns how many were new.

    Conflict for an alert that is not there, or that nothing more can be said about.
    """
    connection = transaction.connection
    if alert_ids is None:
        found = alerts.listed(connection, newest_max=None)
        wanted = [alert for alert in found if alert.is_unanswered]
    else:
        wanted = [_require_unanswered(transaction, alert_id) for alert_id in alert_ids]
    for alert in wanted:
        _acknowledge(transaction, alert, actor)
    return len(wanted)


def begin_delivery(
    transaction: Transaction, channel: str, alert_ids: Sequence[int], *, escalates: bool
) -> None:
    """Write down that these alerts leave for a channel now, together in one message."""
    connection = transaction.connection
    connection.executemany(BEGIN, [(alert_id, channel) for alert_id in alert_ids])
    if escalates:
        connection.executemany(
            "UPDATE outbox SET escalated_utc = IFNULL(escalated_utc, ?) WHERE alert_id = ?",
            [(utc_text(transaction.utc_now), alert_id) for alert_id in alert_ids],
        )


def end_delivery(
    transaction: Transaction, channel: str, alert_ids: Sequence[int], ending: Ending
) -> None:
    """Write down what the channel answered."""
    now = utc_text(transaction.utc_now)
    is_delivered = ending.state is DeliveryState.DELIVERED
    row = {
        "channel": channel,
        "state": ending.state,
        "next_try_utc": None if ending.next_try_utc is None else utc_text(ending.next_try_utc),
        "answer": ending.answer,
        "delivered_utc": now if is_delivered else None,
    }
    connection = transaction.connection
    connection.executemany(END, [row | {"alert_id": alert_id} for alert_id in alert_ids])
    if is_delivered and ending.is_believed:
        connection.executemany(
            "UPDATE outbox SET delivered_utc = IFNULL(delivered_utc, ?) WHERE alert_id = ?",
            [(now, alert_id) for alert_id in alert_ids],
        )


def _insert(
    transaction: Transaction,
    cause: str,
    incident: Incident,
    *,
    halt_id: int | None,
    closed_at: str | None,
) -> int | None:
    text = alert_text(incident)
    row = {
        "cause": cause,
        "severity": incident.severity,
        "code": incident.code,
        "text_zh": text.chinese,
        "text_en": text.english,
        "run_id": incident.run_id,
        "ts_code": None if incident.symbol is None else str(incident.symbol),
        "item_id": incident.item_id,
        "halt_id": halt_id,
        "created_at": utc_text(transaction.now),
        "created_utc": utc_text(transaction.utc_now),
        "closed_at": closed_at,
    }
    return transaction.connection.execute(INSERT, row).lastrowid


def _require_unanswered(transaction: Transaction, alert_id: int) -> Alert:
    found = alerts.find(transaction.connection, alert_id)
    if found is None:
        raise Conflict(f"there is no alert {alert_id}", f"没有告警 {alert_id}")
    if found.acknowledged_by is not None:
        raise Conflict(
            f"alert {alert_id} was acknowledged by {found.acknowledged_by}",
            f"告警 {alert_id} 已由 {found.acknowledged_by} 确认",
        )
    if found.closed_at is not None:
        raise Conflict(f"alert {alert_id} is over", f"告警 {alert_id} 已结束")
    return found


def _acknowledge(transaction: Transaction, alert: Alert, actor: str) -> None:
    now = utc_text(transaction.now)
    transaction.connection.execute(
        "UPDATE outbox SET acknowledged_at = ?, acknowledged_by = ? WHERE alert_id = ?",
        (now, actor, alert.alert_id),
    )
    transaction.connection.execute(CLOSE_WHAT_NOTHING_HOLDS_OPEN, (now, alert.alert_id))
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.ALERT,
            str(alert.alert_id),
            "ACKNOWLEDGED",
            run_id=alert.run_id,
            initiator=Initiator.OPERATOR,
            actor=actor,
            detail={"cause": alert.cause},
        ),
    )
