"""The invariants that need the venue's own ledger beside our record (section B of the page).

Both are compared at rest: after a final reconcile, with no request on its way.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from market.money import decimal_text, from_e4, to_e4
from market.phases import SHANGHAI
from statemachine.canonical import utc_text
from statemachine.events import VenueStatus
from statemachine.order_id import is_own_order_id
from storage import adoptions
from storage.ledger_document import LedgerDocument, LedgerFill, LedgerOrder, ShareLine
from storage.records import Violation

# Two clocks that agree to the second: a send recorded later than it arrived was not recorded first.
CLOCKS_AGREE = timedelta(seconds=1)
OPENING, BUY, SELL, FEES = "OPENING", "BUY", "SELL", "FEES"

SUBMITS = "SELECT client_order_id, MIN(opened_at) FROM wire WHERE kind = 'SUBMIT' GROUP BY 1"
ACCEPTED = "SELECT client_order_id, state FROM orders WHERE send_state = 'ACCEPTED'"
FILL_KEY = ("trade_date", "market", "venue_order_id", "fill_id", "kind")
FILL_FIGURES = ("client_order_id", "ts_code", "side", "quantity", "price_e4", "amount_e4")
FEE_FIGURES = ("commission_e4", "stamp_duty_e4", "transfer_e4")

Row = TypeVar("Row", LedgerOrder, LedgerFill)
FillKey = tuple[str, ...]
FillRow = dict[str, str | int | None]

BALANCES = "SELECT ts_code, balance FROM owned WHERE balance <> 0"
FOLLOWED = """
SELECT newest.ts_code, newest.balance AS others, IFNULL(owned.balance, 0) AS ours
FROM other_shares AS newest LEFT JOIN owned USING (ts_code)
WHERE newest.sequence = (SELECT MAX(sequence) FROM other_shares WHERE ts_code = newest.ts_code)
  AND IFNULL((SELECT decision FROM ownership AS said WHERE said.ts_code = newest.ts_code
              AND cause = 'DECISION' ORDER BY sequence DESC LIMIT 1), 'ours') <> 'foreign'
"""
FILLED_SHARES = """
SELECT ts_code, SUM(CASE side WHEN 'BUY' THEN quantity ELSE -quantity END) AS shares
FROM fills GROUP BY ts_code
"""
MOVED_SHARES = """
SELECT ts_code, SUM(quantity) AS shares FROM movements WHERE ts_code IS NOT NULL GROUP BY ts_code
"""
FILLED_CASH = """
SELECT IFNULL(SUM(CASE WHEN (side = 'SELL') = (quantity > 0)
    THEN ABS(amount_e4) ELSE -ABS(amount_e4) END), 0)
  - IFNULL(SUM(IFNULL(commission_e4, 0) + IFNULL(stamp_duty_e4, 0) + IFNULL(transfer_e4, 0)), 0)
FROM fills
"""
UNBILLED = """
SELECT DISTINCT client_order_id FROM fills
WHERE commission_e4 IS NULL AND client_order_id IS NOT NULL
"""
BILLED_OF = """
SELECT IFNULL(SUM(commission_e4 + stamp_duty_e4 + transfer_e4), 0) FROM fills
WHERE client_order_id = ? AND commission_e4 IS NOT NULL
"""


def compare(connection: sqlite3.Connection, whole: LedgerDocument) -> tuple[Violation, ...]:
    """Return everything in which the record and the venue's ledger contradict each other."""
    ledger = _named(connection, whole)
    return (
        *_orders(connection, ledger),
        *_fills(connection, ledger),
        *_cash(connection, ledger),
        *_never_in_debt(ledger),
        *_shares(connection, ledger),
        *_settlement(ledger.share_entries),
    )


def _named(connection: sqlite3.Connection, ledger: LedgerDocument) -> LedgerDocument:
    """Put our ids on what a person adopted: the venue knows those orders by their numbers."""
    names = adoptions.names(connection)

    def named(row: Row, day: date) -> Row:
        name = row.client_order_id or names.get((day.isoformat(), row.venue_order_id))
        return row.model_copy(update={"client_order_id": name})

    orders = [named(row, row.created_at.astimezone(SHANGHAI).date()) for row in ledger.orders]
    fills = [named(row, row.trade_date) for row in ledger.fills]
    return ledger.model_copy(update={"orders": tuple(orders), "fills": tuple(fills)})


