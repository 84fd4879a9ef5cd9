"""Three matchers behind one port: our paper venue and two that this project did not write.

Each is given the same scene, a day on which one name trades at one price, and told the same
orders. What their authors left out of their models, nobody adds here.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from bigqmt_backtest import BacktestConfig, BacktestEngine, InMemoryBarFeed
from qmt_bridge.actions import OrderAction
from qmt_bridge.fake import FakeGateway
from qmt_bridge.models import Position, Tick

from adapters.gateway.venue import VenueRefused
from market.phases import market_time
from market.side import Side
from tests.adapters.venues.simulated.markets import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    Day,
    new_order,
    venue_at,
    write_market,
)

PARTICIPATION = Decimal("0.1")
PLENTY = 16_000_000


class Ending(StrEnum):
    """How far an order came."""

    REFUSED = "refused"
    NOTHING = "nothing filled"
    PART = "filled in part"
    ALL = "filled"


class Lock(StrEnum):
    """At which limit the name is locked, so that only one side has quotes."""

    UP = "UP"
    DOWN = "DOWN"


@dataclass(frozen=True)
class Scene:
    """One name on two days, flat at `price` (CNY), and an account with cash and shares of it.

    A tenth of `volume` (shares a day) is there for us. `clock` is when the first order is sent.
    """

    code: str = "600000.SH"
    prev_close: str = "10.00"
    price: str = "10.00"
    volume: int = PLENTY
    cash: str = "1000000"
    held: int = 0
    lock: Lock | None = None
    clock: str = "09:46:00"


class Matcher(Protocol):
    """What is asked of each of them; an order is named by what `place` returned."""

    async def place(self, side: Side, quantity: int, price: str) -> str | None:
        """Send an order; None when it is refused."""
        ...

    async def cancel(self, order: str) -> bool:
        """Ask for a cancel and let it arrive; False when it is refused."""
        ...

    async def trade(self) -> None:
        """Let some of the day pass."""
        ...

    async def next_day(self) -> None:
        """Go to the next session."""
        ...

    async def filled(self, order: str) -> int:
        """Shares filled."""
        ...

    async def sellable(self) -> int:
        """Shares that may be sold now."""
        ...

    async def cash(self) -> Decimal:
        """Cash that may be spent now, CNY."""
        ...


class OurVenue:
    """The paper venue, through the port that the gateway drives."""

    _STOPS = ("10:30:00", "11:20:00", "14:00:00", "14:50:00")

    def __init__(self, scene: Scene, folder: Path) -> None:
        days = [
            self._flat(scene, FRIDAY, scene.prev_close, scene.prev_close),
            self._flat(scene, MONDAY, scene.price, scene.prev_close),
            self._flat(scene, TUESDAY, scene.price, scene.price),
        ]
        self._venue = venue_at(
            write_market(folder, days),
            market_time(MONDAY, scene.clock),
            cash=scene.cash,
            positions={scene.code: (scene.held, "10.00")} if scene.held else {},
        )
        self._code = scene.code
        self._day = MONDAY
        self._stops = iter(self._STOPS)
        self._numbers = count(1)

    @staticmethod
    def _flat(scene: Scene, day: date, price: str, prev_close: str) -> Day:
        at = float(price)
        return Day(scene.code, day, at, at, at, at, float(prev_close), scene.volume)

    async def place(self, side: Side, quantity: int, price: str) -> str | None:
        order = new_order(next(self._numbers), self._code, side, price, quantity)
        try:
            return (await self._venue.place(order)).client_order_id
        except VenueRefused:
            return None

    async def cancel(self, order: str) -> bool:
        try:
            await self._venue.cancel(order)
        except VenueRefused:
            return False
        await self.trade()
        return True

    async def trade(self) -> None:
        self._venue.advance_to(market_time(self._day, next(self._stops)))

    async def next_day(self) -> None:
        self._day, self._stops = TUESDAY, iter(self._STOPS)
        self._venue.advance_to(market_time(TUESDAY, "09:46:00"))

    async def filled(self, order: str) -> int:
        view = await self._venue.order(order)
        assert view is not None
        return view.filled_quantity

    async def sellable(self) -> int:
        return sum(position.sellable for position in await self._venue.positions())

    async def cash(self) -> Decimal:
        return (await self._venue.funds()).available


class BridgeGateway:
    """FakeGateway of qmt-tcp-bridge: an account in memory that eats a book of five levels."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self._scene = scene
        self._gateway = FakeGateway(float(scene.cash), auto_match_interval=0, clock=lambda: 0.0)
        if scene.held:
            self._gateway._positions[scene.code] = self._held(scene)
        self._quote(scene.prev_close)

    @staticmethod
    def _held(scene: Scene) -> Position:
        cost = float(scene.price)
        return Position(
            scene.code,
            "",
            "",
            scene.held,
            scene.held,
            scene.held,
            cost * scene.held,
            cost,
            cost * scene.held,
        )

    def _quote(self, last_close: str) -> None:
        scene, offered = self._scene, int(self._scene.volume * PARTICIPATION)
        price, nothing = float(scene.price), [0.0] * 5
        asks = nothing if scene.lock is Lock.UP else [price, *nothing[1:]]
        bids = nothing if scene.lock is Lock.DOWN else [price, *nothing[1:]]
        self._gateway.set_tick(
            scene.code,
            Tick(
                scene.code,
                last_price=price,
                last_close=float(last_close),
                ask_price=asks,
                bid_price=bids,
                ask_vol=[offered, 0, 0, 0, 0],
                bid_vol=[offered, 0, 0, 0, 0],
            ),
        )

    async def place(self, side: Side, quantity: int, price: str) -> str | None:
        action = OrderAction.BUY if side is Side.BUY else OrderAction.SELL
        try:
            name = self._gateway.send_order(action, self._scene.code, float(price), quantity)
        except ValueError:
            return None
        order = self._order(name)
        return None if order.status.value == "REJECTED" else order.order_id

    async def cancel(self, order: str) -> bool:
        return bool(self._gateway.cancel_order(order))

    async def trade(self) -> None:
        self._gateway.match_pending()

    async def next_day(self) -> None:
        self._gateway.settle_daily()
        self._quote(self._scene.price)

    async def filled(self, order: str) -> int:
        return int(self._order(order).volume_traded)

    async def sellable(self) -> int:
        return sum(int(position.can_use_volume) for position in self._gateway.positions())

    async def cash(self) -> Decimal:
        return Decimal(str(round(self._gateway.account().available, 2)))

    def _order(self, name: str) -> Any:
        orders = self._gateway.orders()
        return next(found for found in orders if name in {found.order_id, found.client_order_id})


