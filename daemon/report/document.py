"""The report of a run as one JSON document: what its page shows and what the views read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal

from daemon.reconciliation.costs import CostParts, NameCost, RunCosts
from daemon.reconciliation.plain import Json, plain, plain_record
from daemon.reconciliation.report import CashBlock, ReconcileReport
from daemon.reconciliation.shortfall import in_bp
from daemon.reconciliation.summary import order_counts
from daemon.report.timeline import timeline
from market.money import CENT
from market.symbol import Symbol
from statemachine.fill import Fill
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.run import Run
from storage.chronicle import Chapter

SCHEMA_VERSION = 1
_E4 = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything the document is made of; `orders`, `fills` and `story` are the run's own."""

    run: Run
    plan: Plan
    reconcile: ReconcileReport
    costs: RunCosts
    orders: Sequence[Order]
    fills: Sequence[Fill]
    story: Sequence[Chapter]
    labels: Mapping[Symbol, str]


def report_document(facts: ReportFacts) -> dict[str, Json]:
    """Return the document; the same facts give the same one.

    Money under `costs` and `cash` is a decimal string of exactly four places, basis points of two,
    so that SQL reads them as whole numbers by leaving out the point.
    """
    cash = facts.reconcile.cash
    return {
        "schema_version": SCHEMA_VERSION,
        "run": _run(facts.run, facts.plan),
        "labels": plain(facts.labels),
        "reconcile": plain_record(facts.reconcile),
        "costs": _costs(facts.costs),
        "cash": None if cash is None else _cash(cash),
        "orders": plain_record(order_counts(facts.orders)),
        "fills": [_fill(fill) for fill in facts.fills],
        "timeline": [plain(row) for row in timeline(facts.story, facts.orders, facts.fills)],
    }


def document_bytes(document: Mapping[str, Json]) -> bytes:
    """Return the document as UTF-8 JSON, its keys in their order."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def end_prices(document: bytes | None) -> dict[Symbol, Decimal]:
    """Return the session's closing prices an earlier document of the run was made with, CNY."""
    if document is None:
        return {}
    names = json.loads(document)["costs"]["names"]
    return {Symbol.parse(row["ts_code"]): Decimal(row["end_price"]) for row in names}


def _run(run: Run, plan: Plan) -> dict[str, Json]:
    return {
        "run_id": run.run_id,
        "state": run.state,
        "account": run.account,
        "mode": plan.mode,
        "signal_date": run.signal_date.isoformat(),
        "session_date": plan.session_date.isoformat(),
        "champion_id": run.champion_id,
        "portfolio": run.csv_name,
        "context": run.context_name,
        "parent_run_id": run.parent_run_id,
        "plan_hash": plan.plan_hash,
        "strategy_capital": money(plan.capital.strategy_capital),
    }


def _costs(costs: RunCosts) -> dict[str, Json]:
    proof = costs.proof
    return {
        "names": [_name(cost) for cost in costs.names],
        "totals": {
            **_parts(costs.parts),
            "total": money(costs.parts.total),
            "perold_total": money(costs.perold_total),
            "wanted_amount": money(costs.wanted_amount),
            "fees_billed": money(costs.fees.billed),
            "fees_estimated": money(costs.fees.estimated),
            "slippage_bp": points(costs.slippage_bp),
            "shortfall_bp": points(costs.shortfall_bp),
        },
        "proof": {
            "at_decision_prices": money(proof.at_decision_prices),
            "price_cost": money(proof.price_cost),
            "fees": money(proof.fees),
            "cash_change": money(proof.cash_change),
        },
    }


def _name(cost: NameCost) -> dict[str, Json]:
    return {
        "ts_code": str(cost.ts_code),
        "side": cost.side,
        "decision_price": money(cost.decision_price),
        "arrival_price": money(cost.arrival_price),
        "arrival_kind": cost.arrival_kind,
        "average_price": None if cost.average_price is None else money(cost.average_price),
        "end_price": money(cost.end_price),
        "wanted_quantity": cost.wanted_quantity,
        "approved_quantity": cost.approved_quantity,
        "filled_quantity": cost.filled_quantity,
        "traded_amount": money(cost.traded_amount),
        **_parts(cost.parts),
        "total": money(cost.parts.total),
        "fees_billed": money(cost.fees_billed),
        "fees_estimated": money(cost.fees_estimated),
        "slippage_bp": points(cost.slippage_bp),
        "shortfall_bp": points(in_bp(cost.parts.total, cost.wanted_amount)),
    }


def _parts(parts: CostParts) -> dict[str, Json]:
    return {field.name: money(getattr(parts, field.name)) for field in fields(parts)}


def _cash(cash: CashBlock) -> dict[str, Json]:
    found: dict[str, Decimal | None] = {
        field.name: getattr(cash, field.name) for field in fields(cash)
    }
    return {name: None if value is None else money(value) for name, value in found.items()}


def _fill(fill: Fill) -> dict[str, Json]:
    return {
        "fill_time": plain(fill.fill_time),
        "ts_code": str(fill.symbol),
        "side": fill.side,
        "kind": fill.kind,
        "quantity": fill.quantity,
        "price": money(fill.price),
        "amount": money(fill.amount),
        "fees": None if fill.fees is None else money(fill.fees.total),
    }


def money(value: Decimal) -> str:
    """Return CNY with four places; zero has no sign."""
    return f"{value.quantize(_E4, rounding=ROUND_HALF_UP) + 0:f}"


def points(value: Decimal | None) -> str | None:
    """Return basis points with two places, None for none."""
    return None if value is None else f"{value.quantize(CENT) + 0:f}"
