"""The port behind the gateway: one account at one venue, in the words of the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from adapters.wire.models import (
    FillView,
    FundsView,
    InstrumentView,
    MovementView,
    NewOrder,
    OrderView,
    PositionView,
    QuoteView,
)


class VenueRefused(Exception):
    """The venue said no to one request; `code` is from gateway-contract.md section 4."""

    def __init__(self, code: str, message: str, order: OrderView | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.order = order


class VenueUncertain(Exception):
    """The request was passed on and nothing proves what became of it."""


class Venue(Protocol):
    """What a gateway needs of a venue. Versions and sequence numbers rise for ever."""

    @property
    def name(self) -> str:
        """The venue's name for /v1/health."""
        ...

    def now(self) -> datetime:
        """Market time, aware."""
        ...

    def trade_date(self) -> date:
        """The session in progress, or the next one when none is."""
        ...

    def phase(self) -> str:
        """The market phase in the words of market.phases.Phase."""
        ...

    async def instruments(self, symbols: Sequence[str]) -> list[InstrumentView]:
        """Facts of today, in the order asked for; NOT_FOUND for unknown names."""
        ...

    async def quotes(self, symbols: Sequence[str]) -> list[QuoteView]:
        """The touch now, in the order asked for."""
        ...

    async def funds(self) -> FundsView:
        """Cash now."""
        ...

    async def positions(self) -> list[PositionView]:
        """Holdings now."""
        ...

    async def place(self, order: NewOrder) -> OrderView:
        """Hand one order to the counter.

        Raises VenueRefused (proven not live) or VenueUncertain.
        """
        ...

    async def cancel(self, client_order_id: str) -> OrderView:
        """Pass on a cancel of an order of ours.

        Raises VenueRefused with NOT_CANCELABLE, MARKET_NO_CANCEL or ORDER_NOT_FOUND.
        """
        ...

    async def cancel_at_counter(self, venue_order_id: str) -> OrderView:
        """Pass on a cancel of any order of today, also of one that a person placed elsewhere.

        Raises VenueRefused as `cancel`, and NO_PERMISSION where others' orders cannot be reached.
        """
        ...

    async def order(self, client_order_id: str) -> OrderView | None:
        """One order, of any day."""
        ...

    async def orders_since(self, sequence: int) -> tuple[list[OrderView], int]:
        """Orders changed after a change sequence, oldest change first, and the newest sequence.

        Each order once, as it is now, its `version` being the change sequence of its last change,
        so that paging can go on from any row. Sequence 0 means all of today's.
        """
        ...

    async def fills_since(self, sequence: int) -> tuple[list[FillView], int]:
        """Fills recorded after a sequence, oldest first, and the newest sequence."""
        ...

    async def movements_since(self, sequence: int) -> tuple[list[MovementView], int]:
        """Movements recorded after a sequence, oldest first, and the newest sequence."""
        ...

    def change_sequence(self) -> int:
        """The newest sequence of anything; for the long poll."""
        ...
