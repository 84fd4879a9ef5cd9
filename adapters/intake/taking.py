"""From a pair in the directory to what the daemon stores: the bytes and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.intake.files import FileBytes, read_file
from adapters.intake.pair import Unreadable, read_pair, unreadable
from adapters.intake.pairing import Pair, Sighting
from adapters.intake.ready import READY_BYTES_MAX, check_ready
from config.settings import IntakeSettings
from market.symbol import Symbol
from statemachine.portfolio import Refusal, TargetPortfolio
from statemachine.reasons import Reason


@dataclass(frozen=True, slots=True)
class Taken:
    """A pair as it was read, once; everything later is computed from these bytes.

    Bytes are empty for a file that was refused before it was read (a link, wrong owner, ...).
    `owner_uids` are those of both files, where both could be read.
    """

    csv: bytes
    context: bytes
    outcome: TargetPortfolio | Unreadable
    owner_uids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Changing:
    """A file changed between the sweep and the read: sweep again, nothing is decided."""

    refusal: Refusal


def take_pair(
    directory: Path,
    pair: Pair,
    settings: IntakeSettings,
    industry_of: Mapping[Symbol, str] | None = None,
) -> Taken | Changing:
    """Read both files (and `.ready`) as they were sighted, then read_pair; blocks on the disk.

    Raises ValueError for a pair without CSV or context: `readiness` never calls one ready.
    """
    if pair.csv is None or pair.context is None:
        raise ValueError(f"pair {pair.day} is incomplete")
    csv = _read(directory, pair.csv, settings.csv_bytes_max, settings)
    context = _read(directory, pair.context, settings.context_bytes_max, settings)
    ready = _read(directory, pair.ready, READY_BYTES_MAX, settings) if pair.ready else None
    refusals = tuple(part for part in (csv, context, ready) if isinstance(part, Refusal))
    for refusal in refusals:
        if refusal.code is Reason.PAIR_INCOMPLETE:
            return Changing(refusal)
    if isinstance(csv, FileBytes) and isinstance(context, FileBytes) and not refusals:
        refusals = _contradictions(csv, context, ready)
        if not refusals:
            outcome = _outcome(csv, context, settings, industry_of)
            owners = frozenset({csv.owner_uid, context.owner_uid})
            return Taken(csv.data, context.data, outcome, owners)
    named_by = (_identity(csv, pair.csv), _identity(context, pair.context))
    refused = unreadable(pair.csv.name, *named_by, refusals)
    return Taken(_data(csv), _data(context), refused)


def _read(
    directory: Path, sighting: Sighting, bytes_max: int, settings: IntakeSettings
) -> FileBytes | Refusal:
    return read_file(
        directory / sighting.name,
        bytes_max=bytes_max,
        owner_uids=settings.owner_uids,
        expected=sighting.signature,
    )


def _contradictions(
    csv: FileBytes, context: FileBytes, ready: FileBytes | Refusal | None
) -> tuple[Refusal, ...]:
    if not isinstance(ready, FileBytes):
        return ()
    return check_ready(ready.name, ready.data, {csv.name: csv.data, context.name: context.data})


def _outcome(
    csv: FileBytes,
    context: FileBytes,
    settings: IntakeSettings,
    industry_of: Mapping[Symbol, str] | None,
) -> TargetPortfolio | Unreadable:
    outcome = read_pair(csv.name, csv.data, context.name, context.data, settings, industry_of)
    if isinstance(outcome, TargetPortfolio):
        return replace(outcome, notes=csv.notes + context.notes + outcome.notes)
    return outcome


def _identity(part: FileBytes | Refusal, sighting: Sighting) -> bytes:
    """Return what tells one delivery from another; of a file not read, how it lies there."""
    if isinstance(part, FileBytes):
        return part.data
    return f"{part.code} {sighting.signature.size} {sighting.signature.mtime_ns}".encode()


def _data(part: FileBytes | Refusal) -> bytes:
    return part.data if isinstance(part, FileBytes) else b""
