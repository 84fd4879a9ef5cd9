"""The port to a broker: what the daemon asks, what it is told, and the three ways it can fail.

BrokerError
|-- BrokerRefused       the answer was no; nothing was executed
|-- BrokerUnavailable   try again later; provably nothing was executed
|-- BrokerUnknown       we do not know; ask before anything else
`-- SessionSuperseded   another instance is live; stop (a BrokerRefused of its own)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from market.side import Side
from market.symbol import Symbol
from statemachine.events import OrderReport
from statemachine.fill import Fill
from statemachine.position import Funds, Movement, Position

Row = TypeVar("Row")


class BrokerError(Exception):
    """Base of all broker errors; `code` is the gateway contract's or our own short word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class BrokerRefused(BrokerError):
    """The broker said no and executed nothing."""


class SessionSuperseded(BrokerRefused):
    """Another session took over the account: stop submitting, exit 77."""


class BrokerUnavailable(BrokerError):
    """Nothing was executed and a later try may succeed; `retry_after_s` where it was told."""

    def __init__(self, code: str, message: str, retry_after_s: Decimal | None = None) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class BrokerUnknown(BrokerError):
    """The request may have been executed; only asking resolves it."""


class DedupeScope(StrEnum):
    """How long the broker recognises a client_order_id it has seen."""

    NONE = "NONE"
    OPEN_ONLY = "OPEN_ONLY"
    TTL = "TTL"
    FOREVER = "FOREVER"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the broker declares of itself; None means unknown, which refuses auto mode."""

    dedupe_scope: DedupeScope | None
    dedupe_ttl_s: int | None
    query_by_client_order_id: str | None
    client_order_id_length_max: int | None
    list_complete: bool | None
    fill_id_scope: str | None
    definite_refusal_codes: tuple[str, ...] | None
    inflight_max_s: int | None
    cancel_windows: tuple[str, ...] | None
    session_exclusive: bool | None
    valid_until: bool | None
    cancel_rows_listed_as_orders: bool | None


@dataclass(frozen=True, slots=True)
class BrokerSession:
    """An open trading session; `epoch` is the fence held inside its token."""

    account: str
    epoch: int
    trade_date: date
    server_time: datetime
    expires_at: datetime
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """How far the gateway's real time is ahead of ours, give or take half the round trip."""

    ahead: timedelta
    uncertainty: timedelta


@dataclass(frozen=True, slots=True)
class VenueTime:
    """Market time as the venue tells it; `market_phase` is the venue's word."""

    server_time: datetime
    trade_date: date
    market_phase: str


class InstrumentStatus(StrEnum):
    """Whether a name trades today, as the venue says."""

    TRADING = "TRADING"
    SUSPENDED = "SUSPENDED"
    HALTED = "HALTED"
    NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A name's facts for today; limits are None when there is no limit today."""

    symbol: Symbol
    name: str
    board: str
    status: InstrumentStatus
    is_st: bool
    list_date: date | None
    prev_close: Decimal | None
    limit_up: Decimal | None
    limit_down: Decimal | None
    tick: Decimal | None


@dataclass(frozen=True, slots=True)
class Quote:
    """The touch and the last trade; None where there is none. Volume in shares."""

    symbol: Symbol
    last: Decimal | None
    bid1: Decimal | None
    ask1: Decimal | None
    bid1_quantity: int | None
    ask1_quantity: int | None
    volume: int
    amount: Decimal
    quote_time: datetime | None


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """One page of a list; only `complete` with no rows means "none".

    `cursor` is what to ask with next time.
    """

    rows: tuple[Row, ...]
    cursor: str
    complete: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order as it goes on the wire; `deadline` is market time, never sent after it."""

    client_order_id: str
    symbol: Symbol
    side: Side
    limit_price: Decimal
    quantity: int
    deadline: datetime


class SendVerdict(StrEnum):
    """How one send ended (never-twice-never-lost.md A3)."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"


REPLY_UNREADABLE = "REPLY_UNREADABLE"
REPLY_MISMATCH = "REPLY_MISMATCH"
"""A reply that does not read, and one about something else: `code` of an answer not to believe."""


@dataclass(frozen=True, slots=True)
class SendResult:
    """The verdict on one order of a batch; `report` is there when the venue showed the order.

    `systemic` marks refusals that are not about this symbol (auth, trading disabled, venue not
    ready, transport): only they can make a FAILED_BATCH (trading-day.md rule 21).
    """

    client_order_id: str
    verdict: SendVerdict
    report: OrderReport | None
    code: str
    message: str
    systemic: bool


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """Everything learned from sending one batch once; `evidence` is the raw reply."""

    results: tuple[SendResult, ...]
    bytes_started: bool
    evidence: bytes


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    """What a cancel request brought: only whether it was passed on, never quantities.

    ACCEPTED = the request was sent; REFUSED = not cancelable or no-cancel window (`code` tells);
    `report` is the order as the venue showed it with a refusal.
    """

    verdict: SendVerdict
    code: str
    message: str
    report: OrderReport | None
    evidence: bytes


class Broker(Protocol):
    """A trading account at a broker. Every method may raise a BrokerError.

    Reads repeat themselves on a renewed session where that is safe; `submit` and `cancel` never
    repeat anything on their own.
    """

    @property
    def session(self) -> BrokerSession | None:
        """The trading session in use, None before the first; a renewal raises its epoch."""
        ...

    async def open_session(self) -> BrokerSession:
        """Open (or renew) the trading session; takes over any other one."""
        ...

    async def close(self) -> None:
        """Release connections; the broker-side session is left to expire."""
        ...

    async def clock_skew(self) -> ClockSkew:
        """Measure the gateway's real clock against ours (trading-day.md rule 25)."""
        ...

    async def venue_time(self) -> VenueTime:
        """Read market time."""
        ...

    async def instruments(self, symbols: Sequence[Symbol]) -> dict[Symbol, Instrument]:
        """Return today's facts; names unknown to the venue come back as NOT_FOUND."""
        ...

    async def quotes(self, symbols: Sequence[Symbol]) -> dict[Symbol, Quote]:
        """Return the touch for each name asked for."""
        ...

    async def funds(self) -> Funds:
        """Read cash figures."""
        ...

    async def positions(self) -> Listing[Position]:
        """Read all holdings; an incomplete listing is no account."""
        ...

    def encode_submit(self, requests: Sequence[OrderRequest]) -> bytes:
        """Return the exact business bytes `submit` sends, for the write-ahead record (1 to 20)."""
        ...

    def decode_submit(self, body: bytes) -> tuple[OrderRequest, ...]:
        """Return what these bytes ask for. Raises ValueError for bytes that ask for nothing."""
        ...

    async def submit(self, body: bytes) -> SendAnswer:
        """Send these bytes at most once and classify what came back; never raises BrokerError."""
        ...

    async def cancel(self, client_order_id: str) -> CancelAnswer:
        """Ask for a cancel at most once; never raises BrokerError."""
        ...

    async def cancel_account(self) -> CancelAnswer:
        """Ask once for the cancel of all that is live, whoever placed it; never a BrokerError."""
        ...

    async def order(self, client_order_id: str) -> OrderReport | None:
        """Look one order up, of today or any past day; None is a definite "not there"."""
        ...

    async def orders(self, cursor: str | None) -> Listing[OrderReport]:
        """Return every order changed since the cursor, all pages; None asks for all of today's."""
        ...

    async def fills(self, cursor: str | None) -> Listing[Fill]:
        """Return every fill since the cursor, all pages."""
        ...

    async def movements(self, cursor: str | None) -> Listing[Movement]:
        """Return every movement since the cursor, all pages."""
        ...
