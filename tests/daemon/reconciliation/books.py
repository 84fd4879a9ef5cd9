"""Two books that agree, drawn at random or given plainly, and a venue's words for our states."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from daemon.reconciliation.books import BrokerBook, OurBook, order_key
from market.side import Side
from market.symbol import Symbol
from statemachine.events import OrderReport, VenueStatus
from statemachine.fill import BilledFees, Fill, FillKind
from statemachine.order import Order, OrderState, SendState
from statemachine.position import Funds, Movement, Position
from tests.support.book import OPEN, RECEIVED_AT, SESSION, make_fill, make_order, report

SYMBOLS = tuple(Symbol.parse(code) for code in ("600000.SH", "000002.SZ", "688001.SH", "300750.SZ"))
FOREIGN = Symbol.parse("601318.SH")
OPENING = Decimal("1000000.00")
FEES = BilledFees(Decimal("5.00"), Decimal("1.23"), Decimal("0.04"))
CLOSE = OPEN.replace(hour=15)


@dataclass(frozen=True, slots=True)
class Books:
    """Both sides at one moment."""

    ours: OurBook
    theirs: BrokerBook

    @property
    def reports(self) -> tuple[OrderReport, ...]:
        return self.theirs.reports or ()

    @property
    def their_fills(self) -> tuple[Fill, ...]:
        return self.theirs.fills or ()

    @property
    def positions(self) -> tuple[Position, ...]:
        return self.theirs.positions or ()

    @property
    def funds(self) -> Funds:
        assert self.theirs.funds is not None
        return self.theirs.funds


@dataclass(frozen=True, slots=True)
class Stand:
    """How an order stands: our state and the venue's word for it."""

    state: OrderState
    status: VenueStatus
    has_fills: bool = False
    is_whole: bool = False


STANDS = (
    Stand(OrderState.NEW, VenueStatus.WAIT_REPORTING),
    Stand(OrderState.ACK, VenueStatus.REPORTED),
    Stand(OrderState.CANCEL_PENDING, VenueStatus.REPORTED_CANCEL),
    Stand(OrderState.PARTIAL_FILLED, VenueStatus.PART_SUCC, has_fills=True),
    Stand(OrderState.CANCEL_PENDING, VenueStatus.PARTSUCC_CANCEL, has_fills=True),
    Stand(OrderState.FILLED, VenueStatus.SUCCEEDED, has_fills=True, is_whole=True),
    Stand(OrderState.CANCELLED, VenueStatus.CANCELED),
    Stand(OrderState.CANCELLED, VenueStatus.PART_CANCEL, has_fills=True),
    Stand(OrderState.REJECTED, VenueStatus.JUNK),
)
FILLED = STANDS[5]
RAW_STATUS = {VenueStatus.WAIT_REPORTING: 49, VenueStatus.PARTSUCC_CANCEL: 52}


def standing(order: Order, stand: Stand, fills: Sequence[Fill]) -> Order:
    """Return the order as it stands with these fills."""
    filled = sum(fill.quantity for fill in fills)
    return replace(
        order,
        state=stand.state,
        send_state=SendState.ACCEPTED,
        venue_order_id=f"V{order.client_order_id[-6:]}",
        filled_quantity=filled,
        filled_amount=sum((fill.amount for fill in fills), Decimal(0)),
        cancelled_quantity=order.quantity - filled if stand.state is OrderState.CANCELLED else 0,
    )


def shown(order: Order, status: VenueStatus) -> OrderReport:
    """Return how the venue shows the order."""
    known = VenueStatus.REPORTED if status in RAW_STATUS else status
    seen = report(order, known, 1, filled=order.filled_quantity)
    return replace(seen, status=status, raw_status=RAW_STATUS.get(status, seen.raw_status))


def foreign_fill(number: int, side: Side, quantity: int, price: Decimal) -> Fill:
    """Return a trade that a person made at the terminal after the books were opened."""
    fill = make_fill(make_order(FOREIGN, side, quantity, str(price)), quantity, f"F{number}")
    return replace(fill, client_order_id=None, venue_order_id=f"P{number}", fees=FEES)


def position(symbol: Symbol, quantity: int) -> Position:
    return Position(symbol, quantity, quantity, 0, 0, Decimal(0), Decimal(0))


