"""How many runs and orders stand in which state: what the metrics page asks at every scrape."""

# ruff: noqa: D102 - the protocol says what each verb promises

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from statemachine.order import OrderState
from statemachine.run import RunState
from storage.leased_database import LeasedDatabase

RUNS = "SELECT state, COUNT(*) AS counted FROM runs GROUP BY state"
ORDERS = "SELECT state, COUNT(*) AS counted FROM orders WHERE session_date = ? GROUP BY state"


@dataclass(frozen=True, slots=True)
class Counts:
    """All runs by state, and the orders of one session by state; states without any are 0."""

    runs: Mapping[RunState, int]
    orders: Mapping[OrderState, int]


class Census(Protocol):
    """The part of the store that counts."""

    async def counts(self, session_date: date) -> Counts:
        """Count the runs, and the orders of one session."""
        ...


class SqliteCensus(Census):
    """Implements it on the leased database."""

    _database: LeasedDatabase

    async def counts(self, session_date: date) -> Counts:
        return await self._database.read(counts_of, session_date)


def counts_of(connection: sqlite3.Connection, session_date: date) -> Counts:
    """Count the runs, and the orders of one session."""
    runs = connection.execute(RUNS).fetchall()
    orders = connection.execute(ORDERS, (session_date.isoformat(),)).fetchall()
    return Counts(
        dict.fromkeys(RunState, 0) | {RunState(row["state"]): row["counted"] for row in runs},
        dict.fromkeys(OrderState, 0) | {OrderState(row["state"]): row["counted"] for row in orders},
    )
