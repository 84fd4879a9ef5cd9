"""Makes the book of a run again: what the broker told goes through the very functions that took it.

Our own acts are taken from the journal as they are; answers, reports and fills are applied anew, on
an empty database, and everything they change is compared with what was written then.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from statemachine.events import OrderReport
from statemachine.fill import Fill
from statemachine.order import Order
from statemachine.order_machine import IllegalMove
from storage import documents, fills, news, orders, wires
from storage.database import empty_database
from storage.doubt import RECOVERED
from storage.errors import StoreError
from storage.fills import ADOPTED
from storage.orders import REPORT
from storage.records import ClosedSend, SendOutcome
from storage.rows import moment_of
from storage.run_record import Row, RunRecord, insert_row
from storage.transaction import Stamp, Transaction

# One transaction wrote its events with the same readings of every clock.
READINGS = ("epoch", "boot_id", "monotonic_ns", "recorded_utc", "market_time")
TOLD = (
    "subject_kind",
    "subject",
    "run_id",
    "source",
    "target",
    "cause",
    "initiator",
    "actor",
    "inferred",
    "evidence_sha256",
)
OF_THE_BOOK = frozenset({"ORDER", "FILL", "WIRE"})
ANSWERED = {"SUBMIT_CLOSED": "SUBMIT", "CANCEL_CLOSED": "CANCEL"}
OPENED = {"SUBMIT_OPENED": "SUBMIT", "CANCEL_OPENED": "CANCEL"}
# What is only known once a row was answered.
ANSWER = (
    "closed_at",
    "bytes_started",
    "outcome",
    "code",
    "message",
    "systemic",
    "evidence_sha256",
)
# The number of a row counts what other runs wrote, too.
NUMBERING = "sequence"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two records differ: file, row and field; None where one of them has no such row."""

    file: str
    row: str
    field: str
    recorded: str | None
    replayed: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the journal that concerns the book."""

    row: Mapping[str, Any]
    detail: Mapping[str, Any]

    @property
    def sequence(self) -> int:
        """Its place in the journal."""
        return int(self.row["sequence"])

    def told(self) -> dict[str, Any]:
        """Return what must come out again, by field."""
        detail = {f"detail.{name}": value for name, value in self.detail.items()}
        detail.pop(f"detail.{NUMBERING}", None)
        changes = detail.pop("detail.set", {})
        facts = {f"set.{name}": value for name, value in changes.items() if name != NUMBERING}
        return {**{name: self.row[name] for name in TOLD}, **detail, **facts}


@contextmanager
def reapplied(record: RunRecord) -> Iterator["Reapplied"]:
    """Yield the book of a run, empty at first."""
    with empty_database() as connection:
        for table in ("evidence", "input_blob"):
            for row in record.rows[table]:
                content = record.blobs[table][str(row["sha256"])]
                insert_row(connection, table, {**row, "content": content})
        yield Reapplied(record, connection)


class Reapplied:
    """The book of a run as it grows, event by event; made by `reapplied`."""

    def __init__(self, record: RunRecord, connection: sqlite3.Connection) -> None:
        self._record = record
        self._connection = connection
        stamp = record.rows["stamp"][0]
        self._stamp = Stamp(str(stamp["mode"]), str(stamp["endpoint"]), str(stamp["account"]))
        self._groups = [tuple(group) for _, group in groupby(events_of(record), key=_readings_of)]
        self._next = 0

    def advance(self, sequence: int) -> Iterator[Difference]:
        """Apply all that was written up to an event; yield where it comes out otherwise."""
        while self._next < len(self._groups) and self._groups[self._next][0].sequence <= sequence:
            group = self._groups[self._next]
            self._next += 1
            yield from self._apply(group)

    @property
    def applied(self) -> int:
        """How many events were applied so far."""
        return sum(len(group) for group in self._groups[: self._next])

    def orders(self) -> tuple[Order, ...]:
        """Return the orders as they are now, in creation order."""
        return orders.find_of_run(self._connection, self._record.run_id)

    def fills(self) -> tuple[Fill, ...]:
        """Return the fills so far, by time."""
        return fills.find_of_run(self._connection, self._record.run_id)

    def finish(self) -> Iterator[Difference]:
        """Apply what is left, then compare every row of orders and fills with the recorded one."""
        yield from self.advance(self._record.last)
        for table, key in (("orders", "client_order_id"), ("fills", "fill_id")):
            query = f"SELECT * FROM {table} ORDER BY sequence"  # noqa: S608 - names of our own
            found = self._connection.execute(query)
            made = [dict(row) for row in found]
            yield from _rows_differ(table, key, self._record.rows[table], made)

    def _apply(self, group: Sequence[Event]) -> Iterator[Difference]:
        self._open_rows(group)
        if not is_told_by_the_broker(group):
            self._take_over_all(group)
            return
        with_clock = self._transaction(group[0])
        before = self._written()
        self._connection.execute("BEGIN")
        try:
            self._tell(with_clock, group)
        except (StoreError, IllegalMove) as error:
            self._connection.execute("ROLLBACK")
            yield Difference(
                "events", f"event {group[0].sequence}", "", cause_of(group), str(error)
            )
            self._take_over_all(group)
            return
        self._connection.execute("COMMIT")
        made = [event for event in self._events_after(before) if _is_of_the_book(event.row)]
        yield from _events_differ(group, made)

    def _tell(self, transaction: Transaction, group: Sequence[Event]) -> None:
        """Give the store what the broker said, as the daemon gave it."""
        closed = [event for event in group if event.row["cause"] in ANSWERED]
        reports = [report for event in group if (report := report_of(event)) is not None]
        if closed and closed[0].detail["code"] == RECOVERED:
            wires.recover_open(transaction)
        elif closed and closed[0].row["cause"] == "CANCEL_CLOSED":
            self._tell_cancel(transaction, closed[0])
        elif closed:
            by_name = {report.client_order_id: report for report in reports}
            sends = [_send_of(event, by_name.get(event.row["subject"])) for event in closed]
            wires.close_submits(transaction, sends, self._evidence(closed[0]))
        else:
            new = [
                fills.fill_of(event.detail)
                for event in group
                if event.row["subject_kind"] == "FILL"
            ]
            news.apply_news(transaction, reports, new, (), {})

    def _tell_cancel(self, transaction: Transaction, event: Event) -> None:
        outcome, code = SendOutcome(event.detail["outcome"]), event.detail["code"]
        evidence = self._evidence(event)
        wires.close_cancel(transaction, event.detail["wire"], outcome, code, evidence)

    def _evidence(self, event: Event) -> bytes:
        return self._record.blobs["evidence"][event.row["evidence_sha256"]]

    def _open_rows(self, group: Sequence[Event]) -> None:
        """Lay in the rows of the write-ahead log that these events opened, not yet answered."""
        for event in group:
            kind = OPENED.get(event.row["cause"])
            if kind is None or event.row["subject_kind"] not in ("ORDER", "WIRE"):
                continue
            attempt = (event.row["subject"], kind, event.detail["try"])
            for row in self._record.rows["wire"]:
                if (row["client_order_id"], row["kind"], row["try"]) == attempt:
                    insert_row(self._connection, "wire", {**row, **dict.fromkeys(ANSWER)})

    def _take_over_all(self, group: Sequence[Event]) -> None:
        for event in group:
            self._take_over(event)

    def _take_over(self, event: Event) -> None:
        """Write down an act of ours, or of a person, as it was."""
        kind = event.row["subject_kind"]
        if kind == "ORDER":
            changes = event.detail.get("set", {})
            self._merge("orders", {"client_order_id": event.row["subject"]}, changes)
        elif kind == "FILL":
            key = ("trade_date", "market", "venue_order_id", "fill_id", "kind")
            self._merge("fills", {name: event.detail[name] for name in key}, event.detail)

    def _merge(self, table: str, key: Row, changes: Row) -> None:
        """Change the row of a key, or make it."""
        where = " AND ".join(f"{name} = ?" for name in key)
        query = f"SELECT * FROM {table} WHERE {where}"  # noqa: S608 - names of our own tables
        known = self._connection.execute(query, tuple(key.values())).fetchone()
        if known is not None:
            delete = f"DELETE FROM {table} WHERE {where}"  # noqa: S608 - names of our own tables
            self._connection.execute(delete, tuple(key.values()))
        insert_row(self._connection, table, {**dict(known or {}), **changes})

    def _transaction(self, event: Event) -> Transaction:
        row = event.row
        return Transaction(
            connection=self._connection,
            stamp=self._stamp,
            epoch=row["epoch"],
            now=moment_of(row["market_time"]),
            utc_now=moment_of(row["recorded_utc"]),
            monotonic_ns=row["monotonic_ns"],
            boot_id=row["boot_id"],
            approval_key=bytes(32),
        )

    def _written(self) -> int:
        return int(
            self._connection.execute("SELECT COALESCE(MAX(sequence), 0) FROM events").fetchone()[0]
        )

    def _events_after(self, sequence: int) -> tuple[Event, ...]:
        query = "SELECT * FROM events WHERE sequence > ? ORDER BY sequence"
        rows = self._connection.execute(query, (sequence,)).fetchall()
        return tuple(Event(dict(row), json.loads(row["detail"])) for row in rows)


def events_of(record: RunRecord) -> tuple[Event, ...]:
    """Return the events of a run's orders, fills and wire rows, in order."""
    names = {row["client_order_id"] for row in record.rows["orders"]}
    found = []
    for row in record.rows["events"]:
        if _is_of_the_book(row):
            detail = json.loads(str(row["detail"]))
            owner = (
                detail.get("client_order_id") if row["subject_kind"] == "FILL" else row["subject"]
            )
            if owner in names:
                found.append(Event(row, detail))
    return tuple(found)


