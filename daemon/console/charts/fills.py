"""What was filled over the session, added up, sells and buys apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from daemon.console.charts.drawing import WIDTH, Chart, Drawing, scaled
from daemon.console.formats import clock, whole_money
from daemon.console.texts.language import Texts
from market.phases import SHANGHAI

NAME = "fills"
HEIGHT = 170
TOP, BOTTOM = 24, 146
LEFT = 18
SESSION = (time(9, 15), time(15, 0))
MARKS = (time(9, 30), time(11, 30), time(13, 0), time(15, 0))
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
    _axes(drawing)
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


def _axes(drawing: Drawing) -> None:
    drawing.line("axis", LEFT, BOTTOM, WIDTH - LEFT, BOTTOM)
    for mark in MARKS:
        x = _x(mark)
        drawing.line("grid", x, TOP, x, BOTTOM)
        drawing.text("tick", x, BOTTOM + 16, f"{mark:%H:%M}")


def _steps(fills: Sequence[Filled], largest: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Return the corners of a line that rises at each fill."""
    height, total = Decimal(BOTTOM), Decimal(0)
    corners = [(_x(SESSION[0]), height)]
    for fill in fills:
        x = _x(fill.at.astimezone(SHANGHAI).time())
        total += fill.amount
        corners.append((x, height))
        height = BOTTOM - scaled(total, largest, BOTTOM - TOP)
        corners.append((x, height))
    return corners


def _to_the_last(
    fills: Sequence[Filled], corners: Sequence[tuple[Decimal, Decimal]]
) -> list[tuple[Decimal, Decimal]]:
    """Return where a line ends: below the last fill of either side."""
    last = [_x(fill.at.astimezone(SHANGHAI).time()) for fill in fills[-1:]]
    return [(x, corners[-1][1]) for x in last]


def _x(at: time) -> Decimal:
    """Return where a time of day lies; what is outside the session lies at its edge."""
    first, last = (_seconds(edge) for edge in SESSION)
    within = min(max(_seconds(at), first), last) - first
    return LEFT + scaled(Decimal(within), Decimal(last - first), WIDTH - 2 * LEFT)


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second
