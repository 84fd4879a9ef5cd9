"""A run of three lines and its orders, to write artifacts of."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from market.phases import market_time
from market.side import Side
from market.symbol import Symbol
from statemachine.fill import BilledFees, Fill, FillKind
from statemachine.order import FinalReason, Order, OrderState, SendState
from statemachine.plan import CapitalBase, Disposition, Plan, PlanLine
from statemachine.reasons import Reason

RUN_ID = "20260116-0123456789ab"
PLAN_HASH = "ab" * 32
SIGNAL = date(2026, 1, 16)
SESSION = date(2026, 1, 19)
BANK = Symbol.parse("600000.SH")
VANKE = Symbol.parse("000002.SZ")
STAR = Symbol.parse("688001.SH")
MADE_AT = market_time(SIGNAL, "20:01:02")
FILLED_AT = datetime(2026, 1, 19, 1, 35, 0, 123456, tzinfo=UTC)


def line(symbol: Symbol, side: Side, weight: str, quantity_max: int) -> PlanLine:
    return PlanLine(
        symbol=symbol,
        side=side,
        disposition=Disposition.TRADE,
        quantity_max=quantity_max,
        reference_price=Decimal("10.00"),
        reference_kind="LAST",
        limit_worst=Decimal("10.35"),
        target_weight=Decimal(weight),
        target_quantity=quantity_max,
        owned_quantity=0,
        sellable_quantity=0,
        fees_estimate=Decimal("5.10"),
        industry="银行",
    )


BUY_LINE = line(BANK, Side.BUY, "0.123456789012345", 1000)
SELL_LINE = line(VANKE, Side.SELL, "0", 500)
DENIED_LINE = replace(
    line(STAR, Side.BUY, "0.2", 0),
    disposition=Disposition.DENIED,
    reason=Reason.BELOW_LOT,
    detail="164 股不足科创板最低 200 股",
)


def the_plan() -> Plan:
    return Plan(
        plan_hash=PLAN_HASH,
        account="A100",
        mode="paper",
        endpoint="http://127.0.0.1:9",
        run_id=RUN_ID,
        parent_run_id=None,
        signal_date=SIGNAL,
        session_date=SESSION,
        input_hash="input",
        settings_hash="settings",
        snapshot_id="snapshot",
        expires_at=market_time(SESSION, "14:50:00"),
        created_at=MADE_AT,
        capital=CapitalBase(
            "owned_plus_cash", Decimal(0), Decimal(100000), Decimal(0), Decimal(100000), MADE_AT
        ),
        lines=(DENIED_LINE, SELL_LINE, BUY_LINE),
        shrink_factor=Decimal(1),
        planned_exposure=Decimal("0.1"),
        target_exposure=Decimal("0.3"),
        message_count=2,
    )


def order(name: str, symbol: Symbol, side: Side, quantity: int) -> Order:
    return Order(
        account="A100",
        run_id=RUN_ID,
        client_order_id=name,
        symbol=symbol,
        side=side,
        slice=1,
        leg=1,
        quantity=quantity,
        limit_price=Decimal("10.05"),
        session_date=SESSION,
        created_at=market_time(SESSION, "09:31:00"),
        arrival_price=Decimal("10.00"),
        arrival_kind="MID",
    )


FILLED = replace(
    order("SAAAA", BANK, Side.BUY, 900),
    state=OrderState.FILLED,
    send_state=SendState.ACCEPTED,
    filled_quantity=900,
    filled_amount=Decimal("9027.00"),
    final_reason=FinalReason.FILLED,
    raw_status=56,
    raw_text="已成",
    acked_at=market_time(SESSION, "09:31:01"),
    closed_at=market_time(SESSION, "09:35:00"),
)
REJECTED = replace(
    order("SBBBB", VANKE, Side.SELL, 500),
    state=OrderState.REJECTED,
    send_state=SendState.ACCEPTED,
    final_reason=FinalReason.REJECTED,
    reject_code="SUSPENDED",
    reject_reason="证券停牌",
    raw_text="废单",
)
IN_DOUBT = replace(order("SCCCC", BANK, Side.BUY, 100), send_state=SendState.UNKNOWN)
UNSENT = replace(order("SDDDD", BANK, Side.BUY, 100), send_state=SendState.NEVER_SENT)
ORDERS = (UNSENT, REJECTED, FILLED, IN_DOUBT)


def fill(fill_id: str, price: str, fees: BilledFees | None) -> Fill:
    return Fill(
        account="A100",
        trade_date=SESSION,
        market="SH",
        venue_order_id="V1",
        fill_id=fill_id,
        kind=FillKind.TRADE,
        client_order_id="SAAAA",
        symbol=BANK,
        side=Side.BUY,
        quantity=450,
        price=Decimal(price),
        amount=450 * Decimal(price),
        fees=fees,
        fill_time=FILLED_AT,
    )


FILLS = (
    fill("T2", "10.04", None),
    fill("T1", "10.02", BilledFees(Decimal("5.00"), Decimal(0), Decimal("0.05"))),
)
