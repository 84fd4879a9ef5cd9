"""What was filled over the session, added up, sells and buys apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from daemon.console.charts.day_clock import BOTTOM, HEIGHT, LEFT, SESSION, TOP, clock_x, draw_clock
from daemon.console.charts.drawing import Chart, Drawing, scaled
from daemon.console.formats import clock, whole_money
from daemon.console.texts.language import Texts
from market.phases import SHANGHAI

NAME = "fills"
SIDES = ("SELL", "BUY")


@dataclass(frozen=True, slots=True)
class Filled:
    """One fill: when, which side, CNY."""

    at: datetime
    side: str
    amount: Decimal


def fills_chart(fills: Sequence[Filled], texts: Texts) -> Chart:
    """Return two step lines over the day's clock, lunch included."""
    ordered = sorted(fills, key=lambda fill: fill.at)
    sums = {
        side: sum((fill.amount for fill in ordered if fill.side == side), Decimal(0))
        for side in SIDES
    }
    title = texts.say("chart.fills")
    description = texts.say(
        "chart.fills.text",
        count=len(ordered),
        sells=whole_money(sums["SELL"]),
        buys=whole_money(sums["BUY"]),
    )
    drawing = Drawing(NAME, title, description, HEIGHT)
    draw_clock(drawing)
    largest = max(sums.values())
    for index, side in enumerate(SIDES):
        x = LEFT + 150 * index
        drawing.line(side.lower(), x, 10, x + 14, 10)
        drawing.text("label", x + 20, 14, f"{texts.word('side', side)} {whole_money(sums[side])}")
        of_side = [fill for fill in ordered if fill.side == side]
        corners = _steps(of_side, largest)
        drawing.path(side.lower(), [*corners, *_to_the_last(ordered, corners)])
    headers = [texts.say("column.time"), texts.say("column.side"), texts.say("column.amount")]
    rows = [
        [clock(fill.at.isoformat()), texts.word("side", fill.side), whole_money(fill.amount)]
        for fill in ordered
    ]
    return Chart(NAME, title, description, drawing.svg(), headers, rows)


def _steps(fills: Sequence[Filled], largest: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Return the corners of a line that rises at each fill."""
    height, total = Decimal(BOTTOM), Decimal(0)
    corners = [(clock_x(SESSION[0]), height)]
    for fill in fills:
        x = clock_x(fill.at.astimezone(SHANGHAI).time())
        total += fill.amount
        corners.append((x, height))
        height = BOTTOM - scaled(total, largest, BOTTOM - TOP)
        corners.append((x, height))
    return corners


def _to_the_last(
    fills: Sequence[Filled], corners: Sequence[tuple[Decimal, Decimal]]
) -> list[tuple[Decimal, Decimal]]:
    """Return where a line ends: below the last fill of either side."""
    last = [clock_x(fill.at.astimezone(SHANGHAI).time()) for fill in fills[-1:]]
    return [(x, corners[-1][1]) for x in last]
