"""Our orders against the broker's list of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from daemon.reconciliation.books import OurBook, is_foreign
from market.money import decimal_text
from statemachine.breaks import Break, BreakKind
from statemachine.events import OrderReport, VenueStatus
from statemachine.order import Order, OrderState

# CANCEL_PENDING begins with our wish and outlasts a refused cancel, so the venue may still say that
# the order is live; a late 废单 ends as CANCELLED (row 5); 255 says nothing (row 20).
STATES_OF: Mapping[VenueStatus, frozenset[OrderState]] = {
    VenueStatus.UNREPORTED: frozenset({OrderState.NEW}),
    VenueStatus.WAIT_REPORTING: frozenset({OrderState.NEW}),
    VenueStatus.REPORTED: frozenset({OrderState.ACK, OrderState.CANCEL_PENDING}),
    VenueStatus.REPORTED_CANCEL: frozenset({OrderState.ACK, OrderState.CANCEL_PENDING}),
    VenueStatus.PART_SUCC: frozenset({OrderState.PARTIAL_FILLED, OrderState.CANCEL_PENDING}),
    VenueStatus.PARTSUCC_CANCEL: frozenset({OrderState.PARTIAL_FILLED, OrderState.CANCEL_PENDING}),
    VenueStatus.SUCCEEDED: frozenset({OrderState.FILLED}),
    VenueStatus.CANCELED: frozenset({OrderState.CANCELLED}),
    VenueStatus.PART_CANCEL: frozenset({OrderState.CANCELLED}),
    VenueStatus.JUNK: frozenset({OrderState.REJECTED, OrderState.CANCELLED}),
    VenueStatus.UNKNOWN: frozenset(OrderState),
}


def order_breaks(
    ours: OurBook,
    reports: Sequence[OrderReport],
    *,
    session_date: date | None,
    run_id: str | None,
) -> Iterator[Break]:
    """Yield what differs; orders of other people are no breaks."""
    known = {order.client_order_id: order for order in ours.orders}
    own_ids = ours.client_order_ids
    shown: dict[str, list[OrderReport]] = {}
    for report in _newest_by_venue_order(reports):
        name = report.client_order_id
        if name is not None and not is_foreign(name, own_ids):
            shown.setdefault(name, []).append(report)
    for name, found in shown.items():
        meant = _meant(found, known.get(name))
        yield from (
            _unknown(meant, run_id) if name not in known else _differences(known[name], meant)
        )
        yield from (_duplicate(meant, other, run_id) for other in found if _is_second(other, meant))
    for name, order in known.items():
        if name not in shown:
            yield from _absence(order, session_date)


def _meant(found: Sequence[OrderReport], order: Order | None) -> OrderReport:
    """Return which of the reports under one id is the order we know; the first where none is."""
    number = None if order is None else order.venue_order_id
    return next((report for report in found if report.venue_order_id == number), found[0])


def _is_second(report: OrderReport, meant: OrderReport) -> bool:
    """Whether a report is a duplicate that matters: one cancelled without a fill is gone."""
    return report is not meant and not report.came_to_nothing


def _newest_by_venue_order(reports: Sequence[OrderReport]) -> tuple[OrderReport, ...]:
    """Drop older views of the same venue order, should the list have both."""
    newest: dict[str, OrderReport] = {}
    for report in reports:
        before = newest.get(report.venue_order_id)
        if before is None or report.version > before.version:
            newest[report.venue_order_id] = report
    return tuple(newest.values())


def _duplicate(first: OrderReport, second: OrderReport, run_id: str | None) -> Break:
    return Break(
        run_id,
        BreakKind.DUPLICATE_AT_BROKER,
        second.symbol,
        first.venue_order_id,
        second.venue_order_id,
        f"two orders at the broker carry {second.client_order_id}",
        subject=str(second.client_order_id),
    )


def _unknown(report: OrderReport, run_id: str | None) -> Iterator[Break]:
    yield Break(
        run_id,
        BreakKind.ORDER_UNKNOWN,
        report.symbol,
        "",
        _words_of(report),
        f"the broker shows {report.client_order_id}, an id of ours that we have no order of",
        subject=str(report.client_order_id),
    )


def _differences(order: Order, report: OrderReport) -> Iterator[Break]:
    if _terms_of(order) != _terms_of(report):
        yield _break_of(
            order,
            BreakKind.ORDER_TERMS,
            _terms_of(order),
            _terms_of(report),
            "was asked for as one thing and stands at the broker as another",
        )
    if not is_state_explained(order, report):
        yield _break_of(
            order,
            BreakKind.ORDER_STATE,
            order.state,
            _words_of(report),
            f"is {order.state} here and {report.status} at the broker",
        )
    if order.filled_quantity != report.filled_quantity:
        yield _break_of(
            order,
            BreakKind.ORDER_FILLED,
            str(order.filled_quantity),
            str(report.filled_quantity),
            f"has fills of {order.filled_quantity} shares here, {report.filled_quantity} there",
        )


def is_state_explained(order: Order, report: OrderReport) -> bool:
    """Whether our state is one that goes with the venue's word (table A8).

    Fills of the whole quantity prove FILLED before the venue says so.
    """
    if order.state is OrderState.FILLED and report.filled_quantity == order.quantity:
        return True
    return order.state in STATES_OF[report.status]


def _absence(order: Order, session_date: date | None) -> Iterator[Break]:
    """An order the venue once showed must be in the list of its session."""
    if order.venue_order_id is None:
        return
    if session_date not in (None, order.session_date):
        if not order.is_terminal:
            detail = f"of {order.session_date} has not ended as far as we were told"
            yield _break_of(order, BreakKind.EXPIRY_UNCONFIRMED, order.state, "", detail)
    elif session_date is not None or not order.is_terminal:
        detail = f"was at the broker as {order.venue_order_id} and is not in its list"
        yield _break_of(order, BreakKind.ORDER_MISSING, order.state, "", detail)


def _break_of(order: Order, kind: BreakKind, ours: str, theirs: str, sentence: str) -> Break:
    detail = f"{order.client_order_id} {sentence}"
    subject = order.client_order_id
    return Break(order.run_id, kind, order.symbol, ours, theirs, detail, subject)


def _terms_of(order: Order | OrderReport) -> str:
    price = decimal_text(order.limit_price)
    return f"{order.side} {order.quantity} {order.symbol} at {price}"


def _words_of(report: OrderReport) -> str:
    return f"{report.status}({report.raw_status}) {report.raw_text}".rstrip()
