"""A small account to test the store with: one run of three lines, and a venue's words about it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from daemon.planning.identity import client_order_id
from market.phases import SHANGHAI
from market.side import Side
from market.symbol import Symbol
from statemachine.events import OrderReport, VenueStatus
from statemachine.fill import BilledFees, Fill, FillKind
from statemachine.order import Order
from statemachine.plan import CapitalBase, Disposition, Plan, PlanLine
from statemachine.plan_hash import plan_hash
from statemachine.portfolio import Target, TargetPortfolio
from statemachine.run import Run, RunState
from storage.approvals import sealed
from storage.sqlite_store import SqliteStore, open_store
from storage.store import Approval, ClosedSend, OpenedSubmit, SendOutcome, Store, SubmitGuard

ACCOUNT = "A100"
ENDPOINT = "http://127.0.0.1:9"
KEY = bytes(range(32))
RUN_ID = "20251107-0123456789ab"
SIGNAL = date(2025, 11, 7)
SESSION = date(2025, 11, 10)
BANK = Symbol.parse("600000.SH")
VANKE = Symbol.parse("000002.SZ")
STAR = Symbol.parse("688001.SH")


def at(clock: str, day: date = SESSION) -> datetime:
    """Return a moment of the session, Shanghai time."""
    return datetime.combine(day, time.fromisoformat(clock), SHANGHAI)


RECEIVED_AT = at("20:00", SIGNAL)
CUT_OFF = at("14:50")
OPEN = at("09:31")


@dataclass(slots=True)
class TickingClock:
    """Machine time that moves one millisecond a reading."""

    reading_ns: int = 0

    def utc_now(self) -> datetime:
        elapsed = timedelta(microseconds=self.monotonic_ns() // 1000)
        return datetime(2025, 11, 7, tzinfo=UTC) + elapsed

    def monotonic_ns(self) -> int:
        self.reading_ns += 1_000_000
        return self.reading_ns


def line(symbol: Symbol, side: Side, quantity_max: int, limit_worst: str) -> PlanLine:
    return PlanLine(
        symbol=symbol,
        side=side,
        disposition=Disposition.TRADE,
        quantity_max=quantity_max,
        reference_price=Decimal("10.00"),
        reference_kind="LAST",
        limit_worst=Decimal(limit_worst),
        target_weight=Decimal("0.1"),
        target_quantity=quantity_max,
        owned_quantity=0,
        sellable_quantity=0,
        fees_estimate=Decimal(5),
        industry="银行",
    )


LINES = (
    line(BANK, Side.BUY, 1000, "10.35"),
    line(VANKE, Side.SELL, 500, "9.65"),
    line(STAR, Side.BUY, 400, "10.35"),
)


def make_plan(run_id: str = RUN_ID, lines: Sequence[PlanLine] = LINES) -> Plan:
    plan = Plan(
        plan_hash="",
        account=ACCOUNT,
        mode="paper",
        endpoint=ENDPOINT,
        run_id=run_id,
        parent_run_id=None,
        signal_date=SIGNAL,
        session_date=SESSION,
        input_hash="input",
        settings_hash="settings",
        snapshot_id="snapshot",
        expires_at=CUT_OFF,
        created_at=RECEIVED_AT,
        capital=CapitalBase(
            "fixed",
            Decimal(0),
            Decimal(1000000),
            Decimal(0),
            Decimal(1000000),
            RECEIVED_AT,
        ),
        lines=tuple(lines),
        shrink_factor=Decimal(1),
        planned_exposure=Decimal("0.014"),
        target_exposure=Decimal("0.30"),
        message_count=3,
    )
    return replace(plan, plan_hash=plan_hash(plan))


def make_run(run_id: str = RUN_ID) -> Run:
    return Run(
        run_id=run_id,
        account=ACCOUNT,
        signal_date=SIGNAL,
        session_date=None,
        state=RunState.RECEIVED,
        input_hash="input",
        champion_id="champion",
        received_at=RECEIVED_AT,
        csv_name="portfolio_20251107.csv",
        context_name="execution_context_20251107.json",
    )


def make_portfolio(run_id: str = RUN_ID) -> TargetPortfolio:
    return TargetPortfolio(
        run_id=run_id,
        input_hash="input",
        signal_date=SIGNAL,
        champion_id="champion",
        target_exposure=Decimal("0.30"),
        risk_checks=(("total_position_ok", True),),
        targets=(Target(BANK, Decimal("0.30"), "银行", 2),),
        market_volatility_known=True,
        csv_name="portfolio_20251107.csv",
        context_name="execution_context_20251107.json",
    )


def make_approval(plan: Plan, nonce: str = "n1") -> Approval:
    return sealed(
        KEY,
        Approval(
            run_id=plan.run_id,
            plan_hash=plan.plan_hash,
            approver="wang",
            uid=1000,
            created_at=RECEIVED_AT,
            expires_at=CUT_OFF,
            nonce=nonce,
            mac="",
        ),
    )


def make_order(
    symbol: Symbol = BANK,
    side: Side = Side.BUY,
    quantity: int = 1000,
    price: str = "10.05",
    *,
    run_id: str = RUN_ID,
    slice_number: int = 1,
    leg: int = 1,
) -> Order:
    return Order(
        account=ACCOUNT,
        run_id=run_id,
        client_order_id=client_order_id(
            ACCOUNT,
            run_id,
            symbol,
            side,
            slice_number=slice_number,
            leg=leg,
        ),
        symbol=symbol,
        side=side,
        slice=slice_number,
        leg=leg,
        quantity=quantity,
        limit_price=Decimal(price),
        session_date=SESSION,
        created_at=OPEN,
        arrival_price=Decimal("10.005"),
        arrival_kind="MID",
        arrival_spread=Decimal("0.01"),
    )


def guard(now: datetime = OPEN, *, messages_max: int = 1000) -> SubmitGuard:
    return SubmitGuard(
        now=now,
        session_date=SESSION,
        cut_off=CUT_OFF,
        messages_max=messages_max,
    )


RAW_STATUS = {
    VenueStatus.UNREPORTED: 48,
    VenueStatus.REPORTED: 50,
    VenueStatus.REPORTED_CANCEL: 51,
    VenueStatus.PART_SUCC: 55,
    VenueStatus.PART_CANCEL: 53,
    VenueStatus.CANCELED: 54,
    VenueStatus.SUCCEEDED: 56,
    VenueStatus.JUNK: 57,
}


def report(
    order: Order,
    status: VenueStatus,
    version: int,
    *,
    filled: int = 0,
    now: datetime = OPEN,
) -> OrderReport:
    return OrderReport(
        client_order_id=order.client_order_id,
        venue_order_id=f"V{order.client_order_id[-6:]}",
        symbol=order.symbol,
        side=order.side,
        quantity=order.quantity,
        limit_price=order.limit_price,
        status=status,
        raw_status=RAW_STATUS[status],
        raw_text=status.value,
        filled_quantity=filled,
        filled_amount=filled * order.limit_price,
        reject_code=None,
        reject_reason="",
        version=version,
        updated_at=now,
    )


def make_fill(
    order: Order,
    quantity: int,
    fill_id: str = "1",
    *,
    kind: FillKind = FillKind.TRADE,
) -> Fill:
    return Fill(
        account=ACCOUNT,
        trade_date=SESSION,
        market="SH",
        venue_order_id=f"V{order.client_order_id[-6:]}",
        fill_id=fill_id,
        kind=kind,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        quantity=quantity,
        price=order.limit_price,
        amount=quantity * order.limit_price,
        fees=BilledFees(Decimal(5), Decimal(0), Decimal("0.01")),
        fill_time=OPEN,
    )


def closed(
    opened: OpenedSubmit,
    index: int,
    outcome: SendOutcome,
    reported: OrderReport | None = None,
    *,
    code: str = "",
) -> ClosedSend:
    return ClosedSend(
        wire_sequence=opened.wire_sequences[index],
        client_order_id=opened.client_order_ids[index],
        outcome=outcome,
        code=code,
        message="",
        systemic=False,
        bytes_started=outcome is not SendOutcome.NOT_SENT,
        report=reported,
    )


@asynccontextmanager
async def opened_store(
    path: Path,
    *,
    instance_id: str = "test",
    account: str = ACCOUNT,
    mode: str = "paper",
) -> AsyncIterator[SqliteStore]:
    """Open the store of this account and close it in the end."""
    store = await open_store(
        path,
        mode=mode,
        endpoint=ENDPOINT,
        account=account,
        instance_id=instance_id,
        machine_clock=TickingClock(),
        approval_key=KEY,
    )
    try:
        yield store
    finally:
        await store.close()


async def approved_run(store: Store, plan: Plan | None = None) -> Plan:
    """Bring the run to APPROVED."""
    plan = plan or make_plan()
    await store.receive_run(make_run(plan.run_id), make_portfolio(plan.run_id), b"csv", b"json")
    await store.save_plan(plan, now=RECEIVED_AT)
    await store.move_run(
        plan.run_id,
        RunState.AWAITING_APPROVAL,
        cause="SHOWN",
        actor="daemon",
        now=RECEIVED_AT,
    )
    await store.approve(make_approval(plan), now=RECEIVED_AT)
    return plan


async def submitted(store: Store, order: Order) -> OpenedSubmit:
    """Create an order and open its submit."""
    await store.create_orders([order])
    return await store.open_submit([order.client_order_id], b"body", guard())


async def accepted(store: Store, order: Order) -> Order:
    """Create and send an order; the venue reports it at once."""
    opened = await submitted(store, order)
    shown = report(order, VenueStatus.REPORTED, 1)
    (after,) = await store.close_submit(
        [closed(opened, 0, SendOutcome.ACCEPTED, shown)],
        b"reply",
        now=OPEN,
    )
    return after
