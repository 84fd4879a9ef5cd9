from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Exchange(StrEnum):
    """The three exchanges, spelled as the suffix of a ts_code."""

    SH = "SH"
    SZ = "SZ"
    BJ = "BJ"


class Board(StrEnum):
    """What kind of security a code names; only the first four are stocks of the universe."""

    MAIN = "MAIN"
    CHINEXT = "CHINEXT"
    STAR = "STAR"
    BSE = "BSE"
    FUND = "FUND"
    CONVERTIBLE = "CONVERTIBLE"
    B_SHARE = "B_SHARE"
    REPO = "REPO"
    INDEX = "INDEX"
    OTHER = "OTHER"


STOCK_BOARDS = frozenset({Board.MAIN, Board.CHINEXT, Board.STAR, Board.BSE})

# Before October 2025 stocks of the Beijing exchange carried these; they live on in history only.
LEGACY_BSE_PREFIXES = ("43", "83", "87", "88")

_PREFIX_LENGTHS = (6, 4, 3, 2, 1)


def _prefixes(text: str, board: Board) -> dict[str, Board]:
    return dict.fromkeys(text.split(), board)


# a-share-rules.md section 1; the longest matching prefix decides.
SEGMENTS: Mapping[Exchange, Mapping[str, Board]] = MappingProxyType(
    {
        Exchange.SH: MappingProxyType(
            _prefixes("600 601 603 605", Board.MAIN)
            | _prefixes("688 689", Board.STAR)
            | _prefixes("900", Board.B_SHARE)
            | _prefixes("51 52 53 56 58 501 502 506 508", Board.FUND)
            | _prefixes("110 111 113 118", Board.CONVERTIBLE)
            | _prefixes("204", Board.REPO)
            | _prefixes("000", Board.INDEX)
            | _prefixes("7 888880", Board.OTHER)
        ),
        Exchange.SZ: MappingProxyType(
            _prefixes("000 001 002 003", Board.MAIN)
            | _prefixes("300 301 302", Board.CHINEXT)
            | _prefixes("200", Board.B_SHARE)
            | _prefixes("15 16 18", Board.FUND)
            | _prefixes("123 127 128", Board.CONVERTIBLE)
            | _prefixes("1318", Board.REPO)
            | _prefixes("399", Board.INDEX)
        ),
        Exchange.BJ: MappingProxyType(
            _prefixes("920 43 83 87 88", Board.BSE)
            | _prefixes("899", Board.INDEX)
            | _prefixes("400 420", Board.OTHER)
        ),
    }
)


def segment_of(exchange: Exchange, code: str) -> Board | None:
    """Return the board whose longest prefix fits `code`, or None where no table names one."""
    segments = SEGMENTS[exchange]
    for length in _PREFIX_LENGTHS:
        board = segments.get(code[:length])
        if board is not None:
            return board
    return None


def is_legacy_bse(exchange: Exchange, code: str) -> bool:
    """Whether this is a Beijing code of the time before the re-coding of October 2025."""
    return exchange is Exchange.BJ and code.startswith(LEGACY_BSE_PREFIXES)


def is_live_stock(exchange: Exchange, code: str) -> bool:
    """Whether the code is an A share that can still trade under this very code."""
    return segment_of(exchange, code) in STOCK_BOARDS and not is_legacy_bse(exchange, code)


def stock_exchange_of(code: str) -> Exchange | None:
    """Return the only exchange on which the six digits are a live A share, or None."""
    for exchange in Exchange:
        if is_live_stock(exchange, code):
            return exchange
    return None
