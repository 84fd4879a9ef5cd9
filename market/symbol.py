import re
from dataclasses import dataclass
from functools import lru_cache

from market.errors import MarketError
from market.segments import Exchange, is_live_stock, segment_of, stock_exchange_of

__all__ = ["Exchange", "Symbol", "SymbolError", "parse_position_symbol"]

_CODE = re.compile(r"[0-9]{6}")
_TS_CODE = re.compile(r"([0-9]{6})\.(SH|SZ|BJ)")


class SymbolError(MarketError):
    """A code that cannot be used.

    `code` is CODE_SYNTAX, CODE_SUFFIX_MISSING, CODE_UNKNOWN_SEGMENT, CODE_WRONG_EXCHANGE,
    CODE_NOT_IN_UNIVERSE or CODE_NOT_SERVED (the convention has no spelling for it).
    """


@dataclass(frozen=True, slots=True, order=True)
class Symbol:
    """Six digits and their exchange; digits alone are ambiguous (a-share-rules.md section 1).

    Raises SymbolError with CODE_SYNTAX when `code` is not exactly six ASCII digits.
    """

    code: str
    exchange: Exchange

    def __post_init__(self) -> None:
        if _CODE.fullmatch(self.code) is None:
            raise _syntax_error(self.code)

    def __hash__(self) -> int:
        """Digits alone tell nearly all names apart, and a string keeps its hash."""
        return hash(self.code)

    def __str__(self) -> str:
        return f"{self.code}.{self.exchange.value}"

    @staticmethod
    def parse(text: str) -> "Symbol":
        """Read "600000.SH", upper case only; never pads, trims or guesses.

        Raises SymbolError with CODE_SUFFIX_MISSING, CODE_SYNTAX, or CODE_WRONG_EXCHANGE when the
        digits are a stock of another exchange and nothing on the one named.
        """
        return _parsed(text)

    @staticmethod
    def from_stock_target(text: str) -> "Symbol":
        """Read a line of a stock portfolio: a ts_code, or six digits of a known A-share prefix.

        Raises SymbolError: what `parse` raises, CODE_UNKNOWN_SEGMENT for a prefix that no table
        names, CODE_NOT_IN_UNIVERSE for anything but a tradable A share (B shares, funds,
        indices, old Beijing codes).
        """
        if _CODE.fullmatch(text) is not None:
            return Symbol(text, _infer_exchange(text))
        symbol = Symbol.parse(text)
        if not is_live_stock(symbol.exchange, symbol.code):
            raise _not_a_target_error(text, known=segment_of(symbol.exchange, symbol.code))
        return symbol


# Every page of the broker's answers names the same few thousand codes again.
@lru_cache(maxsize=8192)
def _parsed(text: str) -> Symbol:
    if _CODE.fullmatch(text) is not None:
        raise _suffix_missing_error(text)
    match = _TS_CODE.fullmatch(text)
    if match is None:
        raise _syntax_error(text)
    symbol = Symbol(match[1], Exchange(match[2]))
    _require_right_exchange(symbol)
    return symbol


def parse_position_symbol(text: str) -> Symbol:
    """Read the code of a broker position; bare digits are refused (example E5).

    Any kind of security is accepted, since an account may hold it. Raises SymbolError.
    """
    return Symbol.parse(text)


def _infer_exchange(code: str) -> Exchange:
    exchange = stock_exchange_of(code)
    if exchange is None:
        known = next(filter(None, (segment_of(candidate, code) for candidate in Exchange)), None)
        raise _not_a_target_error(code, known)
    return exchange


def _require_right_exchange(symbol: Symbol) -> None:
    if segment_of(symbol.exchange, symbol.code) is not None:
        return
    home = stock_exchange_of(symbol.code)
    if home is not None:
        raise SymbolError(
            "CODE_WRONG_EXCHANGE",
            f"{symbol} does not exist; the stock is {symbol.code}.{home.value}",
            f"{symbol} 不存在，该股票应为 {symbol.code}.{home.value}",
        )


def _syntax_error(text: str) -> SymbolError:
    return SymbolError(
        "CODE_SYNTAX",
        f"{text!r} is not a code: expected six digits, a dot and SH, SZ or BJ in upper case",
        f"{text!r} 不是合法代码：应为六位数字加点加大写 SH、SZ 或 BJ",
    )


def _suffix_missing_error(text: str) -> SymbolError:
    return SymbolError(
        "CODE_SUFFIX_MISSING",
        f"{text!r} has no exchange suffix; six digits alone are ambiguous",
        f"{text!r} 缺少交易所后缀；仅凭六位数字无法确定证券",
    )


def _not_a_target_error(text: str, known: object) -> SymbolError:
    if known is None:
        return SymbolError(
            "CODE_UNKNOWN_SEGMENT",
            f"{text!r} begins with a prefix that no code table names",
            f"{text!r} 的代码段未知",
        )
    return SymbolError(
        "CODE_NOT_IN_UNIVERSE",
        f"{text!r} is not a tradable A share",
        f"{text!r} 不是可交易的 A 股",
    )
