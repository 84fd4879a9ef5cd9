from market.segments import Board, is_live_stock, segment_of
from market.symbol import Symbol

__all__ = ["Board", "board_of", "is_tradable_stock"]


def board_of(symbol: Symbol) -> Board:
    """Return the board of the code segment; OTHER where the code tables name none.

    Old Beijing codes (43, 83, 87, 88) are BSE here and yet not tradable: history only.
    """
    return segment_of(symbol.exchange, symbol.code) or Board.OTHER


def is_tradable_stock(symbol: Symbol) -> bool:
    """Whether the symbol is an A share of the universe.

    False for what else an account may hold: funds, convertibles, repo, standard bonds, B shares,
    subscription codes, old Beijing codes (a-share-rules.md section 10).
    """
    return is_live_stock(symbol.exchange, symbol.code)
