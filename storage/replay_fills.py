"""Replays the fills: every one of them is what its events say, column by column (I10)."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from storage.fills import FEES_LEARNT
from storage.records import Violation

STORY = """
SELECT fills.*, events.cause AS told_as, events.detail AS told
FROM fills LEFT JOIN events ON events.subject_kind = 'FILL' AND events.subject =
  trade_date || '/' || market || '/' || venue_order_id || '/' || fill_id || '/' || fills.kind
WHERE fills.ts_code IN (SELECT value FROM json_each(?))
ORDER BY fills.sequence, events.sequence
"""

FEES = ("commission_e4", "stamp_duty_e4", "transfer_e4")
TOLD = ("told_as", "told")


def replay_fills(connection: sqlite3.Connection, names: str) -> Iterator[Violation]:
    """Yield every fill that differs from what its events make it.

    `names` is a JSON array of codes.
    """
    rows = connection.execute(STORY, (names,))
    for _, group in groupby(rows, itemgetter("sequence")):
        story = list(group)
        yield from _compare(story[0], _replayed(story))


def _replayed(story: list[sqlite3.Row]) -> dict[str, Any]:
    """The first event holds the row; one that learnt the fees holds those."""
    told: dict[str, Any] = {}
    for event in story:
        facts = _facts(event["told"])
        learnt = event["told_as"] == FEES_LEARNT
        told |= {name: facts.get(name) for name in FEES} if learnt else facts
    return told


def _facts(detail: str | None) -> Mapping[str, Any]:
    """Return what an event told; nothing where that can no longer be read."""
    try:
        facts = json.loads(detail or "{}")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _compare(row: sqlite3.Row, told: Mapping[str, Any]) -> Iterator[Violation]:
    for name in row.keys():  # noqa: SIM118 - iterating over a sqlite3.Row gives its values
        if name not in TOLD and row[name] != told.get(name):
            where = f"fill {row['fill_id']} of {row['client_order_id'] or row['venue_order_id']}"
            detail = f"{where} has {name} {row[name]}, its events say {told.get(name)}"
            yield Violation("I10", detail, str(row["client_order_id"]))
