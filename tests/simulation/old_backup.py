"""An old copy of the database comes back: what the daemon may not know then, and what it must do.

never-twice-never-lost.md section A: an order of ours at the broker without its row here halts. What
the copy has forgotten is no longer a matter of the record's own invariants; the venue and the wire
say whether something was sent twice.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from storage.database import connect_read_only

if TYPE_CHECKING:
    from tests.simulation.run import Day

Line = tuple[str, str]
STANDING = "SELECT cause FROM halts WHERE lifted_at IS NULL"
NAMED = ("UNKNOWN_OWN_ORDER", "FOUND_WITHOUT_SEND", "INVARIANT_VIOLATED")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was so when the copy came back.

    `bounds` is what was approved at most by code and side, in the record that was lost; `sends` the
    number of submits until then; `forgotten` the orders that are at the venue, and of whose sending
    the copy knows nothing. One `on_its_way` is not there yet: nobody can tell it from one that
    never left, so its id may leave again, and only a venue that recognises it makes that harmless.
    """

    bounds: dict[Line, int]
    sends: int
    forgotten: frozenset[str]
    on_its_way: frozenset[str]

    def after(self, before: "Restored") -> "Restored":
        """Return what is so when it was not the first copy that came back."""
        names = self.bounds.keys() | before.bounds.keys()
        bounds = {name: max(self.bounds.get(name, 0), before.bounds.get(name, 0)) for name in names}
        return replace(self, bounds=bounds, on_its_way=self.on_its_way | before.on_its_way)


def restored(day: "Day", lost: Path) -> Restored:
    """Return what is so now; `lost` is the record as it was, the day's database the copy."""
    sends = day.network.sends.sends
    left = {name for send in sends if not send.is_harmless for name in send.client_order_ids}
    known, there = _sent_here(day.database), _names_at_venue(day)
    with closing(connect_read_only(lost)) as connection:
        bounds = _bounds(connection)
    return Restored(bounds, len(sends), frozenset(there - known), frozenset(left - there - known))


def violations(day: "Day", since: Restored) -> Iterator[str]:
    """What was sent twice, or beyond what was approved, or from a record that knew too little."""
    for text in day.network.sends.violations():
        if not any(name in text for name in since.on_its_way):
            yield text
    bounds = dict(since.bounds)
    with closing(connect_read_only(day.database)) as connection:
        for line, quantity in _bounds(connection).items():
            bounds[line] = max(quantity, bounds.get(line, 0))
    live = day.live_at_venue()
    taken: dict[Line, int] = {}
    for order in day.house.venue.all_orders():
        line = (str(order.symbol), order.side.value)
        is_live = order.venue_order_id in live
        quantity = order.quantity if is_live else order.filled_quantity
        taken[line] = taken.get(line, 0) + quantity
    for line, quantity in taken.items():
        if quantity > bounds.get(line, 0):
            yield f"I2 {line} has {quantity} at the venue where {bounds.get(line, 0)} were approved"
    if since.forgotten:
        for send in day.network.sends.sends[since.sends :]:
            yield f"I3 {send.client_order_ids} left from an old copy of the record"


def found_out(day: "Day", since: Restored) -> Iterator[str]:
    """At rest: what the copy had forgotten was noticed, and stands as a halt under its name.

    The breaks of the reconcile would stop the daemon, too, but tell nobody why.
    """
    if not since.forgotten & _names_at_venue(day):
        return
    with closing(connect_read_only(day.database)) as connection:
        causes = [row["cause"] for row in connection.execute(STANDING)]
    if not any(cause.startswith(NAMED) for cause in causes):
        yield f"I3 nobody noticed that an old copy of the record came back: {causes}"


def _names_at_venue(day: "Day") -> set[str]:
    orders = day.house.venue.all_orders()
    return {order.client_order_id for order in orders if order.client_order_id is not None}


def _bounds(connection: sqlite3.Connection) -> dict[Line, int]:
    if not connection.execute("PRAGMA user_version").fetchone()[0]:
        return {}
    rows = connection.execute(
        "SELECT ts_code, side, MAX(quantity_max) AS quantity FROM plan_lines GROUP BY ts_code, side"
    )
    return {(row["ts_code"], row["side"]): row["quantity"] for row in rows}


def _sent_here(database: Path) -> set[str]:
    with closing(connect_read_only(database)) as connection:
        if not connection.execute("PRAGMA user_version").fetchone()[0]:
            return set()
        rows = connection.execute("SELECT client_order_id FROM wire WHERE kind = 'SUBMIT'")
        return {row["client_order_id"] for row in rows}
