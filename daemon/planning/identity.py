"""Names that follow from content alone, so that the same intent always has the same name."""

import base64
from dataclasses import replace
from hashlib import sha256

from market.side import Side
from market.symbol import Symbol
from statemachine.plan import Plan
from statemachine.plan_hash import plan_hash

_SEPARATOR = "|"
_HASH_CHARACTERS = 20
_RESIDUAL_SUFFIX = "-R"
_LIQUIDATION_SUFFIX = "-L"


def client_order_id(
    account: str, run_id: str, symbol: Symbol, side: Side, *, slice_number: int, leg: int
) -> str:
    """Return "S" and 20 base32 characters: the same leg of the same slice is the same order.

    Never derived from quantity, price or time (never-twice-never-lost.md A1). Raises ValueError
    when account or run_id holds the separator, because two intents could then share an id.
    """
    if _SEPARATOR in account + run_id:
        raise ValueError(f"account {account!r} or run {run_id!r} contains {_SEPARATOR!r}")
    parts = (account, run_id, str(symbol), side.value, str(slice_number), str(leg))
    digest = sha256(_SEPARATOR.join(parts).encode()).digest()
    return "S" + base64.b32encode(digest).decode("ascii")[:_HASH_CHARACTERS]


def residual_run_id(parent_run_id: str) -> str:
    """Return the run id of what a run left undone; there is one residual a run (rule 29)."""
    return parent_run_id + _RESIDUAL_SUFFIX


def liquidation_run_id(refused_run_id: str) -> str:
    """Return the run id of the liquidation ordered for a refused run; there is one a run."""
    return refused_run_id + _LIQUIDATION_SUFFIX


def with_hash(plan: Plan) -> Plan:
    """Return the plan carrying the hash of its own content."""
    return replace(plan, plan_hash=plan_hash(plan))
