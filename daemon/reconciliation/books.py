"""The two books that are compared: ours, and what the broker told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from market.phases import SHANGHAI
from market.symbol import Symbol
from statemachine.events import OrderReport
from statemachine.fill import Fill
from statemachine.order import Order
from statemachine.order_id import is_own_order_id
from statemachine.position import Funds, Movement, Position

VenueNames = Mapping[tuple[date, str], str]
FillKey = tuple[date, str, str, str, str]


@dataclass(frozen=True, slots=True)
class OurBook:
    """What we believe; `orders` and `fills` hold every one of the sessions that are compared.

    `foreign` are the shares of other people in names that are compared, their trades included;
    below zero they sold what is ours. `cash_opening` is the broker's total cash (available and
    frozen) at a moment when nothing traded; None leaves cash uncompared. Fills after that moment
    are counted; `movements` are those since then. `fee_estimates` are our figures, CNY an order,
    by `order_key`; they count for an order while the broker has not billed all of its fills.
    `foreign_fills` and `recent_movements` are what other people and the registrar did lately; what
    they did before `told_from` is known well enough not to be told again.
    Shares bought from `unsettled_from` on may not be sellable yet; None leaves that uncompared.
    """

    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    owned: Mapping[Symbol, int]
    foreign: Mapping[Symbol, int]
    cash_opening: Decimal | None
    cash_opening_at: datetime | None
    movements: tuple[Movement, ...]
    fee_estimates: Mapping[str, Decimal] = field(default_factory=dict)
    foreign_fills: tuple[Fill, ...] = ()
    recent_movements: tuple[Movement, ...] = ()
    unsettled_from: date | None = None
    told_from: date | None = None

    @property
    def client_order_ids(self) -> frozenset[str]:
        """The ids of our orders."""
        return frozenset(order.client_order_id for order in self.orders)


@dataclass(frozen=True, slots=True)
class BrokerBook:
    """What the broker told; None = it could not be asked, which is never the same as empty.

    `session_date` is the session whose orders and fills the lists are of: orders and fills of
    other sessions are not compared. None means the lists may reach further back: then fills are
    compared whatever their date, and only orders that have not ended must be listed. `incomplete`
    names the lists that came in part.
    """

    reports: tuple[OrderReport, ...] | None
    fills: tuple[Fill, ...] | None
    positions: tuple[Position, ...] | None
    funds: Funds | None
    session_date: date | None = None
    incomplete: tuple[str, ...] = ()


def names_at_venue(orders: Iterable[Order]) -> VenueNames:
    """Return our ids by the session and the number that the broker knows the orders by."""
    return {
        (order.session_date, order.venue_order_id): order.client_order_id
        for order in orders
        if order.venue_order_id is not None
    }


def named(theirs: BrokerBook, names: VenueNames) -> BrokerBook:
    """Return their book with our ids on what carries none and has the number of an order of ours.

    Such an order was adopted (never-twice-never-lost.md A4): the broker knows it by number only.
    """
    reports, fills = theirs.reports, theirs.fills
    return replace(
        theirs,
        reports=None if reports is None else named_reports(reports, names),
        fills=None if fills is None else tuple(_named_fill(fill, names) for fill in fills),
    )


def named_reports(reports: Iterable[OrderReport], names: VenueNames) -> tuple[OrderReport, ...]:
    """Return the reports, our ids on those that carry none and have a number among `names`."""
    return tuple(_named_report(report, names) for report in reports)


def _named_report(report: OrderReport, names: VenueNames) -> OrderReport:
    key = (report.updated_at.astimezone(SHANGHAI).date(), report.venue_order_id)
    if report.client_order_id is not None or key not in names:
        return report
    return replace(report, client_order_id=names[key])


def _named_fill(fill: Fill, names: VenueNames) -> Fill:
    key = (fill.trade_date, fill.venue_order_id)
    if fill.client_order_id is not None or key not in names:
        return fill
    return replace(fill, client_order_id=names[key])


def order_key(fill: Fill) -> str:
    """Return what the fills of one order share, ours and foreign alike."""
    return fill.client_order_id or f"{fill.trade_date}/{fill.market}/{fill.venue_order_id}"


def is_foreign(client_order_id: str | None, ours: frozenset[str]) -> bool:
    """Whether somebody else placed it: the id is none of `ours`, nor of the shape we give."""
    return client_order_id not in ours and not is_own_order_id(client_order_id)


def foreign_fills(ours: OurBook, their_fills: Iterable[Fill]) -> tuple[Fill, ...]:
    """Return trades of other people, those we have recorded and those that are listed, once."""
    own_ids = ours.client_order_ids
    listed = [fill for fill in their_fills if is_foreign(fill.client_order_id, own_ids)]
    return tuple({fill_key(fill): fill for fill in (*ours.foreign_fills, *listed)}.values())


def fill_key(fill: Fill) -> FillKey:
    """Return the primary key inside one account."""
    return (fill.trade_date, fill.market, fill.venue_order_id, fill.fill_id, fill.kind)
