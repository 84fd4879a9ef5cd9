"""What two looks at the account, some seconds apart, agree about (trading-day.md rule 13)."""

from collections.abc import Sequence
from decimal import Decimal

from statemachine.breaks import Break, BreakKind

_COUNTED = frozenset({BreakKind.POSITION, BreakKind.OWNERSHIP, BreakKind.SELLABLE, BreakKind.CASH})


def agreed(first: Sequence[Break], second: Sequence[Break]) -> tuple[Break, ...]:
    """Return the breaks of the second look that the first one shows too.

    Shares and cash must differ by as much both times: a holding that shrank twice to another
    figure is not believed. Orders and fills go by what the break is about.
    """
    seen = {_essence(found) for found in first}
    return tuple(found for found in second if _essence(found) in seen)


def _essence(found: Break) -> tuple[object, ...]:
    if found.kind in _COUNTED:
        return (found.kind, found.symbol, Decimal(found.theirs) - Decimal(found.ours))
    return (found.kind, found.symbol, found.subject)
