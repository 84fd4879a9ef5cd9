from enum import StrEnum


class Side(StrEnum):
    """The side of an order as the gateway contract spells it."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell: positive slippage is a cost on either side."""
        return 1 if self is Side.BUY else -1
