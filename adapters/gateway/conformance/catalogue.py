"""Every case, in the order a run takes them: the market's day moves on from group to group."""

from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.cases import (
    account,
    cancels,
    capabilities,
    cursors,
    day_roll,
    errors,
    events,
    fills,
    health,
    idempotency,
    limits,
    market,
    movements,
    orders,
    phases,
    session,
    signing,
    submission,
)

CASES: tuple[Case, ...] = (
    *health.CASES,
    *session.CASES,
    *signing.CASES,
    *market.CASES,
    *account.CASES,
    *submission.CASES,
    *idempotency.CASES,
    *orders.CASES,
    *cancels.CASES,
    *cursors.CASES,
    *fills.CASES,
    *movements.CASES,
    *events.CASES,
    *errors.CASES,
    *limits.CASES,
    *capabilities.CASES,
    *phases.CASES,
    *day_roll.CASES,
)

GROUPS: tuple[str, ...] = tuple(dict.fromkeys(case.group for case in CASES))


class UnknownCase(ValueError):
    """A group or a number that no case has."""


def chosen(groups: tuple[str, ...], numbers: tuple[str, ...]) -> tuple[Case, ...]:
    """Return the cases of these groups and numbers, all when neither is given.

    Raises UnknownCase.
    """
    known = {case.number for case in CASES}
    for words, names in ((groups, set(GROUPS)), (numbers, known)):
        if strange := [word for word in words if word not in names]:
            raise UnknownCase(f"there is no {', '.join(strange)} among {', '.join(sorted(names))}")
    if not groups and not numbers:
        return CASES
    return tuple(case for case in CASES if case.group in groups or case.number in numbers)
