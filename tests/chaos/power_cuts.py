"""Cuts the power while the ledger writes, and looks at what is left.

The statements are the product's own: the migrations and pragmas of storage/database.py, the lease,
the journal, ownership and the manual list, in the transaction shape of `Database.commit`. Only the
connection is APSW's, on a file system that drops unsynced sectors; that file system has no shared
memory, so the log is used under an exclusive lock, which changes nothing of what is synced when.

`python -m tests.chaos.power_cuts --cuts 2000`: under FULL no committed row may be lost; under
NORMAL some must be, or the file system forgets nothing and the test shows nothing.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import apsw

from market.phases import SHANGHAI
from market.symbol import Symbol
from statemachine.canonical import Canonical
from statemachine.reasons import Reason
from storage import journal, lease, manual, ownership
from storage.database import PRAGMAS, _migrate
from storage.records import ManualItem
from storage.transaction import Stamp, Transaction
from tests.chaos.forgetful import Forgetful

NAME = "execd.sqlite"
NOW = datetime(2026, 1, 19, 10, 0, tzinfo=SHANGHAI)
STAMP = Stamp("paper", "http://127.0.0.1:1", "A1")
CHANGES_MAX = 200
# The log is copied into the file often, so that cuts fall into that as well.
CHECKPOINT_PAGES = 40
GENERATIONS = 40


class Row:
    """A row that answers to names and to numbers, as sqlite3.Row does."""

    def __init__(self, names: Sequence[str], values: Sequence[Any]) -> None:
        self._names = names
        self._values = values

    def __getitem__(self, key: str | int) -> Any:
        return self._values[self._names.index(key) if isinstance(key, str) else key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        return list(self._names)


class Cursor:
    """What `execute` of sqlite3 returns, as much of it as the ledger uses."""

    def __init__(self, cursor: Any, connection: Any) -> None:
        self._cursor = cursor
        self.rowcount = connection.changes()
        self.lastrowid = connection.last_insert_rowid()

    def fetchone(self) -> Row | None:
        """Return the next row."""
        row: Row | None = self._cursor.fetchone()
        return row

    def fetchall(self) -> list[Row]:
        """Return all rows."""
        rows: list[Row] = self._cursor.fetchall()
        return rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self._cursor)


class Ledger:
    """The ledger of one life, on a host that may lose its power."""

    def __init__(self, host: Forgetful, synchronous: str) -> None:
        self._connection = apsw.Connection(NAME, vfs=host.name)
        self._connection.row_trace = _named
        self._epoch = 0
        try:
            self._open(synchronous)
        except apsw.Error:
            _abandon(self)
            raise

    def _open(self, synchronous: str) -> None:
        self.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        for pragma in PRAGMAS:
            words = pragma.replace("synchronous = FULL", f"synchronous = {synchronous}")
            self.execute(words).fetchall()
        self.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES:d}").fetchall()
        self._transact(_migrate)
        self._epoch = lease.current_epoch(cast("Any", self)) + 1
        self._transact(lambda _: lease.acquire(self._transaction(), f"life {self._epoch}"))

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        """Stand in for sqlite3.Connection.execute."""
        return Cursor(self._connection.execute(sql, parameters), self._connection)

    def write(self, number: int) -> None:
        """Commit one of several kinds of writes, marked with a number."""
        kinds = (_note, _decide, _list)
        self._transact(lambda _: kinds[number % len(kinds)](self._transaction(), number))

    def kept(self) -> list[int]:
        """Return the numbers of all writes that are there."""
        rows = self.execute("SELECT detail ->> '$.number' AS number FROM events WHERE cause = 'N'")
        return [int(row["number"]) for row in rows]

    def faults(self) -> list[str]:
        """Return what is corrupt: pages, references, the chain."""
        found = [str(row[0]) for row in self.execute("PRAGMA integrity_check") if row[0] != "ok"]
        found += ["a reference hangs" for _ in self.execute("PRAGMA foreign_key_check")]
        connection = cast("Any", self)
        last, _ = journal.head(connection)
        found += [fault.why for fault in journal.verify_chain(connection, 1, last)]
        return found

    def close(self) -> None:
        """Let go of the file; a host without power keeps nothing of it."""
        self._connection.close()

    def _transact(self, function: Any) -> None:
        self.execute("BEGIN IMMEDIATE")
        function(self)
        self.execute("COMMIT")

    def _transaction(self) -> Transaction:
        return Transaction(
            connection=cast("Any", self),
            stamp=STAMP,
            epoch=self._epoch,
            now=NOW,
            utc_now=datetime(2026, 1, 19, 2, 0, tzinfo=UTC),
            monotonic_ns=1,
            boot_id="b",
            approval_key=b"k" * 32,
        )


@dataclass(slots=True)
class Score:
    """What cuts did; `lost` counts cuts after which a committed write was gone."""

    cuts: int = 0
    committed: int = 0
    lost: int = 0
    corrupt: int = 0


def cut_power(cuts: int, synchronous: str, seed: int = 0) -> Score:
    """Cut the power so many times, each at a random change of a file."""
    score, dice = Score(), random.Random(f"{seed} {synchronous}")
    host = Forgetful(f"forgetful-{synchronous}-{seed}")
    while score.cuts < cuts:
        host.restore({})
        kept: list[int] = []
        for _ in range(min(GENERATIONS, cuts - score.cuts)):
            kept = _generation(host, synchronous, dice, kept, score)
    host.unregister()
    return score


def _generation(
    host: Forgetful, synchronous: str, dice: random.Random, kept: list[int], score: Score
) -> list[int]:
    """Live until the power goes, come back, and count; returns what is there then."""
    committed = _live(host, synchronous, kept, host.changes + dice.randint(1, CHANGES_MAX))
    score.cuts += 1
    score.committed += len(committed) - len(kept)
    host.restore(host.after_a_cut(dice))
    try:
        ledger = Ledger(host, synchronous)
        found, faults = ledger.kept(), ledger.faults()
        ledger.close()
    except apsw.Error as error:
        found, faults = [], [str(error)]
    score.corrupt += bool(faults)
    score.lost += bool(set(committed) - set(found))
    if faults:
        host.restore({})
    return [] if faults else found


def _live(host: Forgetful, synchronous: str, kept: list[int], cut_at: int) -> list[int]:
    """Write until the power goes; returns what was reported as committed, ever."""
    host.cut_at = cut_at
    committed, ledger = list(kept), None
    number = max(kept, default=0)
    try:
        ledger = Ledger(host, synchronous)
        while True:
            number += 1
            ledger.write(number)
            committed.append(number)
    except apsw.Error:
        return committed
    finally:
        if ledger is not None:
            _abandon(ledger)


def _abandon(ledger: Ledger) -> None:
    try:
        ledger.close()
    except apsw.Error:
        return


def _named(cursor: Any, values: Sequence[Any]) -> Row:
    return Row([column[0] for column in cursor.get_description()], values)


def _note(transaction: Transaction, number: int) -> None:
    lease.require_epoch(transaction)
    detail: dict[str, Canonical] = {"number": number, "text": "x" * (number % 7 * 300)}
    happening = journal.Happening(journal.Subject.NOTE, f"N{number}", "N", detail=detail)
    journal.append(transaction, happening)


def _decide(transaction: Transaction, number: int) -> None:
    _note(transaction, number)
    symbol = Symbol.parse(f"{600000 + number % 50}.SH")
    ownership.decide(transaction, symbol, "ours", number * 100, "person")


def _list(transaction: Transaction, number: int) -> None:
    _note(transaction, number)
    detail, choices = f"item {number}", ("done",)
    item = ManualItem(0, None, None, None, Reason.SEND_FAILED, detail, choices, NOW)
    manual.add(transaction, item)


def main() -> int:
    """Print one line; 1 where FULL lost or corrupted anything, or NORMAL lost nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=2000)
    words, began_s = parser.parse_args(), time.monotonic()
    full, normal = cut_power(words.cuts, "FULL"), cut_power(words.cuts, "NORMAL")
    sys.stdout.write(
        f"power cuts: FULL {full.cuts} cuts, {full.committed} commits, {full.lost} lost,"
        f" {full.corrupt} corrupt; control NORMAL {normal.cuts} cuts, {normal.lost} lost,"
        f" {normal.corrupt} corrupt; {time.monotonic() - began_s:.0f} s wall\n"
    )
    return 1 if full.lost or full.corrupt or not normal.lost else 0


if __name__ == "__main__":
    sys.exit(main())
