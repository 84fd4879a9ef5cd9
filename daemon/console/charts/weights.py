"""Target and actual weight of each name, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from daemon.console.charts.drawing import LABEL_WIDTH, WIDTH, Chart, Drawing, scaled
from daemon.console.formats import percent
from daemon.console.texts.language import Texts

ROW = 20
TOP = 24
VALUE_WIDTH = 56
NAME = "weights"


@dataclass(frozen=True, slots=True)
class Weight:
    """Fractions of strategy capital."""

    label: str
    target: Decimal
    actual: Decimal


def weights_chart(weights: Sequence[Weight], texts: Texts) -> Chart:
    """Return a bar a name for what is held, and a mark where it should end."""
    title = texts.say("chart.weights")
    gap = max((abs(row.target - row.actual) for row in weights), default=Decimal(0))
    description = texts.say("chart.weights.text", names=len(weights), gap=percent(gap))
    drawing = Drawing(NAME, title, description, TOP + ROW * len(weights) + 6)
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    largest = max((max(row.target, row.actual) for row in weights), default=Decimal(0))
    drawing.bar("actual", LABEL_WIDTH, 6, 10, 8)
    drawing.text("label", LABEL_WIDTH + 14, 14, texts.say("chart.actual"))
    drawing.line("target", LABEL_WIDTH + 90, 4, LABEL_WIDTH + 90, 16)
    drawing.text("label", LABEL_WIDTH + 96, 14, texts.say("chart.target"))
    for index, row in enumerate(weights):
        y = TOP + ROW * index
        mark = LABEL_WIDTH + scaled(row.target, largest, room)
        drawing.text("label", 0, y + 13, row.label)
        drawing.bar("track", LABEL_WIDTH, y + 4, room, 10)
        drawing.bar("actual", LABEL_WIDTH, y + 4, scaled(row.actual, largest, room), 10)
        drawing.line("target", mark, y + 1, mark, y + 17)
        drawing.text("value", WIDTH, y + 13, percent(row.actual))
    headers = [texts.say("column.name"), texts.say("chart.target"), texts.say("chart.actual")]
    rows = [[row.label, percent(row.target), percent(row.actual)] for row in weights]
    return Chart(NAME, title, description, drawing.svg(), headers, rows)
