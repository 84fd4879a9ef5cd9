import csv

import pytest

from market.board import Board, board_of, is_tradable_stock
from market.symbol import Symbol
from tests.support.shared_data import shared_data


@pytest.mark.parametrize(
    ("text", "board"),
    [
        ("605001.SH", Board.MAIN),
        ("688001.SH", Board.STAR),
        ("900901.SH", Board.B_SHARE),
        ("510300.SH", Board.FUND),
        ("588000.SH", Board.FUND),
        ("508001.SH", Board.FUND),
        ("113001.SH", Board.CONVERTIBLE),
        ("204001.SH", Board.REPO),
        ("888880.SH", Board.OTHER),
        ("730001.SH", Board.OTHER),
        ("000001.SH", Board.INDEX),
        ("000001.SZ", Board.MAIN),
        ("003001.SZ", Board.MAIN),
        ("301001.SZ", Board.CHINEXT),
        ("200002.SZ", Board.B_SHARE),
        ("159915.SZ", Board.FUND),
        ("123001.SZ", Board.CONVERTIBLE),
        ("131810.SZ", Board.REPO),
        ("399001.SZ", Board.INDEX),
        ("920002.BJ", Board.BSE),
        ("899050.BJ", Board.INDEX),
        ("400001.BJ", Board.OTHER),
        ("159001.SH", Board.OTHER),
    ],
)
def test_a_code_segment_tells_the_board(text: str, board: Board) -> None:
    assert board_of(Symbol.parse(text)) is board


@pytest.mark.parametrize("text", ["430047.BJ", "830001.BJ", "870001.BJ", "880001.BJ"])
def test_old_beijing_codes_are_history_only(text: str) -> None:
    symbol = Symbol.parse(text)

    assert board_of(symbol) is Board.BSE
    assert not is_tradable_stock(symbol)


def test_every_instrument_of_the_market_has_the_board_the_vendor_states() -> None:
    with (shared_data() / "instruments.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    differing = [
        row["ts_code"]
        for row in rows
        if board_of(Symbol.from_stock_target(row["ts_code"])).value != row["board"]
    ]

    assert len(rows) == 5_561
    assert differing == []
