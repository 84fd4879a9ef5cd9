"""Alerts as they were written and as they were delivered: the records, and how they are read."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from market.symbol import Symbol
from statemachine.canonical import utc_text
from statemachine.severity import Severity
from storage.rows import moment_of, optional_moment, symbol_of

# What ended by itself longer ago is history: nobody is told of it any more.
TOLD_WITHIN = timedelta(hours=24)

TO_DELIVER = """
SELECT * FROM outbox
WHERE acknowledged_at IS NULL AND (closed_at IS NULL OR created_utc > ?) ORDER BY alert_id
"""

OPEN = "SELECT * FROM outbox WHERE closed_at IS NULL ORDER BY alert_id"
NEWEST = "SELECT * FROM outbox ORDER BY alert_id DESC LIMIT ?"
ONE = "SELECT * FROM outbox WHERE alert_id = ?"
DELIVERIES = "SELECT * FROM outbox_delivery WHERE alert_id = ? ORDER BY channel"


class DeliveryState(StrEnum):
    """Where an alert stands on one channel; SENDING that nobody sends is a send to repeat."""

    SENDING = "SENDING"
    DELIVERED = "DELIVERED"
    WAITING = "WAITING"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert on one channel; times are machine time, `answer` the channel's last words."""

    channel: str
    state: DeliveryState
    tries: int
    next_try_utc: datetime | None
    delivered_utc: datetime | None
    answer: str


@dataclass(frozen=True, slots=True)
class Alert:
    """What a person is told, and whether one has seen it.

    `created_at`, `closed_at` and `acknowledged_at` are market time, `*_utc` machine time.
    `closed_at` is when its cause ended; `delivered_utc` when a channel that is believed took it.
    """

    alert_id: int
    cause: str
    severity: Severity
    code: str
    text_zh: str
    text_en: str
    run_id: str | None
    symbol: Symbol | None
    item_id: int | None
    halt_id: int | None
    created_at: datetime
    created_utc: datetime
    closed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    delivered_utc: datetime | None
    escalated_utc: datetime | None
    deliveries: tuple[Delivery, ...] = ()

    @property
    def is_unanswered(self) -> bool:
        """Whether its cause stands and nobody said to have seen it."""
        return self.closed_at is None and self.acknowledged_at is None

    def on(self, channel: str) -> Delivery | None:
        """Return where it stands on a channel; None where it was never sent there."""
        return next((found for found in self.deliveries if found.channel == channel), None)


def to_deliver(connection: sqlite3.Connection, now_utc: datetime) -> tuple[Alert, ...]:
    """Return what nobody has acknowledged, oldest first, without what ended long ago."""
    rows = connection.execute(TO_DELIVER, (utc_text(now_utc - TOLD_WITHIN),)).fetchall()
    return tuple(_alert(connection, row) for row in rows)


def listed(connection: sqlite3.Connection, *, newest_max: int | None) -> tuple[Alert, ...]:
    """Return the open alerts, oldest first; with `newest_max` the newest ones, newest first."""
    if newest_max is None:
        rows = connection.execute(OPEN).fetchall()
    else:
        rows = connection.execute(NEWEST, (newest_max,)).fetchall()
    return tuple(_alert(connection, row) for row in rows)


def find(connection: sqlite3.Connection, alert_id: int) -> Alert | None:
    """Return one alert."""
    row = connection.execute(ONE, (alert_id,)).fetchone()
    return None if row is None else _alert(connection, row)


def _alert(connection: sqlite3.Connection, row: sqlite3.Row) -> Alert:
    deliveries = connection.execute(DELIVERIES, (row["alert_id"],))
    return Alert(
        alert_id=row["alert_id"],
        cause=row["cause"],
        severity=Severity(row["severity"]),
        code=row["code"],
        text_zh=row["text_zh"],
        text_en=row["text_en"],
        run_id=row["run_id"],
        symbol=None if row["ts_code"] is None else symbol_of(row["ts_code"]),
        item_id=row["item_id"],
        halt_id=row["halt_id"],
        created_at=moment_of(row["created_at"]),
        created_utc=moment_of(row["created_utc"]),
        closed_at=optional_moment(row["closed_at"]),
        acknowledged_at=optional_moment(row["acknowledged_at"]),
        acknowledged_by=row["acknowledged_by"],
        delivered_utc=optional_moment(row["delivered_utc"]),
        escalated_utc=optional_moment(row["escalated_utc"]),
        deliveries=tuple(_delivery(found) for found in deliveries),
    )


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        channel=row["channel"],
        state=DeliveryState(row["state"]),
        tries=row["tries"],
        next_try_utc=optional_moment(row["next_try_utc"]),
        delivered_utc=optional_moment(row["delivered_utc"]),
        answer=row["answer"],
    )
