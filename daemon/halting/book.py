"""Which orders are ours when no daemon can be asked: read without opening anything for writing."""

from dataclasses import dataclass
from pathlib import Path

from storage.offline import CopyUnreadable, open_copy

ALL_IDS = "SELECT client_order_id FROM orders"
ADOPTED = """
SELECT venue_order_id FROM orders JOIN manual USING (client_order_id)
WHERE manual.resolution = 'adopt-order'
  AND session_date = (SELECT MAX(session_date) FROM orders)
"""


@dataclass(frozen=True, slots=True)
class OurOrders:
    """What tells an order of ours: `ids`, None where the shape has to tell, or an adopted number.

    `adopted` are the venue's numbers of the newest session: the broker shows those without an id.
    """

    ids: frozenset[str] | None
    adopted: frozenset[str] = frozenset()


def orders_in(database: Path) -> tuple[OurOrders, str]:
    """Return what the database, or a copy of it, calls ours; a sentence where it does not read."""
    try:
        with open_copy(database) as connection:
            ids = frozenset(row[0] for row in connection.execute(ALL_IDS))
            adopted = frozenset(row[0] for row in connection.execute(ADOPTED))
            return OurOrders(ids, adopted), ""
    except CopyUnreadable as error:
        return OurOrders(None), f"{error}: every order whose id has our shape was taken for ours"
