"""Gateway contract v1 as pydantic models, shared by both ends.

Prices and money are decimal strings, quantities integer shares, times RFC 3339 with offset,
symbols "600000.SH" (gateway-contract.md section 2). Unknown keys from a newer gateway are
ignored on reading; the daemon's own requests are checked strictly by the gateway.
"""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from adapters.broker import InstrumentStatus
from adapters.wire.errors import Outcome, Retry
from adapters.wire.values import (
    BookedMoney,
    ClientOrderId,
    Moment,
    Money,
    SymbolText,
    TradedShares,
    WholeNumber,
)
from market.side import Side
from statemachine.events import VenueStatus
from statemachine.fill import FillKind

# The `type` of a row that is a cancel, at a gateway that lists cancels among the orders.
CANCEL_TYPE = "CANCEL"


class Reply(BaseModel):
    """Something the gateway says."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Request(BaseModel):
    """Something the daemon asks; unknown keys and loosely typed values are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SessionRequest(Request):
    """Opens a trading session, and takes over whichever one the account has."""

    client_id: str
    account_id: str
    instance_id: str


class CapabilitiesView(Reply):
    """What the gateway declares of itself; null is "not known"."""

    dedupe_scope: str | None = None
    dedupe_ttl_s: int | None = None
    query_by_cid: str | None = None
    cid_max_len: int | None = None
    list_complete: bool | None = None
    fill_id_scope: str | None = None
    definite_refusal_codes: tuple[str, ...] | None = None
    max_inflight_s: int | None = None
    cancel_windows: tuple[str, ...] | None = None
    session_exclusive: bool | None = None
    valid_until: bool | None = None
    cancel_rows_listed_as_orders: bool | None = None


class RateLimitsView(Reply):
    """Messages: sustained a second, in one burst, and orders a day."""

    orders_per_second: int
    orders_per_second_hard: int
    orders_per_day: int


class SessionView(Reply):
    """An open session.

    `server_time` is market time; `expires_at` is real time, at most 24 h away.
    """

    session_token: str
    session_epoch: int
    expires_at: Moment
    account_id: str
    trade_date: date
    server_time: Moment
    capabilities: CapabilitiesView
    rate_limits: RateLimitsView


class HealthView(Reply):
    """The gateway is alive; `server_time` is the real time signatures are checked against."""

    status: str
    version: str
    venue: str
    market_phase: str
    server_time: Moment


class TimeView(Reply):
    """Market time, and the session in progress or next."""

    server_time: Moment
    trade_date: date
    market_phase: str


class InstrumentView(Reply):
    """A name's facts for today; null limits mean no limit today."""

    symbol: SymbolText
    name: str
    board: str
    status: InstrumentStatus
    is_st: bool
    list_date: date | None
    prev_close: Money | None
    limit_up: Money | None
    limit_down: Money | None
    tick: Money | None


class InstrumentsView(Reply):
    """One row a symbol, in the order asked for."""

    instruments: tuple[InstrumentView, ...]


class QuoteView(Reply):
    """The touch and the day so far, null where there is none; volume in shares, amount in CNY."""

    symbol: SymbolText
    last: Money | None
    bid1: Money | None
    ask1: Money | None
    bid1_qty: int | None
    ask1_qty: int | None
    volume: int
    amount: Money
    quote_time: Moment | None


class QuotesView(Reply):
    """One row a symbol, in the order asked for."""

    quotes: tuple[QuoteView, ...]


class FundsView(Reply):
    """Cash and value of the account, CNY."""

    available: Money
    frozen: Money
    market_value: Money
    total_asset: Money
    withdrawable: Money
    as_of: Moment


class PositionView(Reply):
    """A holding: shares, of which sellable today, frozen by orders, and in transit."""

    symbol: SymbolText
    quantity: int
    sellable: int
    frozen: int
    in_transit: int
    cost_price: Money
    market_value: Money


class PositionsView(Reply):
    """All holdings; empty means none only when complete."""

    complete: bool
    as_of: Moment
    positions: tuple[PositionView, ...]


