"""What must hold after every life, and at rest: never-twice-never-lost.md section B."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from statemachine.events import VenueStatus
from storage.database import connect_read_only
from storage.scope import mark_of
from storage.verify import check, check_file, check_mark, scope_since, verify
from tests.simulation import old_backup
from tests.simulation.faults import Kind
from tests.simulation.life import End, HowItEnded

if TYPE_CHECKING:
    from tests.simulation.run import Day

ENDED = ("FILLED", "CANCELLED", "REJECTED")
LATE_S = 25
BROKEN = "INVARIANT_VIOLATED"
GUARDS = ("EGRESS_BREACH", "FOUND_WITHOUT_SEND", "ANSWER_CONTRADICTED")
UNSENT = ("NEVER_SENT", "NOT_SENT", "REFUSED", "PLANNED")
OVER = {
    "REFUSED", "DUPLICATE", "DECLINED", "EXPIRED", "SUPERSEDED", "FAILED_BATCH",
    "COMPLETED", "COMPLETED_WITH_EXCEPTIONS",
}  # fmt: skip


def after_a_life(day: "Day", end: End) -> list[str]:
    """Return what a life left behind that it must not, whatever happened to it."""
    found = list(_unexpected_end(day, end))
    if not day.database.exists():
        return found
    if day.restored is not None:
        return [*found, *old_backup.violations(day, day.restored)]
    with closing(connect_read_only(day.database)) as connection:
        if not _has_schema(connection):
            return found
        found += _broken_since(day, connection)
        found += _venue_knows_only_ours(day, connection)
        found += _inside_the_lines(day, connection)
        found += _believed_unsent(day, connection)
        found += _sent_in_time(day, connection)
        found += _guards(day, connection)
    found += day.network.sends.violations()
    return found


def at_rest(day: "Day") -> list[str]:
    """Return what is not settled a few seconds after the faults stopped (I29, I8, I16)."""
    if day.restored is not None:
        return list(old_backup.found_out(day, day.restored))
    found: list[str] = []
    with closing(connect_read_only(day.database)) as connection:
        if not _has_schema(connection):
            return ["I29 no database was ever made"]
        found += [f"{bad.invariant} {bad.detail}" for bad in verify(connection)]
        found += _same_fills(day, connection)
        found += _same_positions(day, connection)
        found += _settled(day, connection)
    return found


def _broken_since(day: "Day", connection: sqlite3.Connection) -> Iterable[str]:
    """What the invariants say of the rows this life may have touched, as the daemon asks them.

    The whole of it is checked at rest: no row ever goes away, and none that is wrong gets right.
    """
    scope = scope_since(connection, day.verified)
    found = [*check_file(connection)]
    if day.verified is not None:
        found += check_mark(connection, day.verified)
    for portion in scope.portions():
        found += check(connection, portion, None)
    day.verified = None if found else mark_of(connection)
    return (f"{bad.invariant} {bad.detail}" for bad in found)


def told_at_last(day: "Day") -> list[str]:
    """Return the P0s that nobody read and nobody acknowledged (I31).

    The morning is long enough for the last wait of a delivery.
    """
    with closing(connect_read_only(day.database)) as connection:
        if not _has_schema(connection):
            return []
        pages = connection.execute(
            "SELECT * FROM outbox WHERE severity = 'P0' AND acknowledged_at IS NULL"
            " AND (closed_at IS NULL OR delivered_utc IS NULL)"
        ).fetchall()
    group = "\n".join(message.text for message in day.group.read)
    return [
        f"I31 {page['cause']} was read by nobody"
        for page in pages
        if page["text_zh"] not in group or page["delivered_utc"] is None
    ]


def run_states(database: Path) -> tuple[str, ...]:
    """Return the states of all runs, oldest first."""
    if not database.exists():
        return ()
    with closing(connect_read_only(database)) as connection:
        if not _has_schema(connection):
            return ()
        return tuple(row["state"] for row in connection.execute("SELECT state FROM runs"))


def _has_schema(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA user_version").fetchone()[0])


def _unexpected_end(day: "Day", end: End) -> Iterator[str]:
    if end.how is HowItEnded.EXITED and end.error is not None:
        for error in leaves(end.error):
            if not day.is_expected(error):
                yield f"BUG the process ended with {type(error).__name__}: {error}"


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Return the single errors of a group."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def _venue_knows_only_ours(day: "Day", connection: sqlite3.Connection) -> Iterator[str]:
    """I3: every order at the venue was written down before it left; I1: each at most once."""
    for order in day.house.venue.all_orders():
        row = connection.execute(
            "SELECT MIN(opened_at) AS opened FROM wire WHERE kind = 'SUBMIT'"
            " AND client_order_id = ?",
            (order.client_order_id,),
        ).fetchone()
        if row["opened"] is None:
            yield f"I3 {order.client_order_id} is at the venue and has no wire row"


def _guards(day: "Day", connection: sqlite3.Connection) -> Iterator[str]:
    """GUARD: the daemon's own guards never have anything to stop but bugs and stepped clocks.

    Where the guard is the daemon's own look at the invariants, the list names the one that broke.
    """
    stepped = {Kind.CLOCK_FORWARD, Kind.CLOCK_BACK} & day.script.struck.keys()
    guards = GUARDS if stepped else (*GUARDS, "WALL_CLOCK_STEPPED")
    for row in connection.execute("SELECT DISTINCT cause FROM halts"):
        if row["cause"].startswith(guards):
            yield f"GUARD the daemon halted itself: {row['cause']}"
    for row in connection.execute("SELECT DISTINCT detail FROM manual WHERE reason = ?", (BROKEN,)):
        yield f"{row['detail'].partition(':')[0]} the daemon found it itself: {row['detail']}"


def _sent_in_time(day: "Day", connection: sqlite3.Connection) -> Iterator[str]:
    """I20: no process let go of bytes long after it had written that they would leave."""
    for send in day.network.sends.sends:
        row = connection.execute(
            "SELECT MAX(opened_monotonic_ns) AS opened_ns FROM wire WHERE kind = 'SUBMIT'"
            " AND client_order_id = ? AND opened_monotonic_ns <= ?",
            (send.client_order_ids[0], round(send.handed_s * 1_000_000_000) + 1000),
        ).fetchone()
        if row["opened_ns"] is None:
            yield f"I3 {send.client_order_ids} left before it was written down"
        elif send.handed_s - row["opened_ns"] / 1_000_000_000 > LATE_S:
            yield f"I20 {send.client_order_ids} left long after its write-ahead row"


def _believed_unsent(day: "Day", connection: sqlite3.Connection) -> Iterator[str]:
    """I24: what we believe never to have reached the venue is not there."""
    for order in day.house.venue.all_orders():
        row = connection.execute(
            "SELECT state, send_state FROM orders WHERE client_order_id = ?",
            (order.client_order_id,),
        ).fetchone()
        if row is None or order.status is VenueStatus.JUNK:
            continue
        if row["send_state"] in UNSENT or row["state"] == "REJECTED":
            yield (
                f"I24 {order.client_order_id} is {row['state']}/{row['send_state']} here"
                f" and {order.status} at the venue"
            )


def _inside_the_lines(day: "Day", connection: sqlite3.Connection) -> Iterator[str]:
    """I2 at the venue: filled and live quantity of a line never pass what was approved."""
    bounds: dict[tuple[str, str, str], int] = {}
    taken: dict[tuple[str, str, str], int] = {}
    live: dict[tuple[str, str, str, int], int] = {}
    for order in day.house.venue.all_orders():
        row = connection.execute(
            "SELECT orders.*, plan_lines.quantity_max FROM orders"
            " JOIN runs USING (run_id) JOIN plan_lines"
            " ON plan_lines.plan_hash = runs.plan_hash AND plan_lines.ts_code = orders.ts_code"
            " WHERE client_order_id = ?",
            (order.client_order_id,),
        ).fetchone()
        if row is None:
            continue
        line = (row["run_id"], row["ts_code"], row["side"])
        is_live = order.venue_order_id in day.live_at_venue()
        bounds[line] = row["quantity_max"]
        taken[line] = taken.get(line, 0) + (order.quantity if is_live else order.filled_quantity)
        if is_live:
            slot = (*line, row["slice"])
            live[slot] = live.get(slot, 0) + 1
    for line, quantity in taken.items():
        if quantity > bounds[line]:
            yield f"I2 {line} has {quantity} at the venue where {bounds[line]} were approved"
    for slot, count in live.items():
        if count > 1:
            yield f"I1 {slot} has {count} live orders"


def _same_fills(day: "Day", connection: sqlite3.Connection) -> Iterator[str]:
    """I8: the fills here are the fills there."""
    ours = {
        (row["fill_id"], row["kind"]): (
            row["client_order_id"],
            abs(row["quantity"]),
            row["price_e4"],
        )
        for row in connection.execute("SELECT * FROM fills WHERE ours = 1")
    }
    theirs = {
        (fill.fill_id, fill.kind.value): (
            fill.client_order_id,
            abs(fill.quantity),
            int(fill.price * 10_000),
        )
        for fill in day.fills_at_venue()
    }
    for fill_id in sorted(theirs.keys() - ours.keys()):
        yield f"I8 fill {fill_id} {theirs[fill_id]} was lost"
    for fill_id in sorted(ours.keys() - theirs.keys()):
        yield f"I8 fill {fill_id} {ours[fill_id]} never happened"
    for fill_id in sorted(ours.keys() & theirs.keys()):
        if ours[fill_id] != theirs[fill_id]:
            yield f"I8 fill {fill_id} is {ours[fill_id]} here and {theirs[fill_id]} there"


def _same_positions(day: "Day", connection: sqlite3.Connection) -> Iterator[str]:
    """I16: what is ours is what lies there, once it was decided whose it is."""
    ours = {row["ts_code"]: row["balance"] for row in connection.execute("SELECT * FROM owned")}
    if not ours:
        return
    theirs = day.holdings_at_venue()
    for code in sorted(ours.keys() | theirs.keys()):
        if ours.get(code, 0) != theirs.get(code, 0):
            yield f"I16 {code}: ours {ours.get(code, 0)}, theirs {theirs.get(code, 0)}"


def _settled(day: "Day", connection: sqlite3.Connection) -> Iterator[str]:
    """I29, I25: no order is in doubt unless a person was told, and no run hangs.

    An order that the venue itself has not ended yet is rightly open, and so is its run.
    """
    live = day.live_at_venue()
    waiting = set()
    listed = {
        row["client_order_id"] for row in connection.execute("SELECT client_order_id FROM manual")
    }
    for row in connection.execute("SELECT * FROM orders"):
        given_up = row["send_state"] == "NEVER_SENT"
        if row["venue_order_id"] in live:
            waiting.add(row["run_id"])
        elif row["state"] not in ENDED and not given_up and row["client_order_id"] not in listed:
            yield (
                f"I29 order {row['client_order_id']} is {row['state']}/{row['send_state']}"
                " at rest and on no list"
            )
    for row in connection.execute("SELECT * FROM wire WHERE outcome IS NULL"):
        yield f"I25 wire row {row['sequence']} is still open at rest"
    for row in connection.execute("SELECT * FROM breaks WHERE closed_at IS NULL AND explained = 0"):
        yield f"I15 break {row['kind']} {row['ts_code']} stands at rest: {row['detail']}"
    for row in connection.execute("SELECT * FROM runs WHERE session_date = '2025-11-10'"):
        if row["state"] not in OVER and row["run_id"] not in waiting:
            yield f"I29 run {row['run_id']} is {row['state']} at rest"
