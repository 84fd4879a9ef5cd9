"""The order as plain data: what we asked for, what the venue says, what we know of the sending."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from market.side import Side
from market.symbol import Symbol
from statemachine.events import VenueStatus

ZERO = Decimal(0)


class OrderState(StrEnum):
    """The seven states of architecture.md section 3."""

    NEW = "NEW"
    ACK = "ACK"
    PARTIAL_FILLED = "PARTIAL_FILLED"
    FILLED = "FILLED"
    CANCEL_PENDING = "CANCEL_PENDING"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


TERMINAL_STATES = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED})
LIVE_STATES = frozenset({OrderState.ACK, OrderState.PARTIAL_FILLED, OrderState.CANCEL_PENDING})


class SendState(StrEnum):
    """What we know of the sending, beside the state (never-twice-never-lost.md A1).

    Unknown is never terminal and never a reason to send again.
    """

    PLANNED = "PLANNED"
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"
    ABSENT_WAIT = "ABSENT_WAIT"
    RESENT_ONCE = "RESENT_ONCE"
    MANUAL = "MANUAL"
    NEVER_SENT = "NEVER_SENT"


UNKNOWN_SEND_STATES = frozenset(
    {SendState.OPEN, SendState.UNKNOWN, SendState.ABSENT_WAIT, SendState.RESENT_ONCE},
)


class Initiator(StrEnum):
    """Who made a move happen."""

    US = "US"
    BROKER = "BROKER"
    EXCHANGE = "EXCHANGE"
    OPERATOR = "OPERATOR"


class CancelOutcome(StrEnum):
    """What became of our latest cancel request; a cancel reply never sets quantities."""

    NONE = "NONE"
    SENT = "SENT"
    REFUSED = "REFUSED"
    TOO_LATE = "TOO_LATE"
    WINDOW = "WINDOW"
    UNKNOWN = "UNKNOWN"
    DONE = "DONE"


CANCEL_ANSWERED_NO = frozenset(
    {CancelOutcome.REFUSED, CancelOutcome.TOO_LATE, CancelOutcome.WINDOW},
)
CANCEL_ON_ITS_WAY = frozenset({CancelOutcome.SENT, CancelOutcome.UNKNOWN})


class FinalReason(StrEnum):
    """Why an order ended, kept because CANCELLED alone only means "not fully filled"."""

    FILLED = "FILLED"
    REJECTED = "REJECTED"
    REJECTED_LATE = "REJECTED_LATE"
    CANCELLED_BY_US = "CANCELLED_BY_US"
    CANCELLED_BY_BROKER = "CANCELLED_BY_BROKER"
    PARTIAL_CANCEL = "PARTIAL_CANCEL"
    EXPIRED_DAY_END = "EXPIRED_DAY_END"
    NO_RECORD_AT_CLOSE = "NO_RECORD_AT_CLOSE"
    WRITTEN_OFF = "WRITTEN_OFF"


@dataclass(frozen=True, slots=True)
class Order:
    """One leg of one slice of one plan line; immutable, replaced by `order_machine.apply`.

    `client_order_id` is derived by `daemon.planning.identity` and never changes.
    `filled_quantity` is always the sum of the stored fills that are not post-terminal.
    `venue_status`, `venue_filled_quantity` and `venue_changed_at` are the newest report's words
    (its `version` is the order's): an order waits with them for fills that are still to come.
    `arrival_spread` is best ask less best bid when `arrival_price` was taken, CNY a share, None
    where one of them was missing.
    """

    account: str
    run_id: str
    client_order_id: str
    symbol: Symbol
    side: Side
    slice: int
    leg: int
    quantity: int
    limit_price: Decimal
    session_date: date
    created_at: datetime
    state: OrderState = OrderState.NEW
    send_state: SendState = SendState.PLANNED
    filled_quantity: int = 0
    filled_amount: Decimal = ZERO
    cancelled_quantity: int = 0
    venue_order_id: str | None = None
    raw_status: int | None = None
    raw_text: str = ""
    reject_code: str | None = None
    reject_reason: str = ""
    final_reason: FinalReason | None = None
    cancel_outcome: CancelOutcome = CancelOutcome.NONE
    want_cancel: str | None = None
    arrival_price: Decimal | None = None
    arrival_kind: str | None = None
    arrival_spread: Decimal | None = None
    acked_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 0
    venue_status: VenueStatus | None = None
    venue_filled_quantity: int = 0
    venue_changed_at: datetime | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether no further move is legal."""
        return self.state in TERMINAL_STATES

    @property
    def is_live(self) -> bool:
        """Whether the venue is known to hold a remainder of it."""
        return self.state in LIVE_STATES

    @property
    def is_unresolved(self) -> bool:
        """Whether it may be at the venue without our knowing; counts in every limit."""
        return self.state is OrderState.NEW and self.send_state in (
            UNKNOWN_SEND_STATES | {SendState.ACCEPTED, SendState.MANUAL}
        )

    @property
    def remaining_quantity(self) -> int:
        """Shares neither filled nor confirmed cancelled."""
        return self.quantity - self.filled_quantity - self.cancelled_quantity

    @property
    def average_price(self) -> Decimal | None:
        """Filled amount over filled quantity, unrounded; None while nothing is filled."""
        return self.filled_amount / self.filled_quantity if self.filled_quantity else None