def funds(total: Decimal, frozen: Decimal = Decimal(0)) -> Funds:
    return Funds(total - frozen, frozen, Decimal(0), total, total, CLOSE)


def dividend(amount: Decimal) -> Movement:
    return Movement("M1", "DIVIDEND", SYMBOLS[0], 0, amount, SESSION, "红利")


def books(
    orders: Sequence[Order],
    fills: Sequence[Fill],
    reports: Sequence[OrderReport],
    *,
    foreign_fills: Sequence[Fill] = (),
    movements: Sequence[Movement] = (),
    frozen: Decimal = Decimal(0),
) -> Books:
    """Return both sides of an account that opened with 5,000 shares of each name."""
    owned: Counter[Symbol] = Counter(dict.fromkeys(SYMBOLS, 5000))
    others: Counter[Symbol] = Counter({FOREIGN: 1500})
    cash = OPENING + sum((movement.amount for movement in movements), Decimal(0))
    for fill in (*fills, *foreign_fills):
        change = fill.side.sign * fill.quantity
        whose = owned if fill.client_order_id else others
        whose[fill.symbol] += change
        cash -= fill.side.sign * fill.amount + (fill.fees or FEES).total
    ours = OurBook(
        orders=tuple(orders),
        fills=tuple(fills),
        owned={symbol: owned[symbol] for symbol in SYMBOLS},
        foreign=dict(others),
        cash_opening=OPENING,
        cash_opening_at=RECEIVED_AT,
        movements=tuple(movements),
        fee_estimates=_estimates(fills),
        foreign_fills=tuple(foreign_fills),
    )
    held = {symbol: owned[symbol] + others[symbol] for symbol in owned | others}
    theirs = BrokerBook(
        reports=tuple(reports),
        fills=(*fills, *foreign_fills),
        positions=tuple(position(symbol, quantity) for symbol, quantity in held.items()),
        funds=funds(cash, frozen),
        session_date=SESSION,
    )
    return Books(ours, theirs)


def _estimates(fills: Sequence[Fill]) -> Mapping[str, Decimal]:
    counts = Counter(order_key(fill) for fill in fills)
    return {key: count * FEES.total for key, count in counts.items()}


@st.composite
def consistent_books(draw: st.DrawFn, *, billed: bool = True) -> Books:
    """Draw an account of which both sides tell the same; the first order is filled whole."""
    stands = [FILLED, *draw(st.lists(st.sampled_from(STANDS), max_size=5))]
    orders: list[Order] = []
    fills: list[Fill] = []
    for number, stand in enumerate(stands, 1):
        planned = _order(draw, number)
        made = _fills(draw, planned, stand)
        orders.append(standing(planned, stand, made))
        fills += made if billed else [replace(fill, fees=None) for fill in made]
    reports = [shown(order, stand.status) for order, stand in zip(orders, stands, strict=True)]
    if draw(st.booleans()):
        orders.append(replace(_order(draw, len(orders) + 1), send_state=SendState.UNKNOWN))
    sizes = draw(st.lists(st.integers(1, 500), max_size=2))
    return books(
        orders,
        fills,
        draw(st.permutations(reports)),
        foreign_fills=[
            foreign_fill(number, draw(st.sampled_from(Side)), size, draw(PRICES))
            for number, size in enumerate(sizes)
        ],
        movements=[dividend(draw(PRICES))] if draw(st.booleans()) else [],
        frozen=draw(st.sampled_from([Decimal(0), Decimal("1234.56")])),
    )


PRICES = st.decimals("0.50", "400", places=2)


def _order(draw: st.DrawFn, number: int) -> Order:
    return make_order(
        draw(st.sampled_from(SYMBOLS)),
        draw(st.sampled_from(Side)),
        draw(st.integers(2, 30)) * 100,
        str(draw(PRICES)),
        slice_number=number,
    )


def _fills(draw: st.DrawFn, order: Order, stand: Stand) -> list[Fill]:
    if not stand.has_fills:
        return []
    whole = order.quantity if stand.is_whole else draw(st.integers(1, order.quantity - 1))
    first = draw(st.integers(1, whole))
    parts = [first, whole - first] if whole > first else [whole]
    return [
        replace(
            make_fill(order, quantity, f"{order.slice}-{part}", kind=FillKind.TRADE),
            fees=FEES,
            fill_time=OPEN + timedelta(minutes=part),
        )
        for part, quantity in enumerate(parts)
    ]