def cause_of(group: Sequence[Event]) -> str:
    """Return what a transaction was about, for a person."""
    return f"{group[0].row['subject']} {group[0].row['cause']}"


def is_told_by_the_broker(group: Sequence[Event]) -> bool:
    """Whether a transaction took in answers, reports or fills; what a person adopted is his act."""
    if any(event.row["cause"] == ADOPTED for event in group):
        return False
    return any(
        event.row["cause"] in ANSWERED
        or event.row["subject_kind"] == "FILL"
        or REPORT in event.detail
        for event in group
    )


def report_of(event: Event) -> OrderReport | None:
    """Return what the venue told that made an event, None where nothing of it did."""
    told = event.detail.get(REPORT)
    if told is None:
        return None
    return documents.decode(documents.report(), json.dumps(told))


def _send_of(event: Event, report: OrderReport | None) -> ClosedSend:
    detail = event.detail
    return ClosedSend(
        wire_sequence=detail["wire"],
        client_order_id=event.row["subject"],
        outcome=SendOutcome(detail["outcome"]),
        code=detail["code"],
        message=detail["message"],
        systemic=bool(detail["systemic"]),
        bytes_started=bool(detail["bytes_started"]),
        report=report,
    )


def _is_of_the_book(row: Mapping[str, Any]) -> bool:
    return row["subject_kind"] in OF_THE_BOOK


