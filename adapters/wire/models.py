"""Gateway contract v1 as pydantic models, shared by both ends.

Prices and money are decimal strings, quantities integer shares, times RFC 3339 with offset,
symbols "600000.SH" (gateway-contract.md section 2). Unknown keys from a newer gateway are
ignored on reading; the daemon's own requests are checked strictly by the gateway.
"""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from adapters.broker import InstrumentStatus
from adapters.wire.errors import Outcome, Retry
from market.money import decimal_text
from market.side import Side
from market.symbol import Symbol
from statemachine.events import VenueStatus
from statemachine.fill import FillKind

_DECIMAL_PATTERN = r"-?[0-9]{1,18}(\.[0-9]{1,28})?"
_DECIMAL = re.compile(_DECIMAL_PATTERN)


def _decimal_string(value: object) -> Decimal:
    """Take a Decimal, or its plain text; a JSON number would have passed through a float."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    raise ValueError('money and prices are decimal strings such as "12.34"')


Money = Annotated[
    Decimal,
    BeforeValidator(_decimal_string),
    PlainSerializer(decimal_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_DECIMAL_PATTERN}$"}),
]
ClientOrderId = Annotated[str, Field(min_length=8, max_length=24, pattern=r"^[\x21-\x7e]+$")]
SymbolText = Annotated[
    str,
    Field(pattern=r"^[0-9]{6}\.(SH|SZ|BJ)$"),
    AfterValidator(lambda text: str(Symbol.parse(text))),
]


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
    expires_at: AwareDatetime
    account_id: str
    trade_date: date
    server_time: AwareDatetime
    capabilities: CapabilitiesView
    rate_limits: RateLimitsView


class HealthView(Reply):
    """The gateway is alive; `server_time` is the real time signatures are checked against."""

    status: str
    version: str
    venue: str
    market_phase: str
    server_time: AwareDatetime


class TimeView(Reply):
    """Market time, and the session in progress or next."""

    server_time: AwareDatetime
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
    quote_time: AwareDatetime | None


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
    as_of: AwareDatetime


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
    as_of: AwareDatetime
    positions: tuple[PositionView, ...]


class NewOrder(Request):
    """One limit order; refused, never sent late, once `deadline` (market time) has passed."""

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
    as_of: AwareDatetime


class FeesView(Reply):
    """Fees as billed for one fill, CNY."""

    commission: Money
    stamp_duty: Money
    transfer: Money


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
    quantity: int
    price: Money
    amount: Money
    fees: FeesView | None
    fill_time: AwareDatetime


class FillsPage(Reply):
    """Fills since the cursor, oldest first; not complete = ask on."""

    fills: tuple[FillView, ...]
    next_cursor: str
    complete: bool
    as_of: AwareDatetime


class MovementView(Reply):
    """Cash (CNY, signed) or shares (signed) that moved without a trade."""

    movement_id: str
    kind: str
    symbol: SymbolText | None
    quantity: int
    amount: Money
    date: date
    text: str


class MovementsPage(Reply):
    """Movements since the cursor, oldest first; not complete = ask on."""

    movements: tuple[MovementView, ...]
    next_cursor: str
    complete: bool
    as_of: AwareDatetime


class CancelAccepted(Reply):
    """The cancel was passed on, nothing more."""

    client_order_id: str
    requested: bool


class CancelAllRequest(Request):
    """Cancels our live orders; `account_wide` means everybody's on the account."""

    account_wide: bool = False


class CancelAllReply(Reply):
    """The client_order_ids whose cancel was passed on."""

    requested: tuple[str, ...]


class EventsView(Reply):
    """A hint that something changed; truth stays with orders and fills."""

    sequence: int
    changed: bool
