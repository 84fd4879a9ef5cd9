from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.cli.run_progress import BAR_WIDTH, bar, is_over, progress_of, progress_text

STATUS = {"market_time": "2025-11-10T09:35:00+08:00", "phase": "CONTINUOUS", "halts": []}


SIDES = [
    {"side": "SELL", "lines": 1, "lines_done": 1, "value": "5000", "value_filled": "5000"},
    {"side": "BUY", "lines": 1, "lines_done": 0, "value": "15000", "value_filled": "5000"},
]


def order(ts_code: str, filled: int) -> dict[str, Any]:
    return {
        "ts_code": ts_code,
        "side": "BUY",
        "leg": 1,
        "quantity": 500,
        "filled_quantity": filled,
        "limit_price": "10.05",
        "state": "ACK",
        "send_state": "ACCEPTED",
        "venue_words": "已报",
    }


def shown(state: str = "WORKING", **changes: Any) -> dict[str, Any]:
    return {
        "run": {"run_id": "20251107-a", "state": state},
        "progress": SIDES,
        "orders": [order("A", 200), order("A", 300), order("B", 500)],
        **changes,
    }


def test_both_sides_are_added_up() -> None:
    progress = progress_of(shown())

    assert (progress.value, progress.value_filled) == (Decimal(20_000), Decimal(10_000))
    assert (progress.lines, progress.lines_done) == (2, 1)
    assert progress.value_share == progress.line_share == Decimal("0.5")


def test_a_run_that_trades_nothing_is_done() -> None:
    progress = progress_of(shown(progress=[]))

    assert progress.value_share == progress.line_share == 1


@given(st.decimals(min_value=0, max_value=1, places=4))
def test_a_bar_is_full_only_when_all_is_done(share: Decimal) -> None:
    drawn = bar(share)

    assert len(drawn) == BAR_WIDTH + 2 + 6
    assert ("-" not in drawn) is (share == 1)


@pytest.mark.parametrize(
    ("state", "over"),
    [("WORKING", False), ("AWAITING_APPROVAL", False), ("COMPLETED", True), ("DECLINED", True)],
)
def test_a_run_is_over_when_nothing_can_happen_to_it(state: str, *, over: bool) -> None:
    assert is_over(shown(state)) is over


def test_the_screen_tells_phase_orders_halts_and_what_waits() -> None:
    halted = STATUS | {"halts": [{"kind": "HALT", "cause": "a doubt", "by": "wang"}]}
    item = {"item_id": 7, "reason": "SEND_UNKNOWN", "detail": "no answer"}

    text = progress_text(halted, shown(), [item])

    assert "WORKING  2025-11-10T09:35:00+08:00  CONTINUOUS" in text
    assert "10000 of 20000 CNY" in text
    assert "! HALTED HALT: a doubt (wang)" in text
    assert "! item 7 SEND_UNKNOWN: no answer" in text
    assert "已报" in text
    assert "venue_words" not in progress_text(STATUS, shown(orders=[]), [])
