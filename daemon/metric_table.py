"""Writes docs/metrics.md from the metrics themselves: python -m daemon.metric_table."""

import sys
from collections.abc import Iterator

from daemon.metrics import Description, Metrics

HEAD = """\
# Metrics

What `/metrics` shows, in Prometheus' text format, on `http.host` and `http.port` of the
configuration (127.0.0.1:9808 by default). This page is generated from `daemon/metrics.py`; do not
edit it by hand. Units are base units and stand last in the name; money is CNY. No label is an
order, a run or a name. Counters and histograms begin at 0 with each start; gauges of what stands
(runs, orders, breaks, halts, messages) are read from the database at every scrape. "Market time" is
the venue's clock, "machine time" the host's.

[deploy/prometheus](../deploy/prometheus) holds the rules that watch them,
[deploy/grafana](../deploy/grafana) the dashboards, [deploy/RUNBOOK.md](../deploy/RUNBOOK.md) what
to do when one fires.

| metric | kind | labels | what it says |
| --- | --- | --- | --- |
"""
PROCESS = (
    "| `process_*` | | | Memory, processor and files, as every Prometheus client tells them. |\n"
)


def table() -> str:
    """Return the whole page."""
    metrics = Metrics()
    rows = "".join(f"{_row(description)}\n" for description in metrics.descriptions)
    return HEAD + rows + PROCESS + "\n## Buckets\n\n" + "".join(_buckets(metrics.descriptions))


def _row(of: Description) -> str:
    labels = ", ".join(f"`{label}`" for label in of.labels)
    return f"| `{of.name}` | {of.kind} | {labels} | {of.text} |"


def _buckets(descriptions: list[Description]) -> Iterator[str]:
    for of in descriptions:
        if of.buckets:
            bounds = ", ".join(f"{bound:g}" for bound in of.buckets)
            yield f"- `{of.name}`: {bounds}\n"


def main() -> None:
    """Print the page."""
    sys.stdout.write(table())


if __name__ == "__main__":
    main()
