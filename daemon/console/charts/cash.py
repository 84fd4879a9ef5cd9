"""The way of the cash: opening, sells, buys, fees, closing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from daemon.console.charts.drawing import LABEL_WIDTH, WIDTH, Chart, Drawing, scaled
from daemon.console.formats import whole_money
from daemon.console.texts.language import Texts

ROW = 24
VALUE_WIDTH = 84
NAME = "cash"
LEVELS = ("OPENING", "CLOSING")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Step:
    """One step, CNY: what comes (or goes, below zero) and what is left after it."""

    word: str
    amount: Decimal
    balance: Decimal


def cash_steps(
    opening: Decimal, sells: Decimal, buys: Decimal, fees: Decimal, movements: Decimal = ZERO
) -> list[Step]:
    """Return the steps of amounts that are all positive; movements have a sign, and may be none."""
    steps = [Step("OPENING", opening, opening)]
    for word, amount in (
        ("SELLS", sells),
        ("BUYS", -buys),
        ("FEES", -fees),
        ("MOVEMENTS", movements),
    ):
        if word != "MOVEMENTS" or amount:
            steps.append(Step(word, amount, steps[-1].balance + amount))
    return [*steps, Step("CLOSING", Decimal(0), steps[-1].balance)]


def cash_chart(steps: Sequence[Step], texts: Texts) -> Chart:
    """Return a waterfall; a level is a whole bar, a step hangs where the one before ended."""
    title = texts.say("chart.cash")
    first, last = steps[0].balance, steps[-1].balance
    description = texts.say("chart.cash.text", first=whole_money(first), last=whole_money(last))
    drawing = Drawing(NAME, title, description, ROW * len(steps) + 6)
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    edges = [edge for step in steps for edge in (step.balance, step.balance - step.amount)]
    lowest = min(Decimal(0), *edges)
    span = max(*edges, Decimal(0)) - lowest
    for index, step in enumerate(steps):
        y = ROW * index
        is_level = step.word in LEVELS
        start = lowest if is_level else step.balance - step.amount
        width = scaled(step.balance - start, span, room)
        kind = "level" if is_level else ("income" if step.amount >= 0 else "outgo")
        drawing.text("label", 0, y + 16, texts.word("cash_step", step.word))
        drawing.bar(kind, LABEL_WIDTH + scaled(start - lowest, span, room), y + 5, width, 14)
        shown = step.balance if is_level else step.amount
        drawing.text("value", WIDTH, y + 16, whole_money(shown))
    headers = [texts.say("column.step"), texts.say("column.amount"), texts.say("column.balance")]
    rows = [
        [
            texts.word("cash_step", step.word),
            whole_money(step.amount),
            whole_money(step.balance),
        ]
        for step in steps
    ]
    return Chart(NAME, title, description, drawing.svg(), headers, rows)
