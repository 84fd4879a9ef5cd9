"""The paper venue behind the gateway's port: one account, real bars, market time by hand."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated.account import Account
from adapters.venues.simulated.agenda import Agenda, Rank
from adapters.venues.simulated.day_market import DayMarket
from adapters.venues.simulated.desk import CLOSE, OrderDesk
from adapters.venues.simulated.desk_settings import DeskSettings
from adapters.venues.simulated.faults import FaultPlan
from adapters.venues.simulated.foreign import ForeignActivity, ScriptResult
from adapters.venues.simulated.inputs import Call, Inputs, NoInputs
from adapters.venues.simulated.ledger import Origin
from adapters.venues.simulated.listings import instrument_view
from adapters.venues.simulated.orders import Archive
from adapters.venues.simulated.script import ScriptEvent, script_json
from adapters.venues.simulated.wire_faults import WireStrike
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
from market.calendar import CalendarCoverageError, TradingCalendar
from market.money import round_cent, round_half_up
from market.phases import SHANGHAI, Phase, phase_at
from market.symbol import Symbol

# The counter starts a session's day then: ex-rights credits, T+1 release, published facts.
ROLL_TIME = time(8, 0)

_COST_STEP = Decimal("0.0001")
_ZERO = Decimal(0)


class SimulatedVenue:
    """Implements adapters.gateway.venue.Venue.

    Nothing happens by itself: `advance_to` plays everything that is due, in time order, and the
    same calls at the same market times give the same books however time was stepped between.
    """

    def __init__(
        self,
        *,
        account_id: str,
        market: DayMarket,
        account: Account,
        calendar: TradingCalendar,
        faults: FaultPlan,
        settings: DeskSettings,
        start: datetime,
    ) -> None:
        """Begin at `start`; `market` must stand on the session `session_at` gives for it."""
        self.account_id = account_id
        self.account = account
        self.faults = faults
        self.inputs: Inputs = NoInputs()
        self._market = market
        self._calendar = calendar
        self._settings = settings
        self._now = start.astimezone(SHANGHAI)
        self._agenda = Agenda()
        self._desk = OrderDesk(
            market=market,
            account=account,
            agenda=self._agenda,
            faults=faults,
            settings=settings,
            phase_of=self._phase_of,
        )
        self._foreign = ForeignActivity(self._desk, account, self._agenda, calendar, market.halts)
        self._schedule_day(market.day)

    @property
    def archive(self) -> Archive:
        """Everything that ever happened, as it happened."""
        return self._desk.archive

    @property
    def script_results(self) -> tuple[ScriptResult, ...]:
        """What became of every scripted event so far."""
        return tuple(self._foreign.results)

    @property
    def name(self) -> str:
        """The venue's name for /v1/health."""
        return "simulated"

    def now(self) -> datetime:
        """Return market time."""
        return self._now

    def trade_date(self) -> date:
        """Return the session in progress, or the next one when none is."""
        return self._market.trade_date(self._now)

    def phase(self) -> str:
        """Return the market phase."""
        return self._phase_of(self._now).value

    def advance_to(self, moment: datetime) -> None:
        """Let market time run to a moment and play everything that is due by then.

        Raises ValueError when the moment has passed, CalendarCoverageError past the calendar.
        """
        local = moment.astimezone(SHANGHAI)
        if local < self._now:
            raise ValueError(f"{local} has passed, it is {self._now}")
        self._calendar.is_session(local.date())
        self.inputs.reach(local)
        while self._agenda.run_next(local):
            pass
        self._now = local

    def halt(self, symbol: str, start: datetime, end: datetime) -> None:
        """Halt a name from start until end: it is HALTED, nothing of it matches or is taken.

        Orders that stand keep standing and may be cancelled. Raises SymbolError, ValueError.
        """
        self._market.halts.add(Symbol.parse(symbol), start, end)

    async def instruments(self, symbols: Sequence[str]) -> list[InstrumentView]:
        """Return the facts of the trade date; NOT_FOUND for unknown names."""
        parsed = [Symbol.parse(text) for text in symbols]
        return [
            instrument_view(symbol, self._market.listing(symbol, self._now)) for symbol in parsed
        ]

    async def quotes(self, symbols: Sequence[str]) -> list[QuoteView]:
        """Return the touch from bars that ended by now."""
        return [self._market.quote(Symbol.parse(text), self._now) for text in symbols]

    async def funds(self) -> FundsView:
        """Return cash now; `total_asset` = available + frozen + market value."""
        account = self.account
        market_value = sum((position.market_value for position in self._positions()), _ZERO)
        return FundsView(
            available=account.available,
            frozen=account.frozen,
            market_value=market_value,
            total_asset=account.cash + market_value,
            withdrawable=account.withdrawable,
            as_of=self._now,
        )

    async def positions(self) -> list[PositionView]:
        """Return holdings now, by code; a name that was sold out is gone."""
        return self._positions()

    async def place(self, order: NewOrder) -> OrderView:
        """Hand one order to the counter.

        Raises VenueRefused or VenueUncertain, CounterDown where a fault has it break off.
        """
        self.inputs.record(Call.PLACE, self._now, order.model_dump(mode="json"))
        return self._desk.place(order, self._now)

    async def cancel(self, client_order_id: str) -> OrderView:
        """Pass on a cancel of an order that came over the wire. Raises VenueRefused."""
        self.inputs.record(Call.CANCEL, self._now, client_order_id)
        order = self._desk.archive.order(client_order_id)
        if order is None or not order.is_ours:
            raise VenueRefused("ORDER_NOT_FOUND", f"没有委托 {client_order_id}")
        return self._desk.cancel(order, self._now)

    async def cancel_at_counter(self, venue_order_id: str) -> OrderView:
        """Pass on a cancel of any order of today. Raises VenueRefused."""
        self.inputs.record(Call.CANCEL_AT_COUNTER, self._now, venue_order_id)
        order = self._desk.archive.numbered(venue_order_id, self._market.day)
        if order is None:
            raise VenueRefused("ORDER_NOT_FOUND", f"没有委托 {venue_order_id}")
        return self._desk.cancel(order, self._now)

    def play_script(self, events: Sequence[ScriptEvent]) -> int:
        """Plan what other people do; returns how many. Raises ScriptError for one in the past."""
        count = self._foreign.schedule(events, self._now)
        self.inputs.record(Call.SCRIPT, self._now, script_json(events))
        return count

    def note_strike(self, strike: WireStrike) -> None:
        """Have the inputs remember what happened on the wire in front of the venue."""
        self.inputs.record(Call.STRUCK, self._now, strike.as_json())

    async def order(self, client_order_id: str) -> OrderView | None:
        """Return one order, of any day."""
        order = self._desk.archive.order(client_order_id)
        return order.view() if order is not None and order.is_ours else None

    async def orders_since(self, sequence: int) -> tuple[list[OrderView], int]:
        """Return what changed after a sequence; 0 means all of the current day's.

        An order's `version` is the sequence of its last change, so the version of the last order
        of a page is where the next page begins.
        """
        archive = self._desk.archive
        if sequence:
            orders = archive.orders_changed_since(sequence)
        else:
            orders = archive.orders_of(self._market.day)
        return [order.view() for order in orders], archive.sequence

    async def fills_since(self, sequence: int) -> tuple[list[FillView], int]:
        """Return fills recorded after a sequence, of any day."""
        return self._desk.archive.fills_since(sequence), self._desk.archive.sequence

    async def movements_since(self, sequence: int) -> tuple[list[MovementView], int]:
        """Return movements recorded after a sequence."""
        return self._desk.archive.movements_since(sequence), self._desk.archive.sequence

    def change_sequence(self) -> int:
        """Return the newest sequence of anything."""
        return self._desk.archive.sequence

    def all_orders(self) -> list[OrderView]:
        """Return every order of every day as it is, whatever was told, in order of arrival."""
        return [order.true_view() for order in self._desk.archive.orders() if not order.is_cancel]

    def _positions(self) -> list[PositionView]:
        return [self._position(symbol) for symbol, held in self.account.held() if held.quantity]

    def _position(self, symbol: Symbol) -> PositionView:
        held = self.account.name(symbol)
        if held is None:
            raise KeyError(symbol)
        price = self._market.price(symbol, self._now)
        listing = self._market.listing(symbol, self._now)
        in_transit = held.holding.bought_today + held.holding.locked
        settled = held.quantity - held.holding.frozen - held.holding.locked
        return PositionView(
            symbol=str(symbol),
            quantity=held.quantity,
            sellable=settled if listing is None else self.account.sellable(symbol, listing.rules),
            frozen=held.holding.frozen,
            in_transit=in_transit,
            cost_price=round_half_up(held.cost_price, _COST_STEP),
            market_value=round_cent(held.cost if price is None else held.quantity * price),
        )

    def _phase_of(self, moment: datetime) -> Phase:
        return phase_at(moment, self._calendar)

    def _schedule_day(self, day: date) -> None:
        """Plan the end of a day and the beginning of the next, as far as the calendar goes."""
        end = datetime.combine(day, CLOSE, SHANGHAI)
        if end > self._now:
            self._agenda.schedule(end, Rank.EXPIRE, self._desk.expire)
        try:
            coming = self._calendar.next_session(day)
        except CalendarCoverageError:
            return
        self._agenda.schedule(
            datetime.combine(coming, ROLL_TIME, SHANGHAI),
            Rank.ROLL,
            lambda at: self._roll(coming, at),
        )

    def _roll(self, day: date, at: datetime) -> None:
        """Begin a session's day: credits for shares held overnight, then T+1."""
        self._market.open_day(day)
        self._desk.open_day()
        for symbol, held in self.account.held():
            self._credit_ex_rights(symbol, held.quantity, at)
        self.account.roll(day)
        self._schedule_day(day)

    def _credit_ex_rights(self, symbol: Symbol, quantity: int, at: datetime) -> None:
        entry = self._market.ex_rights(symbol) if quantity else None
        if entry is None or entry.credit <= 0:
            return
        amount = entry.credit * quantity
        movement_id = f"{at:%Y%m%d}-{symbol}-DIVIDEND"
        self.account.credit_dividend(symbol, amount, at, Origin(movement_id=movement_id))
        self._desk.archive.record_movement(
            MovementView(
                movement_id=movement_id,
                kind="DIVIDEND",
                symbol=str(symbol),
                quantity=0,
                amount=amount,
                date=at.date(),
                text=f"除权除息 {quantity} x ({entry.last_close} - {entry.prev_close})",
            )
        )


def session_at(start: datetime, calendar: TradingCalendar) -> date:
    """Return the session a venue that starts then stands on: today's once it began, else before.

    Raises CalendarCoverageError.
    """
    local = start.astimezone(SHANGHAI)
    if calendar.is_session(local.date()) and local.time() >= ROLL_TIME:
        return local.date()
    return calendar.previous_session(local.date())
