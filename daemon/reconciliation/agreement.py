"""What two looks at the account, some seconds apart, agree about (trading-day.md rule 13)."""

from collections.abc import Sequence
from decimal import Decimal

from statemachine.breaks import Break, BreakKind

_COUNTED = frozenset({BreakKind.POSITION, BreakKind.OWNERSHIP, BreakKind.SELLABLE, BreakKind.CASH})


def agreed(
    first: Sequence[Break], second: Sequence[Break], standing: Sequence[Break] = ()
) -> tuple[Break, ...]:
    """Return the breaks of the second look that the first one shows too.

    Shares and cash must differ by as much both times: a holding that shrank twice to another
    figure is not believed. Orders and fills go by what the break is about. What stands already
    needs no second witness: it stays while a look shows it, whatever the figures.
    """
    seen = {_essence(found) for found in first}
    known = {_about(found) for found in standing}
    return tuple(found for found in second if _essence(found) in seen or _about(found) in known)


def _essence(found: Break) -> tuple[object, ...]:
    if found.kind in _COUNTED:
        return (found.kind, found.symbol, Decimal(found.theirs) - Decimal(found.ours))
    return _about(found)


def _about(found: Break) -> tuple[object, ...]:
    return (found.kind, found.symbol, found.subject)
