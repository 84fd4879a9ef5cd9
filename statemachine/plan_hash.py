"""The hash a person approves: it covers the envelope and nothing that is only a note."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from market.side import Side
from market.symbol import Symbol
from statemachine.canonical import Canonical, content_hash
from statemachine.plan import Plan


@dataclass(frozen=True, slots=True)
class HashedLine:
    """What the hash covers of a line (trading-day.md rule 14)."""

    symbol: Symbol
    side: Side
    quantity_max: int
    reference_price: Decimal | None
    reference_kind: str
    limit_worst: Decimal | None


@dataclass(frozen=True, slots=True)
class HashedPlan:
    """What the hash covers of a plan; the store rebuilds it from its rows."""

    account: str
    mode: str
    endpoint: str
    run_id: str
    session_date: date
    input_hash: str
    settings_hash: str
    snapshot_id: str
    expires_at: datetime
    lines: tuple[HashedLine, ...]


def plan_hash(plan: Plan) -> str:
    """Return the SHA-256 (hexadecimal) of what the plan promises; its own field is not read."""
    return hash_of(hashed_plan(plan))


def hashed_plan(plan: Plan) -> HashedPlan:
    """Return the part of a plan that the hash covers."""
    return HashedPlan(
        account=plan.account,
        mode=plan.mode,
        endpoint=plan.endpoint,
        run_id=plan.run_id,
        session_date=plan.session_date,
        input_hash=plan.input_hash,
        settings_hash=plan.settings_hash,
        snapshot_id=plan.snapshot_id,
        expires_at=plan.expires_at,
        lines=tuple(
            HashedLine(
                symbol=line.symbol,
                side=line.side,
                quantity_max=line.quantity_max,
                reference_price=line.reference_price,
                reference_kind=line.reference_kind,
                limit_worst=line.limit_worst,
            )
            for line in plan.lines
        ),
    )


def hash_of(content: HashedPlan) -> str:
    """Return the hash of a plan's covered content; the order of the lines does not matter."""
    lines = sorted(content.lines, key=lambda line: (str(line.symbol), line.side))
    return content_hash(
        {
            "account": content.account,
            "mode": content.mode,
            "endpoint": content.endpoint,
            "run_id": content.run_id,
            "session_date": content.session_date,
            "input_hash": content.input_hash,
            "settings_hash": content.settings_hash,
            "snapshot_id": content.snapshot_id,
            "expires_at": content.expires_at,
            "lines": [_line(line) for line in lines],
        },
    )


def _line(line: HashedLine) -> Canonical:
    return {
        "ts_code": line.symbol,
        "side": line.side,
        "quantity_max": line.quantity_max,
        "reference_price": line.reference_price,
        "reference_kind": line.reference_kind,
        "limit_worst": line.limit_worst,
    }