class NewOrder(Request):
    """One limit order; refused, never sent late, once `deadline` (market time) has passed."""

    client_order_id: ClientOrderId
    symbol: SymbolText
    side: Side
    type: str = Field(default="LIMIT", pattern="^LIMIT$")
    limit_price: BookedMoney = Field(gt=0)
    quantity: WholeNumber = Field(gt=0)
    market: str = Field(default="A", pattern="^A$")
    account_type: str = Field(default="cash", pattern="^cash$")
    deadline: Moment


class SubmitRequest(Request):
    """A batch, handled in this order."""

    orders: tuple[NewOrder, ...] = Field(min_length=1, max_length=20)


class OrderView(Reply):
    """An order as the venue has it; `client_order_id` is null when it is not ours.

    A row of `type` CANCEL is no order: it tells of the cancel of the order whose id it carries.

    `version` rises with every change, over all orders: it is the change sequence of its last one.
    """

    client_order_id: str | None
    venue_order_id: str
    venue_sys_id: str | None
    symbol: SymbolText
    side: Side
    type: str
    limit_price: BookedMoney
    quantity: WholeNumber
    status: VenueStatus
    raw_status: WholeNumber
    raw_text: str
    filled_quantity: WholeNumber
    average_price: Money | None
    filled_amount: BookedMoney
    fees_total: BookedMoney | None
    reject_code: str | None
    reject_reason: str | None
    version: WholeNumber
    created_at: Moment
    updated_at: Moment


class ErrorView(Reply):
    """The body of every error status, and of a rejected order inside a 200.

    `code` is one of adapters.wire.errors.ErrorCode, or one that a newer gateway made up.
    """

    code: str
    message: str
    outcome: Outcome
    retry: Retry
    request_id: str
    order: OrderView | None = None


class SubmitOutcome(StrEnum):
    """What became of one order of a batch; rejected is proven not live."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class SubmitResult(Reply):
    """One order's result; `replayed` when the first result is told again."""

    client_order_id: str
    outcome: SubmitOutcome
    order: OrderView | None = None
    error: ErrorView | None = None
    replayed: bool = False


class SubmitReply(Reply):
    """One result an order, same order."""

    results: tuple[SubmitResult, ...]


class OrdersPage(Reply):
    """Orders changed since the cursor, oldest change first; not complete = ask on."""

    orders: tuple[OrderView, ...]
    next_cursor: str
    complete: bool
    as_of: Moment


class FeesView(Reply):
    """Fees as billed for one fill, CNY."""

    commission: BookedMoney
    stamp_duty: BookedMoney
    transfer: BookedMoney


class FillView(Reply):
    """One execution; `fees` is null until the broker bills them."""

    fill_id: str
    kind: FillKind
    market: str
    trade_date: date
    client_order_id: str | None
    venue_order_id: str
    symbol: SymbolText
    side: Side
    quantity: TradedShares
    price: BookedMoney
    amount: BookedMoney
    fees: FeesView | None
    fill_time: Moment


class FillsPage(Reply):
    """Fills since the cursor, oldest first; not complete = ask on."""

    fills: tuple[FillView, ...]
    next_cursor: str
    complete: bool
    as_of: Moment


class MovementView(Reply):
    """Cash (CNY, signed) or shares (signed) that moved without a trade."""

    movement_id: str
    kind: str
    symbol: SymbolText | None
    quantity: WholeNumber
    amount: BookedMoney
    date: date
    text: str


class MovementsPage(Reply):
    """Movements since the cursor, oldest first; not complete = ask on."""

    movements: tuple[MovementView, ...]
    next_cursor: str
    complete: bool
    as_of: Moment


class CancelAccepted(Reply):
    """The cancel was passed on, nothing more."""

    client_order_id: str
    requested: bool


class CancelAllRequest(Request):
    """Cancels our live orders; `account_wide` means everybody's on the account."""

    account_wide: bool = False


class CancelAllReply(Reply):
    """Whose cancel was passed on: client_order_ids, of others' orders the venue_order_ids."""

    requested: tuple[str, ...]


class EventsView(Reply):
    """A hint that something changed; truth stays with orders and fills."""

    sequence: int
    changed: bool
