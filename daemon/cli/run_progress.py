"""How far a run has come, from what the daemon shows of it; a picture of text."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from daemon.cli.output import table

Json = dict[str, Any]
BAR_WIDTH = 30
ORDER_COLUMNS = (
    "ts_code",
    "side",
    "leg",
    "quantity",
    "filled_quantity",
    "limit_price",
    "state",
    "send_state",
    "venue_words",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Value in CNY, planned at reference prices and filled; lines that trade and lines done."""

    value: Decimal
    value_filled: Decimal
    lines: int
    lines_done: int

    @property
    def value_share(self) -> Decimal:
        """Filled over planned value, at most 1; 1 where nothing is to be traded."""
        return min(self.value_filled / self.value, Decimal(1)) if self.value else Decimal(1)

    @property
    def line_share(self) -> Decimal:
        """Lines done over all lines; 1 where there is none."""
        return Decimal(self.lines_done) / self.lines if self.lines else Decimal(1)


def progress_of(shown: Json) -> Progress:
    """Add up both sides of a run as `show` answers it."""
    sides = shown["progress"]
    return Progress(
        value=sum((Decimal(side["value"]) for side in sides), Decimal(0)),
        value_filled=sum((Decimal(side["value_filled"]) for side in sides), Decimal(0)),
        lines=sum(side["lines"] for side in sides),
        lines_done=sum(side["lines_done"] for side in sides),
    )


def is_over(shown: Json) -> bool:
    """Whether nothing will happen to the run any more."""
    from statemachine import run_machine  # noqa: PLC0415 - heavy
    from statemachine.run import RunState  # noqa: PLC0415 - heavy

    return run_machine.is_over(RunState(shown["run"]["state"]))


def bar(share: Decimal) -> str:
    """Return a bar with its percentage, rounded down: only what is done is full."""
    full = int(share * BAR_WIDTH)
    return f"[{'#' * full}{'-' * (BAR_WIDTH - full)}] {int(share * 100):3d} %"


def progress_text(status: Json, shown: Json, items: list[Json]) -> str:
    """Return the whole screen of a run: where it stands, bars, orders, what waits for a person."""
    return "\n".join(_parts(status, shown, items))


def _parts(status: Json, shown: Json, items: list[Json]) -> Iterator[str]:
    run, progress = shown["run"], progress_of(shown)
    yield f"{run['run_id']}  {run['state']}  {status['market_time']}  {status['phase']}"
    filled, value = progress.value_filled.quantize(Decimal(1)), progress.value.quantize(Decimal(1))
    yield f"value 金额 {bar(progress.value_share)}  {filled} of {value} CNY"
    yield f"lines 笔数 {bar(progress.line_share)}  {progress.lines_done} of {progress.lines}"
    for halt in status["halts"]:
        yield f"! HALTED {halt['kind']}: {halt['cause']} ({halt['by']})"
    for item in items:
        yield f"! item {item['item_id']} {item['reason']}: {item['detail']}"
    if shown["orders"]:
        rows = [[order[column] for column in ORDER_COLUMNS] for order in shown["orders"]]
        yield ""
        yield table(ORDER_COLUMNS, rows)
