"""What a plan was computed from, as a document under the plan's own event, and the plan again.

The plan is made by the functions that made it first; the document only brings them their arguments.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from config.settings import Settings
from daemon.archive.document import DocumentUnreadable, as_bytes, dump, load, parse
from daemon.archive.rules import rules_document, rules_of
from daemon.planning.inputs import PlanInputs
from daemon.planning.residual import residual_plan
from daemon.planning.sizing import plan_run
from market.calendar import TradingCalendar
from market.symbol import Symbol
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.portfolio import Refusal

VERSION = 1
# Written in a form of their own, or derived from what is.
# Telephone numbers: no plan depends on them.
PRIVATE = {"alerts"}
APART = ("rules", "calendar", "settings", "fees")


@dataclass(frozen=True, slots=True)
class Remainder:
    """What a residual plan is computed from beside the inputs of any plan."""

    parent: Plan
    orders: Sequence[Order]
    statuses: Mapping[Symbol, LineStatus]
    retried: tuple[Symbol, ...]

    @staticmethod
    def of(
        parent: Plan,
        orders: Sequence[Order],
        statuses: Mapping[Symbol, LineStatus],
        retried: Collection[Symbol],
    ) -> "Remainder":
        """Return it with the names in order, so that equal remainders have one text."""
        return Remainder(parent, orders, statuses, tuple(sorted(retried)))


@dataclass(frozen=True, slots=True)
class Planned:
    """The arguments of a plan; `remainder` is None for a plan of a whole portfolio."""

    inputs: PlanInputs
    remainder: Remainder | None = None

    def again(self) -> Plan | tuple[Refusal, ...] | None:
        """Return the plan that comes of it."""
        rest = self.remainder
        if rest is None:
            return plan_run(self.inputs)
        return residual_plan(rest.parent, rest.orders, rest.statuses, self.inputs, rest.retried)

    def document(self) -> bytes:
        """Return the text of it: account, prices, rules and settings in force."""
        return plan_document(self.inputs, self.remainder)


def plan_document(inputs: PlanInputs, remainder: Remainder | None = None) -> bytes:
    """Return everything a plan is computed from: account, prices, rules and settings in force."""
    return as_bytes(
        {
            "version": VERSION,
            "inputs": dump(inputs, APART),
            "remainder": None if remainder is None else dump(remainder),
            "settings": inputs.settings.model_dump(mode="json", exclude=PRIVATE),
            "rules": rules_document(inputs.rules),
            "calendar": _calendar_document(inputs.calendar),
        }
    )


def planned_from(content: bytes) -> Planned:
    """Return what a document holds. Raises DocumentUnreadable."""
    document = parse(content)
    if document.get("version") != VERSION:
        raise DocumentUnreadable(f"plan inputs of version {document.get('version')}")
    try:
        settings = Settings.model_validate(document["settings"])
        remainder = document["remainder"]
        return Planned(
            inputs=load(
                PlanInputs,
                document["inputs"],
                rules=rules_of(document["rules"]),
                calendar=_calendar(document["calendar"]),
                settings=settings,
                fees=settings.fees.schedule(),
            ),
            remainder=None if remainder is None else load(Remainder, remainder),
        )
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise DocumentUnreadable(f"plan inputs: {error}") from error


def _calendar_document(calendar: TradingCalendar) -> dict[str, Any]:
    first, last, closed = calendar.closures()
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "closed": [day.isoformat() for day in closed],
    }


def _calendar(document: Mapping[str, Any]) -> TradingCalendar:
    closed = [date.fromisoformat(day) for day in document["closed"]]
    first, last = date.fromisoformat(document["first"]), date.fromisoformat(document["last"])
    return TradingCalendar(first, last, closed)
