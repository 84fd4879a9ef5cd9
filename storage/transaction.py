import sqlite3
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a database belongs to; written once, at creation (trading-day.md rule 26)."""

    mode: str
    endpoint: str
    account: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """Everything one write needs; it exists only between BEGIN and COMMIT.

    `now` is market time, `utc_now` and `monotonic_ns` are machine time.
    """

    connection: sqlite3.Connection
    stamp: Stamp
    epoch: int
    now: datetime
    utc_now: datetime
    monotonic_ns: int
    boot_id: str
    approval_key: bytes
