"""I27: at rest the counters of a process are the counts of what it wrote down."""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal

from prometheus_client.parser import text_string_to_metric_families

from storage.store import Violation

# A process counts from its start, and its lease is as old as it is.
EPOCH = "(SELECT epoch FROM lease)"
FILLS = f"""
SELECT json_extract(iif(json_valid(detail), detail, '{{}}'), '$.side') AS label, COUNT(*) AS counted
FROM events
WHERE subject_kind = 'FILL' AND cause <> 'FEES_LEARNT' AND epoch = {EPOCH} GROUP BY label
"""  # noqa: S608 - a constant of this file
CLOSED = f"""
SELECT outcome AS label, COUNT(*) AS counted FROM wire
WHERE kind = ? AND epoch = {EPOCH} AND outcome IS NOT NULL AND code <> 'RECOVERED' GROUP BY label
"""  # noqa: S608 - a constant of this file

COUNTERS = {
    "sage_fills_total": ("side", FILLS, ()),
    "sage_sends_total": ("verdict", CLOSED, ("SUBMIT",)),
    "sage_cancels_total": ("verdict", CLOSED, ("CANCEL",)),
}


class MetricsUnreadable(Exception):
    """The text is no snapshot of our metrics."""


def check_metrics(connection: sqlite3.Connection, exposition: str) -> Iterator[Violation]:
    """Yield every counter of a snapshot (Prometheus text) that counts something else.

    The snapshot must be of the process that wrote last. Raises MetricsUnreadable.
    """
    told = _counters(exposition)
    for name, (label, query, parameters) in COUNTERS.items():
        recorded = {
            str(row["label"]): Decimal(row["counted"])
            for row in connection.execute(query, parameters)
        }
        shown = {key: value for (metric, key), value in told.items() if metric == name}
        for key in sorted(recorded.keys() | shown.keys()):
            ours, theirs = recorded.get(key, Decimal(0)), shown.get(key, Decimal(0))
            if ours != theirs:
                where = f'{name}{{{label}="{key}"}}'
                yield Violation("I27", f"{where} is {theirs}, the record counts {ours}", name)


def _counters(exposition: str) -> dict[tuple[str, str], Decimal]:
    try:
        samples = [
            sample
            for family in text_string_to_metric_families(exposition)
            for sample in family.samples
        ]
    except ValueError as error:
        raise MetricsUnreadable(f"no snapshot of metrics: {error}") from error
    if not any(sample.name == "sage_build_info" for sample in samples):
        raise MetricsUnreadable("no snapshot of our metrics: sage_build_info is missing")
    return {
        (sample.name, sample.labels[COUNTERS[sample.name][0]]): Decimal(int(sample.value))
        for sample in samples
        if sample.name in COUNTERS
    }
