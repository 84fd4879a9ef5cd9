"""Builds the submit receipts: of a pair, of a plan, of what was sent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from daemon.artifacts.receipt_models import OrderRow, ReceiptResult, SubmitReceipt, TargetRow
from market.phases import SHANGHAI
from statemachine.order import Order, OrderState, SendState
from statemachine.plan import Disposition, Plan, PlanLine
from statemachine.portfolio import TargetPortfolio

ANSWERS = ("accepted", "rejected", "unknown", "unsent")


@dataclass(frozen=True, slots=True)
class ReceiptHead:
    """Whose receipt it is; `created_at` is market time, paths are as the operator knows them."""

    broker: str
    portfolio_path: str
    execution_context_path: str | None
    champion_id: str
    signal_date: date
    run_id: str
    created_at: datetime


def target_receipt(
    head: ReceiptHead, portfolio: TargetPortfolio, *, names_max: int | None = None
) -> SubmitReceipt:
    """Return the dry-run receipt of a pair alone, without account or plan: the old script's."""
    rows = tuple(
        TargetRow(ts_code=str(target.symbol), target_weight=target.weight)
        for target in sorted(portfolio.targets, key=lambda target: -target.weight)
    )[:names_max]
    result = _result(
        head, "目标组合已读取，未向券商发送任何委托", rows, accepted=len(rows), rejected=0
    )
    return _receipt(head, None, rows, result)


def plan_receipt(head: ReceiptHead, plan: Plan) -> SubmitReceipt:
    """Return the dry-run receipt of a plan: nothing was sent."""
    rows = _target_rows(plan)
    denied = sum(row.disposition is Disposition.DENIED for row in rows)
    message = "计划已生成，等待批准，未向券商发送任何委托"
    result = _result(head, message, rows, accepted=len(rows) - denied, rejected=denied)
    return _receipt(head, plan, rows, result)


def settled_receipt(head: ReceiptHead, plan: Plan, orders: Sequence[Order]) -> SubmitReceipt:
    """Return the receipt of what was sent: one detail an order, in client_order_id order."""
    weights = {line.symbol: line.target_weight for line in plan.lines}
    ordered = sorted(orders, key=lambda order: order.client_order_id)
    counts = Counter(_answer(order) for order in ordered)
    result = ReceiptResult(
        broker=head.broker,
        dry_run=False,
        submitted_at=_local_text(head.created_at),
        accepted_orders=counts["accepted"],
        rejected_orders=counts["rejected"],
        message=", ".join(f"{answer} {counts[answer]}" for answer in ANSWERS),
        details=tuple(_order_row(order, weights[order.symbol]) for order in ordered),
        unknown_orders=counts["unknown"],
        unsent_orders=counts["unsent"],
    )
    return _receipt(head, plan, _target_rows(plan), result)


def _answer(order: Order) -> str:
    """Return what the broker's answer to an order was: one of ANSWERS."""
    if order.state is OrderState.REJECTED:
        return "rejected"
    if order.send_state is SendState.ACCEPTED:
        return "accepted"
    return "unknown" if order.is_unresolved else "unsent"


def _target_rows(plan: Plan) -> tuple[TargetRow, ...]:
    ordered = sorted(plan.lines, key=lambda line: (-line.target_weight, line.symbol))
    return tuple(_target_row(line) for line in ordered)


def _target_row(line: PlanLine) -> TargetRow:
    wanted = line.target_weight > 0
    return TargetRow(
        ts_code=str(line.symbol),
        target_weight=line.target_weight,
        note="from_portfolio" if wanted else "not_in_portfolio",
        trade_side=line.side if line.quantity_max else None,
        disposition=line.disposition,
        quantity_max=line.quantity_max,
        reference_price=line.reference_price,
        reference_kind=line.reference_kind,
        limit_worst=line.limit_worst,
        reason=line.reason,
        reason_detail=line.detail,
    )


def _order_row(order: Order, target_weight: Decimal) -> OrderRow:
    return OrderRow(
        ts_code=str(order.symbol),
        target_weight=target_weight,
        side=order.side,
        note=order.raw_text,
        client_order_id=order.client_order_id,
        slice=order.slice,
        leg=order.leg,
        quantity=order.quantity,
        limit_price=order.limit_price,
        status=order.state,
        send_state=order.send_state,
        venue_order_id=order.venue_order_id,
        reject_code=order.reject_code,
        reject_reason=order.reject_reason,
    )


def _result(
    head: ReceiptHead,
    message: str,
    rows: tuple[TargetRow, ...],
    *,
    accepted: int,
    rejected: int = 0,
) -> ReceiptResult:
    return ReceiptResult(
        broker=head.broker,
        dry_run=True,
        submitted_at=_local_text(head.created_at),
        accepted_orders=accepted,
        rejected_orders=rejected,
        message=message,
        details=rows,
    )


def _receipt(
    head: ReceiptHead, plan: Plan | None, rows: tuple[TargetRow, ...], result: ReceiptResult
) -> SubmitReceipt:
    return SubmitReceipt(
        broker=head.broker,
        submit_mode="dry_run" if result.dry_run else "submit",
        portfolio_path=head.portfolio_path,
        execution_context_path=head.execution_context_path,
        active_champion_id=head.champion_id,
        trade_date=f"{head.signal_date:%Y%m%d}",
        orders=rows,
        result=result,
        run_id=head.run_id,
        plan_hash=plan.plan_hash if plan else None,
        account=plan.account if plan else None,
        mode=plan.mode if plan else None,
        session_date=plan.session_date if plan else None,
        created_at=head.created_at.astimezone(UTC),
    )


def _local_text(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
