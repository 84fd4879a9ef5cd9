"""What was asked of a venue, on disk, so that a gateway that was killed goes on where it stood.

The venue is deterministic: the same calls at the same market times give the same books, so the
calls are all there is to keep. A call is written before it is carried out: what nobody was told
of may stand after a restart, what somebody was told of is never gone.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from adapters.gateway.venue import VenueRefused, VenueUncertain
from adapters.venues.simulated.clock import SteppedClock, VenueClock
from adapters.venues.simulated.desk import CounterDown
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.fault_plan import arm_faults, read_faults
from adapters.venues.simulated.inputs import Call
from adapters.venues.simulated.script import read_script
from adapters.venues.simulated.wire_faults import WireFaultPlan
from adapters.wire.models import NewOrder

_MOMENT_BYTES = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One call, at market time."""

    call: Call
    at: datetime
    content: Any


class VenueJournal:
    """Two files: calls, one JSON line each, and the market time that was reached.

    Writes go to the operating system at once and survive the end of the process, not that of the
    machine. A line that was cut off in the middle was a call that nobody was answered.
    """

    def __init__(self, calls: int, clock: int) -> None:
        """Take over two open files."""
        self._calls = calls
        self._clock = clock

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the journal `path`, and `path` with the suffix .clock beside it."""
        calls = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        _cut_torn_line(calls)
        clock = os.open(path.with_suffix(".clock"), os.O_RDWR | os.O_CREAT, 0o600)
        return cls(calls, clock)

    def close(self) -> None:
        """Close both files."""
        os.close(self._calls)
        os.close(self._clock)

    def record(self, call: Call, at: datetime, content: Any) -> None:
        """Append a call."""
        line = {"call": call.value, "at": at.isoformat(), "content": content}
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        os.write(self._calls, f"{text}\n".encode())

    def reach(self, moment: datetime) -> None:
        """Overwrite the market time that was reached."""
        os.pwrite(self._clock, moment.isoformat().ljust(_MOMENT_BYTES).encode(), 0)

    def entries(self) -> Iterator[Entry]:
        """Read every call, oldest first."""
        with os.fdopen(os.dup(self._calls), "rb") as file:
            file.seek(0)
            for line in file:
                told = json.loads(line)
                at = datetime.fromisoformat(told["at"])
                yield Entry(Call(told["call"]), at, told["content"])

    def reached(self) -> datetime | None:
        """Return the market time that was reached, None in a new journal."""
        text = os.pread(self._clock, _MOMENT_BYTES, 0).decode().strip()
        return datetime.fromisoformat(text) if text else None


def remove_journal(path: Path) -> None:
    """Forget what a journal holds, where there is one."""
    path.unlink(missing_ok=True)
    path.with_suffix(".clock").unlink(missing_ok=True)


def _cut_torn_line(calls: int) -> None:
    with os.fdopen(os.dup(calls), "rb") as file:
        file.seek(0)
        content = file.read()
    os.ftruncate(calls, content.rfind(b"\n") + 1)


async def resume(
    journal: VenueJournal, venue: SimulatedVenue, clock: VenueClock, wire_faults: WireFaultPlan
) -> int:
    """Carry every call of a journal out again and have the venue write to it from now on.

    The venue must be as it was when the journal began. Returns how many calls there were.
    """
    count = 0
    for entry in journal.entries():
        venue.advance_to(entry.at)
        if not await _is_repeated_at_venue(entry, venue):
            _repeat_around_it(entry, venue, clock, wire_faults)
        count += 1
    reached = journal.reached()
    if reached is not None:
        venue.advance_to(max(reached, venue.now()))
    venue.inputs = journal
    return count


async def _is_repeated_at_venue(entry: Entry, venue: SimulatedVenue) -> bool:
    """Carry a call of the account out again; what it was answered then, nobody is answered now."""
    match entry.call:
        case Call.PLACE:
            with suppress(VenueRefused, VenueUncertain, CounterDown):
                await venue.place(NewOrder.model_validate_json(json.dumps(entry.content)))
        case Call.CANCEL:
            with suppress(VenueRefused):
                await venue.cancel(entry.content)
        case Call.CANCEL_AT_COUNTER:
            with suppress(VenueRefused):
                await venue.cancel_at_counter(entry.content)
        case Call.SCRIPT:
            venue.play_script(read_script(json.dumps(entry.content)))
        case _:
            return False
    return True


def _repeat_around_it(
    entry: Entry, venue: SimulatedVenue, clock: VenueClock, wire_faults: WireFaultPlan
) -> None:
    """Carry a call out again that changes how the venue behaves and who moves its time."""
    match entry.call:
        case Call.ARM:
            arm_faults(read_faults(json.dumps(entry.content)), venue.faults, wire_faults)
        case Call.DISARM:
            venue.faults.disarm()
            wire_faults.disarm()
        case Call.STRUCK:
            strike = entry.content
            wire_faults.take_over(
                strike["fault"], strike["method"], strike["path"], strike["count"]
            )
        case Call.JOIN if isinstance(clock, SteppedClock):
            clock.join(entry.content)
        case Call.LEAVE if isinstance(clock, SteppedClock):
            clock.leave(entry.content)
        case _:  # a running clock has no participants
            pass
