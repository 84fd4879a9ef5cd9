"""Where a run's money went, part by part; to the right is a cost."""

from collections.abc import Sequence
from decimal import Decimal

from daemon.console.charts.drawing import Chart, Drawing
from daemon.console.charts.slippage import ROW, bars_from_the_middle
from daemon.console.formats import money
from daemon.console.texts.language import Texts

VALUE_WIDTH = 74
NAME = "costs"


def cost_chart(parts: Sequence[tuple[str, Decimal]], total: Decimal, texts: Texts) -> Chart:
    """Return a bar a part; each part is (its word, CNY)."""
    title = texts.say("report.costs_chart")
    description = texts.say("report.costs_chart.text", total=money(total))
    rows = [(texts.say(f"report.part.{name}"), amount) for name, amount in parts]
    drawing = Drawing(NAME, title, description, ROW * len(rows) + 8)
    bars_from_the_middle(drawing, rows, money, VALUE_WIDTH)
    headers = [texts.say("report.part"), texts.say("column.amount")]
    table = [[label, money(amount)] for label, amount in rows]
    return Chart(NAME, title, description, drawing.svg(), headers, table)
