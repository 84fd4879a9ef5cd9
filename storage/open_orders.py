"""The open orders as every task asks for them, read again only after something was written."""

import sqlite3

from statemachine.order import Order
from storage import orders


class OpenOrders:
    """Remembers the last answer; lives on the database's thread."""

    def __init__(self) -> None:
        self._read_at: tuple[int, int] | None = None
        self._orders: tuple[Order, ...] = ()

    def read(self, connection: sqlite3.Connection) -> tuple[Order, ...]:
        """Return every order that has not ended and was not given up, in creation order."""
        (others,) = connection.execute("PRAGMA data_version").fetchone()
        written = (connection.total_changes, int(others))
        if written != self._read_at:
            self._orders = orders.find_open(connection)
            self._read_at = written
        return self._orders
