import pytest

from market.suffixes import Convention, from_convention, to_convention
from market.symbol import Symbol, SymbolError


@pytest.mark.parametrize(
    ("convention", "text"),
    [
        (Convention.TUSHARE, "000001.SZ"),
        (Convention.JOINQUANT, "000001.XSHE"),
        (Convention.RQALPHA, "000001.XSHE"),
        (Convention.BAOSTOCK, "sz.000001"),
        (Convention.PTRADE, "000001.SZ"),
    ],
)
def test_shenzhen_round_trips(convention: Convention, text: str) -> None:
    assert to_convention(Symbol.parse("000001.SZ"), convention) == text
    assert from_convention(text, convention) == Symbol.parse("000001.SZ")


@pytest.mark.parametrize(
    ("convention", "text"), [(Convention.TUSHARE, "920002.BJ"), (Convention.RQALPHA, "920002.BJSE")]
)
def test_beijing_round_trips_where_a_spelling_is_known(convention: Convention, text: str) -> None:
    assert to_convention(Symbol.parse("920002.BJ"), convention) == text
    assert from_convention(text, convention) == Symbol.parse("920002.BJ")


@pytest.mark.parametrize(
    "convention", [Convention.JOINQUANT, Convention.BAOSTOCK, Convention.PTRADE]
)
def test_beijing_is_refused_where_no_spelling_is_known(convention: Convention) -> None:
    with pytest.raises(SymbolError) as refusal:
        to_convention(Symbol.parse("920002.BJ"), convention)

    assert refusal.value.code == "CODE_NOT_SERVED"


@pytest.mark.parametrize(
    ("convention", "text"),
    [
        (Convention.TUSHARE, "600000.XSHG"),
        (Convention.BAOSTOCK, "600000.SH"),
        (Convention.BAOSTOCK, "SH.600000"),
        (Convention.PTRADE, "600000.SH"),
        (Convention.JOINQUANT, "600000"),
        (Convention.RQALPHA, "600000.XSHG "),
    ],
)
def test_the_spelling_of_another_vendor_is_refused(convention: Convention, text: str) -> None:
    with pytest.raises(SymbolError) as refusal:
        from_convention(text, convention)

    assert refusal.value.code == "CODE_SYNTAX"
