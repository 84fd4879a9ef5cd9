"""A fault plan is one JSON list; each item is a fault of the venue or of the wire."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from adapters.venues.simulated.faults import FaultPlan, VenueFault
from adapters.venues.simulated.wire_faults import WireFault, WireFaultPlan

Fault = VenueFault | WireFault

_FAULTS = TypeAdapter(tuple[Fault, ...])


class FaultPlanError(ValueError):
    """The text is no list of faults."""


def read_faults(text: str | bytes) -> tuple[Fault, ...]:
    """Read a plan; each item's `kind` says which sort it is. Raises FaultPlanError."""
    try:
        return _FAULTS.validate_json(text)
    except ValidationError as error:
        raise FaultPlanError(str(error)) from error


def read_fault_file(path: Path) -> tuple[Fault, ...]:
    """Read a plan from a file. Raises FaultPlanError, OSError."""
    return read_faults(path.read_bytes())


def arm_faults(faults: Iterable[Fault], venue_plan: FaultPlan, wire_plan: WireFaultPlan) -> int:
    """Hand each fault to the plan it belongs to; returns how many there were."""
    chosen = tuple(faults)
    venue_plan.arm(fault for fault in chosen if isinstance(fault, VenueFault))
    wire_plan.arm(fault for fault in chosen if isinstance(fault, WireFault))
    return len(chosen)
