"""Both sides of the account, fetched for the pure comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from daemon.desk import Desk
from daemon.opening import Opening, opening_of
from daemon.reconciliation.books import named, names_at_venue
from daemon.reconciliation.compare import BrokerBook, OurBook, book_cash, compare
from daemon.reconciliation.explained import explained_breaks
from daemon.reconciliation.fees import fee_estimates
from market.phases import SHANGHAI
from market.symbol import Symbol
from statemachine.breaks import Break
from statemachine.fill import Fill
from statemachine.order import Order
from statemachine.run import Run

RECENT = timedelta(days=31)
"""So long new shares of a corporate action may wait to be listed."""
TOLD = timedelta(days=7)
"""So long a movement or a trade of somebody else is told as what explains a difference."""
SETTLED_BY = time(9)
"""By then the broker has taken yesterday's purchases for sellable, before no session opens."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Both books as they were compared, and what differs.

    `foreign` are the shares of other people: of names marked foreign, and beside ours.
    `theirs_as_of` is the oldest of the answers; `breaks` lock, `explained` differences do not.
    """

    ours: OurBook
    theirs: BrokerBook
    foreign: Mapping[Symbol, int]
    theirs_as_of: datetime
    breaks: tuple[Break, ...]
    explained: tuple[Break, ...] = ()


async def reconcile_books(desk: Desk) -> Reconciled:
    """Ask the broker for everything of today and compare it with our book. Raises BrokerError.

    What is asked is booked before it is compared, so that news of this minute is no difference.
    """
    day = desk.clock.now().date()
    positions, funds = await desk.broker.positions(), await desk.broker.funds()
    orders, fills = await desk.broker.orders(None), await desk.broker.fills(None)
    await desk.store.apply_news(
        orders.rows if orders.complete else (),
        fills.rows if fills.complete else (),
        (),
        {},
        now=desk.clock.now(),
    )
    foreign = await _foreign_symbols(desk)
    ours = await our_book(desk, day)
    came_whole = {
        "orders": orders.complete,
        "fills": fills.complete,
        "positions": positions.complete,
    }
    told = BrokerBook(
        reports=orders.rows if orders.complete else None,
        fills=fills.rows if fills.complete else None,
        positions=tuple(row for row in positions.rows if row.symbol not in foreign)
        if positions.complete
        else None,
        funds=funds,
        session_date=day,
        incomplete=tuple(name for name, whole in came_whole.items() if not whole),
    )
    theirs = named(told, names_at_venue(ours.orders))
    found = compare(ours, theirs, run_id=None)
    marked = {row.symbol: row.quantity for row in positions.rows if row.symbol in foreign}
    return Reconciled(
        ours=ours,
        theirs=theirs,
        foreign={**{name: count for name, count in ours.foreign.items() if count > 0}, **marked},
        theirs_as_of=min(orders.as_of, fills.as_of, positions.as_of, funds.as_of),
        breaks=tuple(item for item in found if not item.explained),
        explained=(*explained_breaks(ours, theirs), *(item for item in found if item.explained)),
    )


async def our_book(desk: Desk, session_date: date) -> OurBook:
    """Return what we believe: the session's orders, holdings, and cash since the newest opening.

    The fills are the session's and all since the opening, which may lie days back.
    """
    runs = await desk.store.runs()
    opened, opening = await newest_opening(desk, runs)
    of_session = [run for run in runs if run.session_date == session_date]
    traded = dict.fromkeys(run.run_id for run in (*of_session, *runs[opened:]))
    orders: list[Order] = []
    fills: list[Fill] = []
    for run in of_session:
        orders += await desk.store.orders_of(run.run_id)
    known = {order.client_order_id for order in orders}
    orders += [
        order for order in await desk.store.open_orders() if order.client_order_id not in known
    ]
    for run_id in traded:
        fills += await desk.store.fills_of(run_id)
    foreign = await _foreign_symbols(desk)
    others = await desk.store.other_shares()
    recent = session_date - RECENT
    since = recent if opening is None else min(recent, opening.at.date())
    return OurBook(
        orders=tuple(orders),
        fills=tuple(fills),
        owned=await desk.store.owned(),
        foreign={symbol: count for symbol, count in others.items() if symbol not in foreign},
        cash_opening=None if opening is None else opening.cash,
        cash_opening_at=None if opening is None else opening.at,
        movements=() if opening is None else opening.movements,
        fee_estimates=fee_estimates(fills, desk.rules, desk.settings.fees.schedule()),
        foreign_fills=await desk.store.foreign_fills_from(since),
        recent_movements=await desk.store.movements_from(recent),
        unsettled_from=_unsettled_from(desk),
        told_from=session_date - TOLD,
    )


def _unsettled_from(desk: Desk) -> date:
    """Return the first session whose purchases may not be sellable yet (T+1)."""
    now = desk.clock.now().astimezone(SHANGHAI)
    if desk.calendar.is_session(now.date()) and now.time() >= SETTLED_BY:
        return now.date()
    return desk.calendar.previous_session(now.date())


async def newest_opening(desk: Desk, runs: Sequence[Run]) -> tuple[int, Opening | None]:
    """Return which run opened its books last, and how; (len(runs), None) before the first."""
    for index in range(len(runs) - 1, -1, -1):
        opening = await opening_of(desk, runs[index].run_id)
        if opening is not None:
            return index, opening
    return len(runs), None


async def _foreign_symbols(desk: Desk) -> frozenset[Symbol]:
    """Return names a person marked foreign: never sold, never counted, never compared."""
    decided = await desk.store.decided_symbols()
    return frozenset(symbol for symbol, owner in decided.items() if owner == "foreign")


async def expected_cash(desk: Desk) -> Decimal | None:
    """Return the cash the broker should show now, CNY; None before any books were opened."""
    flow = book_cash(await our_book(desk, desk.clock.now().date()), ())
    return None if flow is None else flow.closing
