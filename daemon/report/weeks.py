"""What runs cost, week by week: the sums of their reports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from daemon.reconciliation.costs import CostParts, sum_of_parts
from daemon.reconciliation.shortfall import in_bp

_PARTS = tuple(CostParts.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class RunCost:
    """One run of the roll-up; amounts in CNY, `wanted_amount` at decision prices."""

    run_id: str
    session_date: date
    parts: CostParts
    wanted_amount: Decimal
    traded_amount: Decimal
    fees_billed: Decimal
    fees_estimated: Decimal

    @property
    def week(self) -> str:
        """The ISO week of the session, such as 2026-W04."""
        year, week, _ = self.session_date.isocalendar()
        return f"{year}-W{week:02d}"


@dataclass(frozen=True, slots=True)
class Row:
    """A week, or all of them, CNY; `shortfall_bp` is of what was wanted, None of nothing."""

    week: str
    runs: tuple[str, ...]
    parts: CostParts
    total: Decimal
    wanted_amount: Decimal
    traded_amount: Decimal
    fees_billed: Decimal
    fees_estimated: Decimal
    shortfall_bp: Decimal | None


@dataclass(frozen=True, slots=True)
class RollUp:
    """Every week of some days with a run in it, and their sum."""

    weeks: tuple[Row, ...]
    total: Row


def roll_up(documents: Iterable[Mapping[str, Any]]) -> RollUp:
    """Return the weeks of these report documents, oldest first."""
    runs = sorted(map(_run_cost, documents), key=attrgetter("session_date", "run_id"))
    weeks = tuple(_row(week, tuple(part)) for week, part in groupby(runs, attrgetter("week")))
    return RollUp(weeks, _row("", tuple(runs)))


def _run_cost(document: Mapping[str, Any]) -> RunCost:
    costs, totals = document["costs"], document["costs"]["totals"]
    return RunCost(
        run_id=document["run"]["run_id"],
        session_date=date.fromisoformat(document["run"]["session_date"]),
        parts=CostParts(*(Decimal(totals[name]) for name in _PARTS)),
        wanted_amount=Decimal(totals["wanted_amount"]),
        traded_amount=sum((Decimal(row["traded_amount"]) for row in costs["names"]), Decimal(0)),
        fees_billed=Decimal(totals["fees_billed"]),
        fees_estimated=Decimal(totals["fees_estimated"]),
    )


def _row(week: str, runs: tuple[RunCost, ...]) -> Row:
    parts = sum_of_parts(run.parts for run in runs)
    wanted = sum((run.wanted_amount for run in runs), Decimal(0))
    return Row(
        week=week,
        runs=tuple(run.run_id for run in runs),
        parts=parts,
        total=parts.total,
        wanted_amount=wanted,
        traded_amount=sum((run.traded_amount for run in runs), Decimal(0)),
        fees_billed=sum((run.fees_billed for run in runs), Decimal(0)),
        fees_estimated=sum((run.fees_estimated for run in runs), Decimal(0)),
        shortfall_bp=in_bp(parts.total, wanted),
    )
