"""The cash of an account over a session, with where it was lowest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from daemon.console.charts.day_clock import BOTTOM, HEIGHT, LEFT, TOP, clock_x, draw_clock
from daemon.console.charts.drawing import Chart, Drawing, scaled
from daemon.console.formats import clock, whole_money
from daemon.console.texts.language import Texts
from market.phases import SHANGHAI

NAME = "session-cash"


@dataclass(frozen=True, slots=True)
class CashAt:
    """The cash at a moment, CNY."""

    at: datetime
    cash: Decimal


def session_cash_chart(points: Sequence[CashAt], lowest: CashAt, texts: Texts) -> Chart:
    """Return a step line from nothing to the largest; there is at least one point."""
    title = texts.say("chart.session_cash")
    worst = {"lowest": whole_money(lowest.cash), "at": clock(lowest.at.isoformat())}
    first, last = whole_money(points[0].cash), whole_money(points[-1].cash)
    description = texts.say("chart.session_cash.text", first=first, last=last, **worst)
    drawing = Drawing(NAME, title, description, HEIGHT)
    draw_clock(drawing)
    ordered = sorted({*points, lowest}, key=lambda point: (point.at, point.cash))
    largest = max(point.cash for point in ordered)
    drawing.path("course", _steps(ordered, largest))
    drawing.text("label", LEFT, 14, texts.say("chart.session_cash.lowest", **worst))
    headers = [texts.say("column.time"), texts.say("chart.session_cash.column")]
    rows = [[clock(point.at.isoformat()), whole_money(point.cash)] for point in ordered]
    return Chart(NAME, title, description, drawing.svg(), headers, rows)


def _steps(points: Sequence[CashAt], largest: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Return the corners of a line that keeps its height until the next point."""
    corners: list[tuple[Decimal, Decimal]] = []
    for point in points:
        x = clock_x(point.at.astimezone(SHANGHAI).time())
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, BOTTOM - scaled(max(point.cash, Decimal(0)), largest, BOTTOM - TOP)))
    return corners
