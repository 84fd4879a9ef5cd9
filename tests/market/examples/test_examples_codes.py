import pytest

from market.board import Board, board_of, is_tradable_stock
from market.suffixes import Convention, from_convention, to_convention
from market.symbol import Symbol, SymbolError, parse_position_symbol


def test_E1_920002_is_a_beijing_stock() -> None:
    symbol = Symbol.from_stock_target("920002")

    assert str(symbol) == "920002.BJ"
    assert board_of(symbol) is Board.BSE


def test_E2_900901_is_a_shanghai_b_share_and_not_in_the_universe() -> None:
    symbol = Symbol.parse("900901.SH")

    assert board_of(symbol) is Board.B_SHARE
    assert not is_tradable_stock(symbol)
    for text in ("900901", "900901.SH"):
        with pytest.raises(SymbolError) as refusal:
            Symbol.from_stock_target(text)
        assert refusal.value.code == "CODE_NOT_IN_UNIVERSE"


def test_E3_302132_is_chinext() -> None:
    assert board_of(Symbol.from_stock_target("302132")) is Board.CHINEXT


def test_E4_689009_is_star() -> None:
    assert board_of(Symbol.from_stock_target("689009")) is Board.STAR


def test_E5_a_bare_000001_is_refused_as_a_position_and_shenzhen_as_a_target() -> None:
    with pytest.raises(SymbolError) as refusal:
        parse_position_symbol("000001")

    assert refusal.value.code == "CODE_SUFFIX_MISSING"
    assert str(Symbol.from_stock_target("000001")) == "000001.SZ"


@pytest.mark.parametrize(
    ("convention", "text"),
    [
        (Convention.TUSHARE, "600000.SH"),
        (Convention.JOINQUANT, "600000.XSHG"),
        (Convention.RQALPHA, "600000.XSHG"),
        (Convention.BAOSTOCK, "sh.600000"),
        (Convention.PTRADE, "600000.SS"),
    ],
)
def test_E6_every_spelling_of_a_code_round_trips(convention: Convention, text: str) -> None:
    symbol = Symbol.parse("600000.SH")

    assert to_convention(symbol, convention) == text
    assert from_convention(text, convention) == symbol
