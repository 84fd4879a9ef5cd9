"""Opaque cursors and pages.

A cursor is the sequence to go on after; within a list that only grows it may also count rows
already given ("17.500"), because such a list, read again, repeats itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from adapters.gateway.replies import invalid
from adapters.wire.models import OrderView

Row = TypeVar("Row")

_CURSOR = re.compile(r"(?P<sequence>[0-9]{1,18})(\.(?P<given>[0-9]{1,9}))?")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a reader stands; the start is sequence 0."""

    sequence: int = 0
    given: int = 0

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read a cursor; "" is the start. Raises GatewayError INVALID_ARGUMENT."""
        if not text:
            return cls()
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise invalid(f"since={text!r} is not a cursor of this gateway")
        return cls(int(match["sequence"]), int(match["given"] or 0))

    def __str__(self) -> str:
        return f"{self.sequence}.{self.given}" if self.given else str(self.sequence)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, where to go on, and whether these were the last."""

    rows: tuple[Row, ...]
    next_cursor: Cursor
    complete: bool


def orders_page(rows: Sequence[OrderView], newest: int, limit: int) -> Page[OrderView]:
    """Cut a page of changed orders.

    The next page goes on after the last row's own change, so that an order that changes between
    two pages moves to a later page and is never skipped.
    """
    if len(rows) <= limit:
        return Page(tuple(rows), Cursor(newest), complete=True)
    page = tuple(rows[:limit])
    return Page(page, Cursor(page[-1].version), complete=False)


def growing_page(rows: Sequence[Row], newest: int, start: Cursor, limit: int) -> Page[Row]:
    """Cut a page of a list that only grows; `rows` is all of it after `start.sequence`."""
    given = start.given + limit
    if len(rows) <= given:
        return Page(tuple(rows[start.given :]), Cursor(newest), complete=True)
    page = tuple(rows[start.given : given])
    return Page(page, Cursor(start.sequence, given), complete=False)
