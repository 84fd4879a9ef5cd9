"""What a plan does otherwise than the one before it, name by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from market.symbol import Symbol
from statemachine.plan import Plan, PlanLine


class Predecessor(StrEnum):
    """Which plan came before: the one this run replaced, its parent's, or that of an earlier run.

    Only the plan of an earlier run was for another session: its quantities were traded since.
    """

    SUPERSEDED = "SUPERSEDED"
    PARENT = "PARENT"
    EARLIER = "EARLIER"


class Change(StrEnum):
    """What became of a name."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


@dataclass(frozen=True, slots=True)
class NameDifference:
    """One name in both plans, shares; a planned quantity is negative for a sell."""

    ts_code: str
    change: Change
    target_before: int
    target_after: int
    planned_before: int
    planned_after: int


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """Everything that differs from one earlier plan; no names = the same wishes."""

    kind: Predecessor
    run_id: str
    plan_hash: str
    names: tuple[NameDifference, ...]


def differences(plan: Plan, before: Plan, kind: Predecessor) -> PlanDifference:
    """Compare what two plans want to hold; for one session also what they trade."""
    names = tuple(_differing(plan, before, with_quantities=kind is not Predecessor.EARLIER))
    return PlanDifference(kind, before.run_id, before.plan_hash, names)


def _differing(plan: Plan, before: Plan, *, with_quantities: bool) -> Iterator[NameDifference]:
    now, then = _lines(plan), _lines(before)
    for symbol in sorted(now.keys() | then.keys()):
        row = _compared(symbol, then.get(symbol), now.get(symbol))
        trades_otherwise = with_quantities and row.planned_before != row.planned_after
        if row.target_before != row.target_after or trades_otherwise:
            yield row


def _compared(symbol: Symbol, then: PlanLine | None, now: PlanLine | None) -> NameDifference:
    before, after = _target(then), _target(now)
    change = Change.CHANGED
    if before == 0 and after > 0:
        change = Change.ADDED
    elif before > 0 and after == 0:
        change = Change.REMOVED
    return NameDifference(str(symbol), change, before, after, _planned(then), _planned(now))


def _lines(plan: Plan) -> dict[Symbol, PlanLine]:
    return {line.symbol: line for line in plan.lines}


def _target(line: PlanLine | None) -> int:
    return 0 if line is None else line.target_quantity


def _planned(line: PlanLine | None) -> int:
    return 0 if line is None else line.side.sign * line.quantity_max
