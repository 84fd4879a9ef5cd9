"""Tamperings that send late and without a person's word, and the words that make it right (I33)."""

# ruff: noqa: S608 - the statements tamper on purpose, with ids made in this file

import json
from typing import Any

from tests.storage.tampered_rows import copied

LIMITS = {
    "first_send": "09:00:00",
    "late_resume_until": "14:00:00",
    "release_delay_max_s": 1800,
    "absence_max_s": 600,
    "last_seen": "2025-11-10T01:30:00.000000Z",
}


def returned(sequence: int, **changes: Any) -> str:
    """Have the daemon come back at 09:31, before the release (0) or after it (900)."""
    detail = json.dumps(LIMITS | changes)
    return copied(
        "events",
        "sequence = 1",
        f"sequence = {sequence}",
        "subject_kind = 'NOTE'",
        "subject = 'RETURNED'",
        "cause = 'RETURNED'",
        f"detail = '{detail}'",
        "market_time = '2025-11-10T01:31:00.000000Z'",
        f"hash = '{sequence}'",
    )


def resumed(by: str, at: str) -> str:
    """Have somebody lift the halt of the book at this UTC time of the session."""
    return f"UPDATE halts SET lifted_by = '{by}', lifted_at = '2025-11-10T{at}.000000Z'"


def said(kind: str, initiator: str) -> str:
    """Have a halt of a kind lifted in event 901."""
    return copied(
        "events",
        "subject_kind = 'HALT' AND cause = 'RESUMED'",
        "sequence = 901",
        f"subject = '{kind}'",
        f"initiator = '{initiator}'",
        "hash = 'y'",
    )


UNJUDGED = "DELETE FROM events WHERE subject_kind = 'LINE'"
SENT_AFTER = "UPDATE wire SET opened_sequence = 902"
AWAY = "2025-11-10T01:20:00.000000Z"

LATE_AND_NOT_RESUMED = {
    "I33 released half an hour late": ("I33", UNJUDGED, returned(0)),
    "I33 released late after a hold that lifted itself": (
        "I33",
        UNJUDGED,
        returned(0),
        resumed("daemon", "01:20:00"),
    ),
    "I33 released late after a resume that did not count": (
        "I33",
        UNJUDGED,
        returned(0, late_resume_until="09:20:00"),
        resumed("wang", "01:20:00"),
    ),
    "I33 sent after a long absence": ("I33", returned(900, last_seen=AWAY), SENT_AFTER),
    "I33 sent after an absence of unknown length": (
        "I33",
        returned(900, last_seen=None),
        SENT_AFTER,
    ),
    "I33 sent after a long absence and a hold that lifted itself": (
        "I33",
        returned(900, last_seen=AWAY),
        said("AUTO_HOLD", "US"),
        SENT_AFTER,
    ),
    "I33 sent after a long absence while buys were let go again": (
        "I33",
        returned(900, last_seen=AWAY),
        said("REDUCE_ONLY", "OPERATOR"),
        SENT_AFTER,
    ),
}
NOT_LATE = {
    "released in time": (UNJUDGED, returned(0, first_send="09:01:00")),
    "judged in time, sent when the market let it": (returned(0),),
    "released after a late approval": (
        UNJUDGED,
        returned(0),
        "UPDATE approval SET created_at = '2025-11-10T01:10:00.000000Z'",
    ),
    "released after a resume": (UNJUDGED, returned(0), resumed("wang", "01:20:00")),
    "away for ten minutes": (
        returned(900, last_seen="2025-11-10T01:21:00.000000Z"),
        SENT_AFTER,
    ),
    "resumed after a long absence": (
        returned(900, last_seen=AWAY),
        said("HALT", "OPERATOR"),
        SENT_AFTER,
    ),
    "released after a long absence": (returned(0, last_seen=AWAY), SENT_AFTER),
}
