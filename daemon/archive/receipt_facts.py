"""What a receipt is made from beside the book, as it stands in the event of its writing."""

from collections.abc import Mapping
from typing import Any

from daemon.archive.document import dump, load
from daemon.artifacts.submit_receipt import ReceiptHead
from market.symbol import Symbol
from statemachine.canonical import Canonical
from statemachine.corporate_actions import following
from statemachine.plan import Plan


def receipt_facts(
    head: ReceiptHead, plan: Plan, approved: Plan | None = None
) -> Mapping[str, Canonical]:
    """Return head and plan; `approved` is the plan as it was before corporate actions moved it."""
    added = {} if approved is None else shares_added(approved, plan)
    return {
        "head": dump(head),
        "plan_hash": plan.plan_hash,
        "shares_added": {str(symbol): quantity for symbol, quantity in added.items()},
    }


def receipt_of(facts: Mapping[str, Any], plans: Mapping[str, Plan]) -> tuple[ReceiptHead, Plan]:
    """Return head and plan again, from the plans by hash.

    Raises DocumentUnreadable, KeyError for a plan that is not among them, MarketError.
    """
    added = {Symbol.parse(code): count for code, count in facts["shares_added"].items()}
    plan = following(plans[facts["plan_hash"]], added)
    return load(ReceiptHead, facts["head"]), plan


def shares_added(approved: Plan, followed: Plan) -> dict[Symbol, int]:
    """Return the shares of each full exit that corporate actions added or took."""
    owned = {line.symbol: line.owned_quantity for line in approved.lines}
    moved = {line.symbol: line.owned_quantity - owned[line.symbol] for line in followed.lines}
    return {symbol: quantity for symbol, quantity in moved.items() if quantity}
