"""Which names in the directory are input; everything else, our own outputs first, never is."""

import re
from enum import StrEnum

_NAME = re.compile(
    r"(?P<csv>portfolio_(?P<csv_day>[0-9]{8})\.csv)"
    r"|(?P<context>execution_context_(?P<context_day>[0-9]{8})\.json)"
    r"|(?P<ready>portfolio_(?P<ready_day>[0-9]{8})\.ready)"
)
_NO_DAY = "00000000"


class Part(StrEnum):
    """The three files a pair may consist of."""

    CSV = "csv"
    CONTEXT = "context"
    READY = "ready"


def part_of_name(name: str) -> Part | None:
    """Return which part of a pair a file name is, or None for a file that is no input.

    `broker_*` (our artifacts), hidden, temporary and backup files never match.
    """
    match = _NAME.fullmatch(name)
    return Part(match.lastgroup.removesuffix("_day")) if match and match.lastgroup else None


def day_of_name(name: str) -> str:
    """Return the YYYYMMDD of an input's name, "00000000" for any other name."""
    match = _NAME.fullmatch(name)
    if match is None:
        return _NO_DAY
    return match["csv_day"] or match["context_day"] or match["ready_day"]