def _readings_of(event: Event) -> tuple[Any, ...]:
    return tuple(event.row[name] for name in READINGS)


def _events_differ(recorded: Sequence[Event], made: Sequence[Event]) -> Iterator[Difference]:
    for place, event in enumerate(recorded):
        name = f"event {event.sequence}"
        if place >= len(made):
            yield Difference("events", name, "", str(event.row["cause"]), None)
            return
        yield from _fields_differ("events", name, event.told(), made[place].told())
    for event in made[len(recorded) :]:
        name = f"after event {recorded[-1].sequence}"
        yield Difference("events", name, "", None, f"{event.row['subject']} {event.row['cause']}")


def _rows_differ(
    table: str, key: str, recorded: Sequence[Row], made: Sequence[Row]
) -> Iterator[Difference]:
    for place, row in enumerate(recorded):
        if place >= len(made):
            yield Difference(table, str(row[key]), "", str(row[key]), None)
            return
        there = {name: value for name, value in row.items() if name != NUMBERING}
        here = {name: value for name, value in made[place].items() if name in there}
        yield from _fields_differ(table, str(row[key]), there, here)
    for row in made[len(recorded) :]:
        yield Difference(table, str(row[key]), "", None, str(row[key]))


def _fields_differ(file: str, row: str, recorded: Row, replayed: Row) -> Iterator[Difference]:
    for name in dict.fromkeys((*recorded, *replayed)):
        before, after = recorded.get(name), replayed.get(name)
        if before != after:
            yield Difference(file, row, name, _text(before), _text(after))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
