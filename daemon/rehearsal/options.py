"""What a rehearsal plays: which pairs, on which market, with what account."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

FOLDER = re.compile(r"[0-9]{8}")
FILE_DATE = re.compile(r"([0-9]{8})")


class RehearsalError(Exception):
    """The rehearsal cannot be played as asked; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair to drop, and the date in whose evening it is dropped."""

    portfolio: Path
    context: Path
    file_date: date


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """One rehearsal; `speed` is a ceiling of market seconds a real second, None = no ceiling.

    `metrics_port` is where the daemon shows its metrics, 0 for a port nobody is told of.
    """

    pairs: tuple[Pair, ...]
    market: Path
    out: Path
    cash: Decimal
    positions: Path | None
    speed: Decimal | None
    seed: int
    approve_gaps: bool
    messages_per_day: int
    config: Path | None
    metrics_port: int = 0


def single_pair(portfolio: Path, context: Path) -> Pair:
    """Return one pair; its date is the one in the portfolio's file name."""
    found = FILE_DATE.search(portfolio.name)
    if found is None:
        raise RehearsalError(f"{portfolio.name} carries no date")
    for path in (portfolio, context):
        if not path.is_file():
            raise RehearsalError(f"{path} is not a file")
    return Pair(portfolio, context, _date(found[1]))


def pairs_of_runs(
    runs: Path, first: str | None, last: str | None, excluded: Collection[str]
) -> tuple[Pair, ...]:
    """Return the pairs of <YYYYMMDD>/ folders in date order."""
    if not runs.is_dir():
        raise RehearsalError(f"{runs} is not a directory")
    names = sorted(entry.name for entry in runs.iterdir() if FOLDER.fullmatch(entry.name))
    chosen = [
        name
        for name in names
        if (first is None or name >= first)
        and (last is None or name <= last)
        and name not in excluded
    ]
    if not chosen:
        raise RehearsalError(f"no <YYYYMMDD>/ folder of {runs} was chosen")
    return tuple(
        single_pair(
            runs / name / f"portfolio_{name}.csv", runs / name / f"execution_context_{name}.json"
        )
        for name in chosen
    )


def _date(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise RehearsalError(f"{text} is not a date YYYYMMDD") from error