def _orders(connection: sqlite3.Connection, ledger: LedgerDocument) -> Iterator[Violation]:
    opened = {row[0]: str(row[1]) for row in connection.execute(SUBMITS)}
    own = [order for order in ledger.orders if is_own_order_id(order.client_order_id)]
    for name, count in Counter(str(order.client_order_id) for order in own).items():
        if count > 1:
            yield Violation("I1", f"{name} is {count} orders at the venue", name)
    for theirs in own:
        name = str(theirs.client_order_id)
        row = connection.execute(
            "SELECT orders.*, runs.state AS run_state FROM orders JOIN runs USING (run_id)"
            " WHERE client_order_id = ?",
            (name,),
        ).fetchone()
        yield from _written_ahead(name, theirs, opened.get(name))
        if row is not None:
            yield from _terms(name, row, theirs)
            yield from _ends(name, row, theirs)
    there = {order.client_order_id for order in own}
    for name, state in connection.execute(ACCEPTED):
        if name not in there:
            yield Violation("I1", f"{name} is {state} here and unknown at the venue", name)


def _written_ahead(name: str, theirs: LedgerOrder, opened_at: str | None) -> Iterator[Violation]:
    if opened_at is None:
        detail = f"{name} is at the venue as {theirs.venue_order_id} without a SUBMIT row"
        yield Violation("I3", detail, name)
    elif opened_at > utc_text(theirs.created_at + CLOCKS_AGREE):
        yield Violation("I3", f"{name} arrived at {theirs.created_at}, before its record", name)


def _terms(name: str, row: sqlite3.Row, theirs: LedgerOrder) -> Iterator[Violation]:
    """I2: the venue works on nothing but what was approved."""
    compared = (
        ("name", row["ts_code"], theirs.symbol),
        ("side", row["side"], theirs.side.value),
        ("quantity", row["quantity"], theirs.quantity),
        ("limit price", row["limit_price_e4"], to_e4(theirs.limit_price)),
    )
    for what, ours, there in compared:
        if ours != there:
            yield Violation("I2", f"{name} has the {what} {ours}, at the venue {there}", name)


def _ends(name: str, row: sqlite3.Row, theirs: LedgerOrder) -> Iterator[Violation]:
    if row["state"] == "REJECTED" and theirs.filled_quantity:
        detail = f"{name} is REJECTED and has {theirs.filled_quantity} filled at the venue"
        yield Violation("I12", detail, name)
    refused = theirs.status == VenueStatus.JUNK and not theirs.filled_quantity
    if row["run_state"] == "FAILED_BATCH" and not refused:
        yield Violation("I24", f"{name} of a failed batch is {theirs.status} at the venue", name)


def _fills(connection: sqlite3.Connection, ledger: LedgerDocument) -> Iterator[Violation]:
    """I8: nothing lost, nothing twice, nothing that never was, and the same figures."""
    ours = {_key_of(row): row for row in connection.execute("SELECT * FROM fills WHERE ours = 1")}
    known = {row["client_order_id"] for row in ours.values()}
    theirs: dict[FillKey, FillRow] = {}
    for fill in ledger.fills:
        if fill.client_order_id in known or is_own_order_id(fill.client_order_id):
            row = _row_of(fill)
            key = _key_of(row)
            if key in theirs:
                yield Violation("I8", f"fill {_text(key)} is twice at the venue", _order(row))
            theirs[key] = row
    for key, row in theirs.items():
        if key not in ours:
            yield Violation("I8", f"fill {_text(key)} of {_order(row)} is lost", _order(row))
        else:
            yield from _figures(key, ours[key], row)
    for key, found in ours.items():
        if key not in theirs:
            name = str(found["client_order_id"])
            yield Violation("I8", f"fill {_text(key)} of {name} never was at the venue", name)


def _figures(key: FillKey, ours: sqlite3.Row, theirs: FillRow) -> Iterator[Violation]:
    for name in FILL_FIGURES:
        if ours[name] != theirs[name]:
            detail = f"fill {_text(key)} has {name} {ours[name]}, at the venue {theirs[name]}"
            yield Violation("I8", detail, _order(theirs))
    for name in FEE_FIGURES:
        if None not in (ours[name], theirs[name]) and ours[name] != theirs[name]:
            detail = f"fill {_text(key)} was billed {name} {ours[name]}, not {theirs[name]}"
            yield Violation("I8", detail, _order(theirs))


def _key_of(row: sqlite3.Row | FillRow) -> FillKey:
    return tuple(str(row[name]) for name in FILL_KEY)


def _text(key: FillKey) -> str:
    return "/".join(key)


def _order(row: FillRow) -> str:
    return str(row["client_order_id"])


