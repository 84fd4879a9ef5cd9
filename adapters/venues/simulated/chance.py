"""Chance without a state: the same words give the same number, in whatever order they are asked."""

import hashlib
from decimal import Decimal

_DRAWS = 2**64


def drawn(words: str) -> Decimal:
    """Return a number of [0, 1) that follows from these words alone."""
    digest = hashlib.sha256(words.encode()).digest()
    return Decimal(int.from_bytes(digest[:8], "big")) / _DRAWS
