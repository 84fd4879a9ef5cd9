"""Which orders are ours when no daemon can be asked: read without opening anything for writing."""

from dataclasses import dataclass
from pathlib import Path

from storage import adoptions
from storage.offline import CopyUnreadable, open_copy

ALL_IDS = "SELECT client_order_id FROM orders"
IN_DOUBT = """
SELECT client_order_id FROM orders WHERE state = 'NEW' AND session_date = ?
  AND send_state IN ('OPEN', 'ACCEPTED', 'UNKNOWN', 'ABSENT_WAIT', 'RESENT_ONCE', 'MANUAL')
  AND NOT EXISTS (SELECT 1 FROM manual WHERE resolution = 'confirm-absent'
    AND manual.client_order_id = orders.client_order_id)
ORDER BY client_order_id
"""
NEWEST_SESSION = "SELECT MAX(session_date) FROM orders"


@dataclass(frozen=True, slots=True)
class OurOrders:
    """What tells an order of ours: `ids`, None where the shape has to tell, or an adopted number.

    `adopted` are the venue's numbers of the newest session: the broker shows those without an id.
    `in_doubt` are its orders that may be at the broker or not, for all the record knows.
    """

    ids: frozenset[str] | None
    adopted: frozenset[str] = frozenset()
    in_doubt: tuple[str, ...] = ()


def orders_in(database: Path) -> tuple[OurOrders, str]:
    """Return what the database, or a copy of it, calls ours; a sentence where it does not read."""
    try:
        with open_copy(database) as connection:
            ids = frozenset(row[0] for row in connection.execute(ALL_IDS))
            (newest,) = connection.execute(NEWEST_SESSION).fetchone()
            numbers = (key for key in adoptions.names(connection) if key[0] == newest)
            doubtful = tuple(row[0] for row in connection.execute(IN_DOUBT, (newest,)))
            return OurOrders(ids, frozenset(number for _day, number in numbers), doubtful), ""
    except CopyUnreadable as error:
        return OurOrders(None), f"{error}: every order whose id has our shape was taken for ours"