class BacktestMatcher:
    """The backtest matcher of xtquant-big-convert: orders meet the next bar, a tenth of it."""

    _BARS = ("09:45", "10:00", "10:15", "10:30", "10:45")

    def __init__(self, scene: Scene, folder: Path) -> None:
        held = {scene.code: {"quantity": scene.held, "cost": 10}} if scene.held else {}
        config = BacktestConfig(
            "differential",
            str(folder),
            initial_cash=scene.cash,
            initial_positions=held,
            max_volume_participation=float(PARTICIPATION),
            time_in_force="DAY",
        )
        self._engine = BacktestEngine(InMemoryBarFeed(self._rows(scene)), config)
        self._engine.start()
        self._code = scene.code

    def _rows(self, scene: Scene) -> list[dict[str, object]]:
        days = ((MONDAY, scene.prev_close), (TUESDAY, scene.price))
        return [
            {
                "datetime": f"{day} {clock}:00",
                "symbol": scene.code,
                **dict.fromkeys(("open", "high", "low", "close"), scene.price),
                "volume": scene.volume,
                "prev_close": prev_close,
            }
            for day, prev_close in days
            for clock in self._BARS
        ]

    async def place(self, side: Side, quantity: int, price: str) -> str | None:
        told = self._engine.submit_order(
            {
                "symbol": self._code,
                "side": side.value,
                "quantity": quantity,
                "order_type": "LIMIT",
                "limit_price": price,
            }
        )
        return None if told["status"] == "REJECTED" else str(told["order_id"])

    async def cancel(self, order: str) -> bool:
        before = self._order(order)["status"]
        return bool(self._engine.cancel_order(order)["status"] == "CANCELLED" != before)

    async def trade(self) -> None:
        self._engine.next_bar()

    async def next_day(self) -> None:
        while not self._engine.state()["datetime"].startswith(str(TUESDAY)):
            self._engine.next_bar()

    async def filled(self, order: str) -> int:
        return int(self._order(order)["filled_quantity"])

    async def sellable(self) -> int:
        broker = self._engine.broker
        return sum(
            position.available - broker._reserved_sell(code)
            for code, position in broker.positions.items()
        )

    async def cash(self) -> Decimal:
        return Decimal(str(self._engine.state()["cash"]))

    def _order(self, name: str) -> Any:
        return next(found for found in self._engine.orders() if found["order_id"] == name)
