"""Which orders are ours when no daemon can be asked: read without opening anything for writing."""

from pathlib import Path

from storage.offline import CopyUnreadable, open_copy

ALL_IDS = "SELECT client_order_id FROM orders"


def ids_in(database: Path) -> tuple[frozenset[str] | None, str]:
    """Return every id of the database, or of a copy of it, and a sentence where there is none.

    None means that it cannot be read: then the shape of an id has to tell.
    """
    try:
        with open_copy(database) as connection:
            return frozenset(row[0] for row in connection.execute(ALL_IDS)), ""
    except CopyUnreadable as error:
        return None, f"{error}: every order whose id has our shape was taken for ours"
