"""The wire's words in ours; pure tables, one function a noun."""

from adapters.broker import (
    BrokerSession,
    Capabilities,
    DedupeScope,
    Instrument,
    Quote,
    VenueTime,
)
from adapters.wire.models import (
    CapabilitiesView,
    FeesView,
    FillView,
    FundsView,
    InstrumentView,
    MovementView,
    OrderView,
    PositionView,
    QuoteView,
    SessionView,
    TimeView,
)
from market.symbol import Symbol
from statemachine.events import OrderReport
from statemachine.fill import BilledFees, Fill
from statemachine.position import Funds, Movement, Position


def session_of(view: SessionView) -> BrokerSession:
    """Translate an opened session."""
    return BrokerSession(
        account=view.account_id,
        epoch=view.session_epoch,
        trade_date=view.trade_date,
        server_time=view.server_time,
        expires_at=view.expires_at,
        capabilities=capabilities_of(view.capabilities),
    )


def capabilities_of(view: CapabilitiesView) -> Capabilities:
    """Translate what a gateway declares; a scope we do not know is not known."""
    return Capabilities(
        dedupe_scope=next((scope for scope in DedupeScope if scope == view.dedupe_scope), None),
        dedupe_ttl_s=view.dedupe_ttl_s,
        query_by_client_order_id=view.query_by_cid,
        client_order_id_length_max=view.cid_max_len,
        list_complete=view.list_complete,
        fill_id_scope=view.fill_id_scope,
        definite_refusal_codes=view.definite_refusal_codes,
        inflight_max_s=view.max_inflight_s,
        cancel_windows=view.cancel_windows,
        session_exclusive=view.session_exclusive,
        valid_until=view.valid_until,
        cancel_rows_listed_as_orders=view.cancel_rows_listed_as_orders,
    )


def venue_time_of(view: TimeView) -> VenueTime:
    """Translate market time."""
    return VenueTime(view.server_time, view.trade_date, view.market_phase)


def instrument_of(view: InstrumentView) -> Instrument:
    """Translate a name's facts."""
    return Instrument(
        symbol=Symbol.parse(view.symbol),
        name=view.name,
        board=view.board,
        status=view.status,
        is_st=view.is_st,
        list_date=view.list_date,
        prev_close=view.prev_close,
        limit_up=view.limit_up,
        limit_down=view.limit_down,
        tick=view.tick,
    )


def quote_of(view: QuoteView) -> Quote:
    """Translate a touch."""
    return Quote(
        symbol=Symbol.parse(view.symbol),
        last=view.last,
        bid1=view.bid1,
        ask1=view.ask1,
        bid1_quantity=view.bid1_qty,
        ask1_quantity=view.ask1_qty,
        volume=view.volume,
        amount=view.amount,
        quote_time=view.quote_time,
    )


def funds_of(view: FundsView) -> Funds:
    """Translate cash."""
    return Funds(
        available=view.available,
        frozen=view.frozen,
        market_value=view.market_value,
        total_asset=view.total_asset,
        withdrawable=view.withdrawable,
        as_of=view.as_of,
    )


def position_of(view: PositionView) -> Position:
    """Translate a holding."""
    return Position(
        symbol=Symbol.parse(view.symbol),
        quantity=view.quantity,
        sellable=view.sellable,
        frozen=view.frozen,
        in_transit=view.in_transit,
        cost_price=view.cost_price,
        market_value=view.market_value,
    )


def report_of(view: OrderView) -> OrderReport:
    """Translate a view of an order; its status word stays the venue's."""
    return OrderReport(
        client_order_id=view.client_order_id,
        venue_order_id=view.venue_order_id,
        symbol=Symbol.parse(view.symbol),
        side=view.side,
        quantity=view.quantity,
        limit_price=view.limit_price,
        status=view.status,
        raw_status=view.raw_status,
        raw_text=view.raw_text,
        filled_quantity=view.filled_quantity,
        filled_amount=view.filled_amount,
        reject_code=view.reject_code,
        reject_reason=view.reject_reason or "",
        version=view.version,
        updated_at=view.updated_at,
    )


def fill_of(view: FillView, account: str) -> Fill:
    """Translate an execution on `account`."""
    return Fill(
        account=account,
        trade_date=view.trade_date,
        market=view.market,
        venue_order_id=view.venue_order_id,
        fill_id=view.fill_id,
        kind=view.kind,
        client_order_id=view.client_order_id,
        symbol=Symbol.parse(view.symbol),
        side=view.side,
        quantity=view.quantity,
        price=view.price,
        amount=view.amount,
        fees=None if view.fees is None else _fees_of(view.fees),
        fill_time=view.fill_time,
    )


def movement_of(view: MovementView) -> Movement:
    """Translate a movement without a trade."""
    return Movement(
        movement_id=view.movement_id,
        kind=view.kind,
        symbol=None if view.symbol is None else Symbol.parse(view.symbol),
        quantity=view.quantity,
        amount=view.amount,
        date=view.date,
        text=view.text,
    )


def _fees_of(view: FeesView) -> BilledFees:
    return BilledFees(view.commission, view.stamp_duty, view.transfer)
