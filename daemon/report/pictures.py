"""The charts of a report: as SVG in its page, and as PNG files where the library is there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from daemon.console.charts.cash import cash_chart, cash_steps
from daemon.console.charts.drawing import WIDTH, Chart
from daemon.console.charts.fills import Filled, fills_chart
from daemon.console.charts.slippage import slippage_chart
from daemon.console.charts.weights import Weight, weights_chart
from daemon.console.texts.language import Language
from daemon.reconciliation.costs import CostParts
from daemon.report.cost_chart import cost_chart
from daemon.report.texts import ReportTexts

ZERO = Decimal(0)
# Pixels of the picture for one of the drawing's.
SCALE = 3
NAMESPACE = '<svg xmlns="http://www.w3.org/2000/svg" '
FONT = "Noto Sans CJK SC"
FONT_SIZE = 11.5
PAPER = "#ffffff"


class ChartsMissing(Exception):
    """The library that draws PNG files is not installed."""


def charts_of(document: Mapping[str, Any], texts: ReportTexts) -> list[Chart]:
    """Return the charts of a report document; one of fills only where there are any."""
    costs, cash = document["costs"], document["cash"]
    totals = costs["totals"]
    parts = [(name, Decimal(totals[name])) for name in CostParts.__dataclass_fields__]
    charts = []
    if costs["names"]:
        charts.append(cost_chart(parts, Decimal(totals["total"]), texts))
    if cash is not None:
        words = ("opening", "sells", "buys", "fees", "movements")
        charts.append(cash_chart(cash_steps(*(Decimal(cash[word]) for word in words)), texts))
    if document["fills"]:
        charts.append(fills_chart(_filled(document["fills"]), texts))
    charts.append(weights_chart(_weights(document), texts))
    if document["fills"]:
        charts.append(slippage_chart(_slippage(costs["names"]), texts))
    return charts


def pictures(document: Mapping[str, Any], language: Language) -> dict[str, bytes]:
    """Return every chart as a PNG file by its name. Raises ChartsMissing."""
    return {chart.name: png(chart) for chart in charts_of(document, ReportTexts(language))}


def png(chart: Chart) -> bytes:
    """Return a chart as a PNG file on white. Raises ChartsMissing."""
    try:
        from resvg_py import svg_to_bytes  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise ChartsMissing(
            "PNG charts need the extra `charts`: pip install 'sage-execd[charts]'"
        ) from error
    # Inline SVG carries no namespace of its own; a file does.
    return svg_to_bytes(
        svg_string=chart.svg.replace("<svg ", NAMESPACE, 1),
        style_sheet=chart_style(),
        width=WIDTH * SCALE,
        background=PAPER,
        font_family=FONT,
        font_size=FONT_SIZE,
    )


@cache
def chart_style() -> str:
    """Return the style sheet of the charts, for a page and for a picture."""
    return (files("daemon.report") / "charts.css").read_text(encoding="utf-8")


def _weights(document: Mapping[str, Any]) -> list[Weight]:
    rows = [
        Weight(name["ts_code"], Decimal(name["target_weight"]), Decimal(name["owned_weight"] or 0))
        for name in document["reconcile"]["names"]
    ]
    shown = [row for row in rows if row.target or row.actual]
    return sorted(shown, key=lambda row: (-row.target, -row.actual, row.label))


def _filled(fills: Sequence[Mapping[str, Any]]) -> list[Filled]:
    return [
        Filled(
            datetime.fromisoformat(fill["fill_time"]),
            fill["side"],
            -abs(Decimal(fill["amount"])) if fill["kind"] == "BUST" else Decimal(fill["amount"]),
        )
        for fill in fills
    ]


def _slippage(names: Sequence[Mapping[str, Any]]) -> list[tuple[str, Decimal]]:
    found = [
        (name["ts_code"], Decimal(name["slippage_bp"]))
        for name in names
        if name["slippage_bp"] is not None
    ]
    return sorted(found, key=lambda row: (-row[1], row[0]))
