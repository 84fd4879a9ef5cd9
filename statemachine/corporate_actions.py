"""A plan as corporate actions left it (trading-day.md rule 15)."""

from collections.abc import Mapping
from dataclasses import replace

from market.symbol import Symbol
from statemachine.plan import Disposition, Plan, PlanLine

_SENDABLE = frozenset({Disposition.TRADE, Disposition.DEFERRED})


def following(plan: Plan, shares_added: Mapping[Symbol, int]) -> Plan:
    """Return the plan whose full exits sell what corporate actions added since it was made.

    A full exit is approved as "all owned and sellable", so bonus shares go with it; every other
    envelope stays as approved. The hash is that of the approved plan: nothing a person approved
    has changed. The very plan comes back where nothing was added.
    """
    if not any(line.symbol in shares_added for line in plan.lines):
        return plan
    return replace(plan, lines=tuple(_followed(line, shares_added) for line in plan.lines))


def _followed(line: PlanLine, shares_added: Mapping[Symbol, int]) -> PlanLine:
    added = shares_added.get(line.symbol, 0)
    if not line.full_exit or line.disposition not in _SENDABLE or added == 0:
        return line
    return replace(
        line,
        quantity_max=max(line.quantity_max + added, 0),
        owned_quantity=line.owned_quantity + added,
    )
