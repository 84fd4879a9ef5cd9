"""Checks a record that lies still, with whatever else of the same days is at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from daemon.artifacts.check import check_artifacts
from daemon.metrics_check import MetricsUnreadable, check_metrics
from storage import against_ledger, anchors, canaries
from storage.anchors import AnchorsUnreadable
from storage.ledger_document import LedgerUnreadable, read_ledger
from storage.offline import CopyUnreadable, open_copy
from storage.store import Violation
from storage.verify import verify

UNREADABLE = (CopyUnreadable, AnchorsUnreadable, LedgerUnreadable, MetricsUnreadable, OSError)


class ExhibitUnreadable(Exception):
    """Something that was to be checked, or held against it, cannot be read."""


@dataclass(frozen=True, slots=True)
class Exhibits:
    """The database and what it is held against; None or () is not at hand."""

    database: Path
    anchors: Path | None = None
    approval_key: bytes | None = None
    ledger: bytes | None = None
    artifacts: Path | None = None
    metrics: str | None = None
    canaries: tuple[str, ...] = ()
    searched: tuple[Path, ...] = ()


def inspect(exhibits: Exhibits) -> tuple[Violation, ...]:
    """Return every violation of I1 to I28 that the exhibits show.

    Raises ExhibitUnreadable.
    """
    try:
        return tuple(dict.fromkeys(_violations(exhibits)))
    except UNREADABLE as error:
        raise ExhibitUnreadable(str(error)) from error


def _violations(exhibits: Exhibits) -> Iterator[Violation]:
    anchored = () if exhibits.anchors is None else anchors.read(exhibits.anchors)
    with open_copy(exhibits.database) as connection:
        yield from verify(connection, exhibits.approval_key, anchored)
        if exhibits.ledger is not None:
            yield from against_ledger.compare(connection, read_ledger(exhibits.ledger))
        if exhibits.artifacts is not None:
            yield from check_artifacts(connection, exhibits.artifacts)
        if exhibits.metrics is not None:
            yield from check_metrics(connection, exhibits.metrics)
        if exhibits.canaries:
            yield from canaries.in_record(connection, exhibits.canaries)
            yield from canaries.in_files(exhibits.searched, exhibits.canaries)
