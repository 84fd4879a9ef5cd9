"""What each name cost against the price on arrival, basis points; to the right is a cost."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from daemon.console.charts.drawing import LABEL_WIDTH, WIDTH, Chart, Drawing, scaled
from daemon.console.formats import points
from daemon.console.texts.language import Texts

ROW = 20
VALUE_WIDTH = 50
NAME = "slippage"

Slippage = tuple[str, Decimal]


def slippage_chart(rows: Sequence[Slippage], texts: Texts) -> Chart:
    """Return bars from a middle line."""
    title = texts.say("chart.slippage")
    worst = max(rows, key=lambda row: row[1], default=("–", Decimal(0)))
    description = texts.say("chart.slippage.text", name=worst[0], worst=points(worst[1]))
    drawing = Drawing(NAME, title, description, ROW * len(rows) + 8)
    bars_from_the_middle(drawing, rows, points, VALUE_WIDTH)
    headers = [texts.say("column.name"), texts.say("chart.bp")]
    return Chart(
        NAME, title, description, drawing.svg(), headers, [[a, points(b)] for a, b in rows]
    )


def bars_from_the_middle(
    drawing: Drawing, rows: Sequence[Slippage], show: Callable[[object], str], value_width: int
) -> None:
    """Draw a bar a row: to the right what is a cost, to the left what is a gain."""
    half = (WIDTH - LABEL_WIDTH - value_width) // 2
    middle = LABEL_WIDTH + half
    largest = max((abs(value) for _, value in rows), default=Decimal(0))
    for index, (label, value) in enumerate(rows):
        y = ROW * index
        drawing.text("label", 0, y + 15, label)
        kind = "cost" if value > 0 else "gain"
        drawing.bar(kind, middle, y + 6, scaled(value, largest, half), 10)
        drawing.text("value", WIDTH, y + 15, show(value))
    drawing.line("axis", middle, 2, middle, ROW * len(rows) + 4)
