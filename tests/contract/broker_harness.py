"""What a broker implementation provides to be held to the port: itself, and hands at its venue."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from adapters.broker import Broker
from adapters.gateway.venue import VenueRefused
from adapters.wire.models import MovementView
from market.symbol import Symbol
from tests.adapters.pingan.conftest import adapter_of
from tests.fakes.fake_venue import FakeVenue, an_order
from tests.support.gateway import ACCOUNT, HandClock, gateway


class BrokerHarness(Protocol):
    """A broker under test, a second instance of it, and what the outside world can do to both."""

    broker: Broker
    second: Broker
    account: str
    known: Symbol

    def fill(self, client_order_id: str, quantity: int, price: Decimal) -> None:
        """Fill part or all of an order at the venue."""
        ...

    async def place_at_the_terminal(self, count: int) -> None:
        """Place orders as another person on the same account."""
        ...

    def lose_answers_to(self, client_order_id: str) -> None:
        """Take the next order of this id and tell nobody."""
        ...

    def refuse(self, client_order_id: str, code: str) -> None:
        """Refuse the next order of this id."""
        ...

    def pay_dividend(self, movement_id: str, amount: Decimal) -> None:
        """Move cash without a trade."""
        ...

    def advance(self, seconds: int) -> None:
        """Let market time pass."""
        ...


@dataclass
class GatewayHarness:
    """PingAnAdapter over HTTP on loopback, a gateway, and a venue in memory."""

    broker: Broker
    second: Broker
    venue: FakeVenue
    account: str = ACCOUNT
    known: Symbol = field(default_factory=lambda: Symbol.parse("600000.SH"))

    def fill(self, client_order_id: str, quantity: int, price: Decimal) -> None:
        self.venue.fill(client_order_id, quantity, str(price))

    async def place_at_the_terminal(self, count: int) -> None:
        for _ in range(count):
            self.venue.place_foreign(an_order())

    def lose_answers_to(self, client_order_id: str) -> None:
        self.venue.uncertain.add(client_order_id)
        self.venue.kept.add(client_order_id)

    def refuse(self, client_order_id: str, code: str) -> None:
        self.venue.refusals[client_order_id] = VenueRefused(code, f"refused: {code}")

    def pay_dividend(self, movement_id: str, amount: Decimal) -> None:
        movement = MovementView(
            movement_id=movement_id,
            kind="DIVIDEND",
            symbol=str(self.known),
            quantity=0,
            amount=amount,
            date=date(2025, 11, 10),
            text="现金红利",
        )
        self.venue.move(movement)

    def advance(self, seconds: int) -> None:
        self.venue.advance(seconds)


@asynccontextmanager
async def pingan_over_http(folder: Path) -> AsyncIterator[BrokerHarness]:
    """Open the PingAn adapter with a session on a gateway of its own."""
    venue, clock = FakeVenue(), HandClock()
    async with (
        gateway(venue, folder, clock) as base,
        adapter_of(str(base), clock) as broker,
        adapter_of(str(base), clock, first_nonce=1_000_000) as second,
    ):
        await broker.open_session()
        yield GatewayHarness(broker, second, venue)


Opener = Callable[[Path], AbstractAsyncContextManager[BrokerHarness]]
OPENERS: dict[str, Opener] = {"pingan": pingan_over_http}
