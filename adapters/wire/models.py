"""Gateway contract v1 as pydantic models, shared by both ends.

Prices and money are decimal strings, quantities integer shares, times RFC 3339 with offset,
symbols "600000.SH" (gateway-contract.md section 2). Unknown keys from a newer gateway are
ignored on reading; the daemon's own requests are checked strictly by the gateway.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from adapters.broker import InstrumentStatus
from market.money import decimal_text
from market.side import Side
from statemachine.events import VenueStatus
from statemachine.fill import FillKind

Money = Annotated[Decimal, PlainSerializer(decimal_text, return_type=str)]
ClientOrderId = Annotated[str, Field(min_length=8, max_length=24, pattern=r"^[\x21-\x7e]+$")]
SymbolText = Annotated[str, Field(pattern=r"^[0-9]{6}\.(SH|SZ|BJ)$")]


class Reply(BaseModel):
    """Something the gateway says."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Request(BaseModel):
    """Something the daemon asks; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionRequest(Request):
    client_id: str
    account_id: str
    instance_id: str


class CapabilitiesView(Reply):
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
    orders_per_second: int
    orders_per_second_hard: int
    orders_per_day: int


class SessionView(Reply):
    session_token: str
    session_epoch: int
    expires_at: AwareDatetime
    account_id: str
    trade_date: date
    server_time: AwareDatetime
    capabilities: CapabilitiesView
    rate_limits: RateLimitsView


class HealthView(Reply):
    status: str
    version: str
    venue: str
    market_phase: str
    server_time: AwareDatetime


class TimeView(Reply):
    server_time: AwareDatetime
    trade_date: date
    market_phase: str


class InstrumentView(Reply):
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
    instruments: tuple[InstrumentView, ...]


class QuoteView(Reply):
    symbol: SymbolText
    last: Money | None
    bid1: Money | None
    ask1: Money | None
    bid1_qty: int | None
    ask1_qty: int | None
    volume: int
    amount: Money
    quote_time: AwareDatetime | None


class QuotesView(Reply):
    quotes: tuple[QuoteView, ...]


class FundsView(Reply):
    available: Money
    frozen: Money
    market_value: Money
    total_asset: Money
    withdrawable: Money
    as_of: AwareDatetime


class PositionView(Reply):
    symbol: SymbolText
    quantity: int
    sellable: int
    frozen: int
    in_transit: int
    cost_price: Money
    market_value: Money


class PositionsView(Reply):
    complete: bool
    as_of: AwareDatetime
    positions: tuple[PositionView, ...]


class NewOrder(Request):
    client_order_id: ClientOrderId
    symbol: SymbolText
    side: Side
    type: str = Field(default="LIMIT", pattern="^LIMIT$")
    limit_price: Money = Field(gt=0)
    quantity: int = Field(gt=0)
    market: str = Field(default="A", pattern="^A$")
    account_type: str = Field(default="cash", pattern="^cash$")
    deadline: AwareDatetime


class SubmitRequest(Request):
    orders: tuple[NewOrder, ...] = Field(min_length=1, max_length=20)


class OrderView(Reply):
    client_order_id: str | None
    venue_order_id: str
    venue_sys_id: str | None
    symbol: SymbolText
    side: Side
    type: str
    limit_price: Money
    quantity: int
    status: VenueStatus
    raw_status: int
    raw_text: str
    filled_quantity: int
    average_price: Money | None
    filled_amount: Money
    fees_total: Money | None
    reject_code: str | None
    reject_reason: str | None
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class ErrorView(Reply):
    """The body of every error status, and of a rejected order inside a 200.

    `outcome` is not_executed, executed or unknown; `retry` never, same_id, after_backoff or
    query_first.
    """

    code: str
    message: str
    outcome: str
    retry: str
    request_id: str
    order: OrderView | None = None


class SubmitResult(Reply):
    """`outcome` is accepted, rejected (proven not live) or unknown."""

    client_order_id: str
    outcome: str
    order: OrderView | None = None
    error: ErrorView | None = None
    replayed: bool = False


class SubmitReply(Reply):
    results: tuple[SubmitResult, ...]


class OrdersPage(Reply):
    orders: tuple[OrderView, ...]
    next_cursor: str
    complete: bool
    as_of: AwareDatetime


class FeesView(Reply):
    commission: Money
    stamp_duty: Money
    transfer: Money


class FillView(Reply):
    fill_id: str
    kind: FillKind
    market: str
    trade_date: date
    client_order_id: str | None
    venue_order_id: str
    symbol: SymbolText
    side: Side
    quantity: int
    price: Money
    amount: Money
    fees: FeesView | None
    fill_time: AwareDatetime


class FillsPage(Reply):
    fills: tuple[FillView, ...]
    next_cursor: str
    complete: bool
    as_of: AwareDatetime


class MovementView(Reply):
    movement_id: str
    kind: str
    symbol: SymbolText | None
    quantity: int
    amount: Money
    date: date
    text: str


class MovementsPage(Reply):
    movements: tuple[MovementView, ...]
    next_cursor: str
    complete: bool
    as_of: AwareDatetime


class CancelAccepted(Reply):
    client_order_id: str
    requested: bool


class CancelAllRequest(Request):
    account_wide: bool = False


class CancelAllReply(Reply):
    requested: tuple[str, ...]


class EventsView(Reply):
    """A hint that something changed; truth stays with orders and fills."""

    sequence: int
    changed: bool
