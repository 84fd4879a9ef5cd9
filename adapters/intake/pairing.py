"""From what lies in the directory to pairs, and when a pair may be taken (trading-day.md rule 6).

Pure: file facts and market times in, verdicts out. The caller lists the directory, remembers the
sightings between two sweeps, and asks again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.intake.names import Part, day_of_name, part_of_name


@dataclass(frozen=True, slots=True)
class Signature:
    """What changes when a file is written or replaced; all from one stat call."""

    mtime_ns: int
    size: int
    inode: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """A file as it is now and the market time at which it was first seen so."""

    name: str
    signature: Signature
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """The files of one day's drop; `day` is the YYYYMMDD of their names."""

    day: str
    csv: Sighting | None
    context: Sighting | None
    ready: Sighting | None

    @property
    def signature(self) -> tuple[Signature | None, Signature | None, Signature | None]:
        """What changes with any change or removal of a file of this pair (rule 7)."""
        return _signature(self.csv), _signature(self.context), _signature(self.ready)

    @property
    def last_change(self) -> datetime:
        """The market time at which the newest of its files was first seen as it is."""
        return max(part.first_seen for part in (self.csv, self.context, self.ready) if part)


@dataclass(frozen=True, slots=True)
class ReadyNow:
    """The pair is complete and may be read."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The pair looks complete but is not quiet yet; ask again at `until`, market time."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Incomplete:
    """PAIR_INCOMPLETE: never planned as it is; `since` starts the 10 minutes to the alert."""

    problem: str
    since: datetime


Readiness = ReadyNow | Wait | Incomplete


def observe(
    known: Mapping[str, Sighting], listing: Mapping[str, Signature], now: datetime
) -> dict[str, Sighting]:
    """Return the sightings after a sweep; a file that changed counts as first seen at `now`.

    Names that are no input are left out, and so are files that are gone.
    """
    return {
        name: _sighting(known.get(name), name, signature, now)
        for name, signature in listing.items()
        if part_of_name(name) is not None
    }


def pairs_of(sightings: Mapping[str, Sighting]) -> tuple[Pair, ...]:
    """Group sightings by the day of their names, oldest day first."""
    files: dict[str, dict[Part, Sighting]] = {}
    for name, sighting in sightings.items():
        part = part_of_name(name)
        if part is not None:
            files.setdefault(day_of_name(name), {})[part] = sighting
    return tuple(
        Pair(day, parts.get(Part.CSV), parts.get(Part.CONTEXT), parts.get(Part.READY))
        for day, parts in sorted(files.items())
    )


def readiness(pair: Pair, now: datetime, quiet_s: int) -> Readiness:
    """Decide by rule 6 whether the pair may be read at market time `now`.

    A `.ready` file counts when it is not older than both others: written last, it says that they
    are whole. One left over from before a rewrite says nothing, and quiet time decides.
    """
    if pair.csv is None or pair.context is None:
        return Incomplete(_missing_sentence(pair), pair.last_change)
    csv, context = pair.csv.signature, pair.context.signature
    if pair.ready and pair.ready.signature.mtime_ns >= max(csv.mtime_ns, context.mtime_ns):
        return ReadyNow()
    if context.mtime_ns < csv.mtime_ns:
        problem = f"{pair.csv.name} is newer than {pair.context.name}"
        return Incomplete(problem, pair.last_change)
    changed = max(pair.csv.first_seen, pair.context.first_seen)
    until = changed + timedelta(seconds=quiet_s)
    return ReadyNow() if now >= until else Wait(until)


def _sighting(known: Sighting | None, name: str, signature: Signature, now: datetime) -> Sighting:
    if known is not None and known.signature == signature:
        return known
    return Sighting(name, signature, now)


def _signature(sighting: Sighting | None) -> Signature | None:
    return sighting.signature if sighting else None


def _missing_sentence(pair: Pair) -> str:
    missing = [
        name
        for name, part in (
            (f"portfolio_{pair.day}.csv", pair.csv),
            (f"execution_context_{pair.day}.json", pair.context),
        )
        if part is None
    ]
    return f"{' and '.join(missing)} not there"
