"""Values of the core as plain JSON for the control socket."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from daemon.planning.approval import sell_amount
from daemon.reconciliation.shortfall import order_slippage_bp
from market.money import decimal_text
from statemachine.fill import Fill
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import Plan, PlanLine
from statemachine.portfolio import Refusal
from statemachine.run import Run

View = dict[str, Any]


def run_view(run: Run) -> View:
    """A run's own facts."""
    return {
        "run_id": run.run_id,
        "state": run.state,
        "account": run.account,
        "signal_date": run.signal_date.isoformat(),
        "session_date": None if run.session_date is None else run.session_date.isoformat(),
        "plan_hash": run.plan_hash,
        "parent_run_id": run.parent_run_id,
        "superseded_by": run.superseded_by,
        "hold_reason": run.hold_reason,
        "champion_id": run.champion_id,
        "portfolio": run.csv_name,
        "context": run.context_name,
        "received_at": run.received_at.isoformat(),
    }


def refusal_view(refusal: Refusal) -> View:
    """A refusal as every machine-readable output spells it."""
    return {
        "code": refusal.code,
        "file": refusal.file,
        "line": refusal.line,
        "field": refusal.field,
        "message": refusal.message,
    }


def plan_view(plan: Plan, approvable_from: datetime, stage_due: str | None) -> View:
    """A plan's head, and what its approval asks for."""
    return {
        "plan_hash": plan.plan_hash,
        "session_date": plan.session_date.isoformat(),
        "approvable_from": approvable_from.isoformat(),
        "expires_at": plan.expires_at.isoformat(),
        "stage_due": stage_due,
        "strategy_capital": decimal_text(plan.capital.strategy_capital),
        "capital_kind": plan.capital.kind,
        "available_cash": decimal_text(plan.capital.available_cash),
        "planned_exposure": decimal_text(plan.planned_exposure),
        "target_exposure": decimal_text(plan.target_exposure),
        "shrink_factor": decimal_text(plan.shrink_factor),
        "message_count": plan.message_count,
        "flags": list(plan.flags),
        "notes": list(plan.notes),
        "sell_amount": decimal_text(sell_amount(plan)),
        "mode": plan.mode,
        "endpoint": plan.endpoint,
    }


def line_view(line: PlanLine, status: LineStatus | None) -> View:
    """One line's envelope and where it stands now, with the prices it was re-based to."""
    standing = None if status is None else status.reason
    rebased_reference = None if status is None else status.reference_price
    rebased_limit = None if status is None else status.limit_worst
    return {
        "ts_code": str(line.symbol),
        "side": line.side,
        "disposition": line.disposition,
        "quantity_max": line.quantity_max,
        "reference_price": _text(rebased_reference or line.reference_price),
        "reference_kind": line.reference_kind,
        "limit_worst": _text(rebased_limit or line.limit_worst),
        "target_weight": decimal_text(line.target_weight),
        "owned_quantity": line.owned_quantity,
        "target_quantity": line.target_quantity,
        "reason": standing or line.reason,
        "detail": line.detail if status is None else status.detail,
    }


def order_view(order: Order) -> View:
    """One order as we know it."""
    return {
        "client_order_id": order.client_order_id,
        "run_id": order.run_id,
        "created_at": order.created_at.isoformat(),
        "ts_code": str(order.symbol),
        "side": order.side,
        "slice": order.slice,
        "leg": order.leg,
        "quantity": order.quantity,
        "limit_price": decimal_text(order.limit_price),
        "state": order.state,
        "send_state": order.send_state,
        "filled_quantity": order.filled_quantity,
        "filled_amount": decimal_text(order.filled_amount),
        "average_price": _text(order.average_price),
        "slippage_bp": _text(order_slippage_bp(order)),
        "cancelled_quantity": order.cancelled_quantity,
        "venue_order_id": order.venue_order_id,
        "venue_words": order.raw_text,
        "reject_reason": order.reject_reason,
        "final_reason": order.final_reason,
    }


def fill_view(fill: Fill) -> View:
    """One fill with its billed fees."""
    fees = fill.fees
    return {
        "client_order_id": fill.client_order_id,
        "fill_id": fill.fill_id,
        "ts_code": str(fill.symbol),
        "side": fill.side,
        "quantity": fill.quantity,
        "price": decimal_text(fill.price),
        "amount": decimal_text(fill.amount),
        "fill_time": fill.fill_time.isoformat(),
        "fees": None
        if fees is None
        else {
            "commission": decimal_text(fees.commission),
            "stamp_duty": decimal_text(fees.stamp_duty),
            "transfer": decimal_text(fees.transfer),
        },
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)
