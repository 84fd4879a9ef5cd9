import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from market.symbol import Exchange, Symbol, SymbolError


class Convention(StrEnum):
    """Whose spelling of a code (a-share-rules.md section 1)."""

    TUSHARE = "TUSHARE"
    JOINQUANT = "JOINQUANT"
    RQALPHA = "RQALPHA"
    BAOSTOCK = "BAOSTOCK"
    PTRADE = "PTRADE"


_TUSHARE = MappingProxyType({Exchange.SH: "SH", Exchange.SZ: "SZ", Exchange.BJ: "BJ"})
_JOINQUANT = MappingProxyType({Exchange.SH: "XSHG", Exchange.SZ: "XSHE"})
_RQALPHA = MappingProxyType({Exchange.SH: "XSHG", Exchange.SZ: "XSHE", Exchange.BJ: "BJSE"})
_BAOSTOCK = MappingProxyType({Exchange.SH: "sh", Exchange.SZ: "sz"})
_PTRADE = MappingProxyType({Exchange.SH: "SS", Exchange.SZ: "SZ"})

_SUFFIX_FORM = re.compile(r"([0-9]{6})\.([A-Z]+)")
_PREFIX_FORM = re.compile(r"([a-z]+)\.([0-9]{6})")


def to_convention(symbol: Symbol, convention: Convention) -> str:
    """Spell the symbol as that vendor does.

    Raises SymbolError with CODE_NOT_SERVED where no spelling is known, such as Beijing at
    baostock, JoinQuant and PTrade.
    """
    mark = _marks(convention).get(symbol.exchange)
    if mark is None:
        raise SymbolError(
            "CODE_NOT_SERVED",
            f"{convention} has no known spelling for {symbol}",
            f"{convention} 没有 {symbol} 的已知写法",
        )
    if convention is Convention.BAOSTOCK:
        return f"{mark}.{symbol.code}"
    return f"{symbol.code}.{mark}"


def from_convention(text: str, convention: Convention) -> Symbol:
    """Read that vendor's spelling, strictly.

    Raises SymbolError with CODE_SYNTAX for any other spelling, else as `Symbol.parse`.
    """
    code, mark = _split(text, convention)
    for exchange, known_mark in _marks(convention).items():
        if mark == known_mark:
            return Symbol.parse(f"{code}.{exchange.value}")
    raise SymbolError(
        "CODE_SYNTAX",
        f"{text!r} is not a code as {convention} spells it",
        f"{text!r} 不符合 {convention} 的代码写法",
    )


def _split(text: str, convention: Convention) -> tuple[str, str]:
    if convention is Convention.BAOSTOCK:
        match = _PREFIX_FORM.fullmatch(text)
        return (match[2], match[1]) if match else ("", "")
    match = _SUFFIX_FORM.fullmatch(text)
    return (match[1], match[2]) if match else ("", "")


def _marks(convention: Convention) -> Mapping[Exchange, str]:
    match convention:
        case Convention.TUSHARE:
            return _TUSHARE
        case Convention.JOINQUANT:
            return _JOINQUANT
        case Convention.RQALPHA:
            return _RQALPHA
        case Convention.BAOSTOCK:
            return _BAOSTOCK
        case Convention.PTRADE:
            return _PTRADE
        case _:
            assert_never(convention)
