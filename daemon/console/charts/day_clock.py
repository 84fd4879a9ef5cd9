"""The axis that charts of a session share: the day's clock from left to right, lunch included."""

from datetime import time
from decimal import Decimal

from daemon.console.charts.drawing import WIDTH, Drawing, scaled

HEIGHT = 170
TOP, BOTTOM = 24, 146
LEFT = 18
SESSION = (time(9, 15), time(15, 0))
MARKS = (time(9, 30), time(11, 30), time(13, 0), time(15, 0))


def draw_clock(drawing: Drawing) -> None:
    """Draw the ground line, and a line and a label at each mark of the session."""
    drawing.line("axis", LEFT, BOTTOM, WIDTH - LEFT, BOTTOM)
    for mark in MARKS:
        x = clock_x(mark)
        drawing.line("grid", x, TOP, x, BOTTOM)
        drawing.text("tick", x, BOTTOM + 16, f"{mark:%H:%M}")


def clock_x(at: time) -> Decimal:
    """Return where a time of day lies; what is outside the session lies at its edge."""
    first, last = (_seconds(edge) for edge in SESSION)
    within = min(max(_seconds(at), first), last) - first
    return LEFT + scaled(Decimal(within), Decimal(last - first), WIDTH - 2 * LEFT)


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second