def _row_of(fill: LedgerFill) -> FillRow:
    fees = fill.fees
    return {
        "trade_date": fill.trade_date.isoformat(),
        "market": fill.market,
        "venue_order_id": fill.venue_order_id,
        "fill_id": fill.fill_id,
        "kind": fill.kind.value,
        "client_order_id": fill.client_order_id,
        "ts_code": fill.symbol,
        "side": fill.side.value,
        "quantity": fill.quantity,
        "price_e4": to_e4(fill.price),
        "amount_e4": to_e4(fill.amount),
        "commission_e4": None if fees is None else to_e4(fees.commission),
        "stamp_duty_e4": None if fees is None else to_e4(fees.stamp_duty),
        "transfer_e4": None if fees is None else to_e4(fees.transfer),
    }


def _cash(connection: sqlite3.Connection, ledger: LedgerDocument) -> Iterator[Violation]:
    """I15: the opening and everything we know of since explain the venue's cash to the cent.

    Fees that were not billed yet are the venue's own: it has booked them.
    """
    opening = sum((line.amount for line in ledger.cash_entries if line.kind == OPENING), Decimal(0))
    (filled_e4,) = connection.execute(FILLED_CASH).fetchone()
    (moved_e4,) = connection.execute("SELECT IFNULL(SUM(amount_e4), 0) FROM movements").fetchone()
    explained = opening + from_e4(filled_e4 + moved_e4) + _unbilled(connection, ledger)
    if explained != ledger.cash.total:
        ours, theirs = decimal_text(explained), decimal_text(ledger.cash.total)
        yield Violation("I15", f"cash: {ours} is explained, the venue has {theirs}", "cash")


def _unbilled(connection: sqlite3.Connection, ledger: LedgerDocument) -> Decimal:
    """Return what the venue booked for orders beyond what it billed us, CNY, negative."""
    total = Decimal(0)
    for (name,) in connection.execute(UNBILLED).fetchall():
        (billed_e4,) = connection.execute(BILLED_OF, (name,)).fetchone()
        booked = (
            line.amount
            for line in ledger.cash_entries
            if line.kind == FEES and line.client_order_id == name
        )
        total += sum(booked, Decimal(0)) + from_e4(billed_e4)
    return total


def _never_in_debt(ledger: LedgerDocument) -> Iterator[Violation]:
    """I17 at the venue: no buy ever cost more than there was."""
    for line in ledger.cash_entries:
        if line.kind == BUY and line.balance < 0:
            yield Violation(
                "I17",
                f"cash fell to {decimal_text(line.balance)} at {line.at}",
                line.client_order_id or "cash",
            )


def _shares(connection: sqlite3.Connection, ledger: LedgerDocument) -> Iterator[Violation]:
    """I16: what is held of each name is explained, and we own no more of it than there is."""
    explained: Counter[str] = Counter()
    for line in ledger.share_entries:
        explained[line.symbol] += line.quantity if line.kind == OPENING else 0
    for query in (FILLED_SHARES, MOVED_SHARES):
        for row in connection.execute(query):
            explained[row["ts_code"]] += row["shares"]
    held = {position.symbol: position.quantity for position in ledger.positions}
    for name in sorted(explained.keys() | held.keys()):
        if explained[name] != held.get(name, 0):
            detail = f"{name}: {explained[name]} are explained, the venue has {held.get(name, 0)}"
            yield Violation("I16", detail, name)
    for row in connection.execute(BALANCES):
        if row["balance"] > held.get(row["ts_code"], 0):
            name, ours = row["ts_code"], row["balance"]
            detail = f"{name}: {ours} are ours, the venue has {held.get(name, 0)}"
            yield Violation("I16", detail, name)
    for row in connection.execute(FOLLOWED):
        name, ours, others = row["ts_code"], row["ours"], row["others"]
        if ours + others != held.get(name, 0):
            detail = f"{name}: {ours} ours and {others} others', the venue has {held.get(name, 0)}"
            yield Violation("I16", detail, name)


def _settlement(lines: Sequence[ShareLine]) -> Iterator[Violation]:
    """I16: nothing bought on a day is sold on it (T+1), and no holding is negative."""
    days: dict[tuple[str, str], list[ShareLine]] = defaultdict(list)
    for line in lines:
        days[line.symbol, line.at.astimezone(SHANGHAI).date().isoformat()].append(line)
        if line.balance < 0:
            yield Violation("I16", f"{line.symbol}: {line.balance} at {line.at}", line.symbol)
    for (name, day), moved in days.items():
        before = moved[0].balance - moved[0].quantity
        arrived = sum(line.quantity for line in moved if line.kind not in (BUY, SELL))
        sold = -sum(line.quantity for line in moved if line.kind == SELL)
        if sold > before + max(arrived, 0):
            yield Violation("I16", f"{name}: {sold} sold of {before + arrived} on {day}", name)
