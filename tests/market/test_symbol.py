import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.segments import Exchange, is_live_stock, segment_of, stock_exchange_of
from market.symbol import Symbol, SymbolError, parse_position_symbol


def code_of_refusal(text: str) -> str:
    with pytest.raises(SymbolError) as refusal:
        Symbol.parse(text)
    return refusal.value.code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "60000.SH",
        "6000000.SH",
        "600000.sh",
        "600000.SH\n",
        " 600000.SH",
        "600000,SH",
        "600000.XSHG",
        "６０００００.SH",
        "SH600000",
    ],
)
def test_anything_but_six_digits_a_dot_and_a_suffix_is_refused(text: str) -> None:
    assert code_of_refusal(text) == "CODE_SYNTAX"


@pytest.mark.parametrize("text", ["600000.SZ", "000001.BJ", "920002.SH", "300750.SH", "688981.BJ"])
def test_a_stock_code_on_the_wrong_exchange_is_refused(text: str) -> None:
    assert code_of_refusal(text) == "CODE_WRONG_EXCHANGE"


@pytest.mark.parametrize("text", ["000001.SH", "888880.SH", "159915.SZ", "430047.BJ", "159001.SH"])
def test_a_position_may_be_any_kind_of_security(text: str) -> None:
    assert str(parse_position_symbol(text)) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("510300", "CODE_NOT_IN_UNIVERSE"),
        ("510300.SH", "CODE_NOT_IN_UNIVERSE"),
        ("000001.SH", "CODE_NOT_IN_UNIVERSE"),
        ("200002", "CODE_NOT_IN_UNIVERSE"),
        ("430047", "CODE_NOT_IN_UNIVERSE"),
        ("830001.BJ", "CODE_NOT_IN_UNIVERSE"),
        ("666666", "CODE_UNKNOWN_SEGMENT"),
        ("159001.SH", "CODE_UNKNOWN_SEGMENT"),
        ("1", "CODE_SYNTAX"),
        ("2594", "CODE_SYNTAX"),
        ("600000.SZ", "CODE_WRONG_EXCHANGE"),
    ],
)
def test_a_stock_target_is_an_a_share_or_refused_with_a_reason(text: str, code: str) -> None:
    with pytest.raises(SymbolError) as refusal:
        Symbol.from_stock_target(text)

    assert refusal.value.code == code
    assert text in refusal.value.message
    assert text in refusal.value.message_zh


def test_a_symbol_is_never_made_from_a_padded_or_short_code() -> None:
    with pytest.raises(SymbolError):
        Symbol("1", Exchange.SZ)


def test_symbols_sort_by_code() -> None:
    texts = ["600000.SH", "000001.SZ", "920002.BJ"]

    assert [str(symbol) for symbol in sorted(map(Symbol.parse, texts))] == [
        "000001.SZ",
        "600000.SH",
        "920002.BJ",
    ]


@given(st.integers(min_value=0, max_value=999_999))
def test_a_stock_code_lives_on_one_exchange_only(number: int) -> None:
    code = f"{number:06}"
    homes = [exchange for exchange in Exchange if is_live_stock(exchange, code)]

    assert len(homes) <= 1
    assert homes == [home for home in [stock_exchange_of(code)] if home is not None]


@given(st.integers(min_value=0, max_value=999_999), st.sampled_from(Exchange))
def test_what_parses_prints_as_it_was_written(number: int, exchange: Exchange) -> None:
    text = f"{number:06}.{exchange.value}"
    if segment_of(exchange, text[:6]) is None and stock_exchange_of(text[:6]) is not None:
        assert code_of_refusal(text) == "CODE_WRONG_EXCHANGE"
    else:
        assert str(Symbol.parse(text)) == text
