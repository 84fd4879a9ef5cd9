"""The account behind the venue: cash, frozen cash, T+1 shares, fees (a-share-rules.md 5 and 6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from adapters.venues.simulated.ledger import CashEntry, EntryKind, Ledger, ShareEntry
from adapters.venues.simulated.orders import VenueOrder
from market.fees import Fees, FeeSchedule, MinimumScope, order_fees
from market.rules import Rules
from market.settlement import Holding, sellable_quantity
from market.side import Side
from market.symbol import Symbol

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OpeningPosition:
    """A holding at the start, all of it sellable; `cost_price` in CNY a share."""

    quantity: int
    cost_price: Decimal


@dataclass(slots=True)
class HeldName:
    """A name in the account; `cost` is what the shares still held cost, CNY."""

    holding: Holding
    cost: Decimal

    @property
    def quantity(self) -> int:
        """Shares held now."""
        return self.holding.total

    @property
    def cost_price(self) -> Decimal:
        """Average cost of a share, CNY, unrounded."""
        return self.cost / self.quantity if self.quantity else _ZERO


@dataclass(slots=True)
class Account:
    """Every figure exact to the cent.

    `cash` includes what is frozen; `proceeds_today` are the sale proceeds that may be spent but
    not withdrawn (可用不可取).
    """

    schedule: FeeSchedule
    cash: Decimal = _ZERO
    frozen: Decimal = _ZERO
    proceeds_today: Decimal = _ZERO
    ledger: Ledger = field(default_factory=Ledger)
    _names: dict[Symbol, HeldName] = field(default_factory=dict)

    @property
    def available(self) -> Decimal:
        """Cash that a new buy may use."""
        return self.cash - self.frozen

    @property
    def withdrawable(self) -> Decimal:
        """Cash that may leave the account today."""
        return max(self.available - self.proceeds_today, _ZERO)

    def held(self) -> Iterator[tuple[Symbol, HeldName]]:
        """Names with shares, by code."""
        return ((symbol, self._names[symbol]) for symbol in sorted(self._names))

    def name(self, symbol: Symbol) -> HeldName | None:
        """Return a holding, or None."""
        return self._names.get(symbol)

    def sellable(self, symbol: Symbol, rules: Rules) -> int:
        """Return yesterday's shares less sold today less frozen in live sells (E36, E39)."""
        held = self._names.get(symbol)
        return 0 if held is None else sellable_quantity(held.holding, rules)

    def open(
        self, cash: Decimal, positions: Mapping[Symbol, OpeningPosition], at: datetime
    ) -> None:
        """Book what the account starts with."""
        self._move_cash(EntryKind.OPENING, cash, at)
        for symbol, position in sorted(positions.items()):
            cost = position.cost_price * position.quantity
            self._names[symbol] = HeldName(Holding(position.quantity), cost)
            self._note_shares(EntryKind.OPENING, symbol, position.quantity, at)

    def buy_cost_bound(self, order: VenueOrder) -> Decimal:
        """Return what the rest of a buy may still cost: amount at the limit and fees (E37).

        An upper bound where the minimum commission counts per order; where it counts per fill,
        many small fills can cost more, as they do at such counters.
        """
        rest = order.limit_price * order.remaining_quantity
        worst = self._fees_after(order, rest)
        return rest + worst.total - order.charged.total

    def reserve(self, order: VenueOrder) -> None:
        """Freeze cash for a buy, shares for a sell."""
        match order.side:
            case Side.BUY:
                order.frozen_cash = self.buy_cost_bound(order)
                self.frozen += order.frozen_cash
            case Side.SELL:
                self._freeze_shares(order.symbol, order.remaining_quantity)
            case _:
                assert_never(order.side)

    def release(self, order: VenueOrder) -> None:
        """Give back what an ended order still held frozen."""
        match order.side:
            case Side.BUY:
                self.frozen -= order.frozen_cash
                order.frozen_cash = _ZERO
            case Side.SELL:
                self._freeze_shares(order.symbol, -order.remaining_quantity)
            case _:
                assert_never(order.side)

    def settle(self, order: VenueOrder, quantity: int, price: Decimal, at: datetime) -> Fees:
        """Book one execution of an order; returns the fees of this fill alone.

        The order's fees always equal those of its whole filled amount, so the minimum counts
        once (E47). `order` is brought up to date.
        """
        amount = price * quantity
        after = self._fees_after(order, amount)
        fees = after.minus(order.charged)
        order.charged = after
        order.filled_quantity += quantity
        order.filled_amount += amount
        match order.side:
            case Side.BUY:
                self._book_buy(order, quantity, amount, fees, at)
            case Side.SELL:
                self._book_sell(order, quantity, amount, fees, at)
            case _:
                assert_never(order.side)
        return fees

    def credit_dividend(self, symbol: Symbol, amount: Decimal, at: datetime) -> None:
        """Book the cash of an ex-day; the cost of the shares falls by it."""
        self._names[symbol].cost -= amount
        self._move_cash(EntryKind.DIVIDEND, amount, at, symbol)

    def roll(self) -> None:
        """Begin a new day: what was bought may be sold, what was earned may be withdrawn."""
        self.proceeds_today = _ZERO
        for symbol, held in list(self._names.items()):
            if not held.quantity:
                del self._names[symbol]
                continue
            held.holding = Holding(held.quantity, frozen=held.holding.frozen)

    def _fees_after(self, order: VenueOrder, amount: Decimal) -> Fees:
        """Return all fees of an order once it traded for `amount` more."""
        match self.schedule.minimum_scope:
            case MinimumScope.ORDER:
                total = order.filled_amount + amount
                return order_fees(order.side, total, order.rules, self.schedule)
            case MinimumScope.FILL:
                part = order_fees(order.side, amount, order.rules, self.schedule)
                return order.charged.plus(part)
            case _:
                assert_never(self.schedule.minimum_scope)

    def _book_buy(
        self, order: VenueOrder, quantity: int, amount: Decimal, fees: Fees, at: datetime
    ) -> None:
        held = self._names.setdefault(order.symbol, HeldName(Holding(0), _ZERO))
        held.holding = replace(held.holding, bought_today=held.holding.bought_today + quantity)
        held.cost += amount + fees.total
        still_frozen = self.buy_cost_bound(order) if order.remaining_quantity else _ZERO
        self.frozen += still_frozen - order.frozen_cash
        order.frozen_cash = still_frozen
        self._book_trade(EntryKind.BUY, order, -amount, fees, at)
        self._note_shares(EntryKind.BUY, order.symbol, quantity, at, order)

    def _book_sell(
        self, order: VenueOrder, quantity: int, amount: Decimal, fees: Fees, at: datetime
    ) -> None:
        held = self._names[order.symbol]
        held.cost -= held.cost_price * quantity
        holding = held.holding
        held.holding = replace(
            holding, sold_today=holding.sold_today + quantity, frozen=holding.frozen - quantity
        )
        if not held.quantity:
            held.cost = _ZERO
        self.proceeds_today += amount - fees.total
        self._book_trade(EntryKind.SELL, order, amount, fees, at)
        self._note_shares(EntryKind.SELL, order.symbol, -quantity, at, order)

    def _book_trade(
        self, kind: EntryKind, order: VenueOrder, amount: Decimal, fees: Fees, at: datetime
    ) -> None:
        self._move_cash(kind, amount, at, order.symbol, order)
        if fees.total:
            self._move_cash(EntryKind.FEES, -fees.total, at, order.symbol, order)

    def _freeze_shares(self, symbol: Symbol, quantity: int) -> None:
        held = self._names[symbol]
        held.holding = replace(held.holding, frozen=held.holding.frozen + quantity)

    def _move_cash(
        self,
        kind: EntryKind,
        amount: Decimal,
        at: datetime,
        symbol: Symbol | None = None,
        order: VenueOrder | None = None,
    ) -> None:
        self.cash += amount
        order_id = None if order is None else order.client_order_id
        self.ledger.cash.append(CashEntry(at, kind, amount, self.cash, symbol, order_id))

    def _note_shares(
        self,
        kind: EntryKind,
        symbol: Symbol,
        quantity: int,
        at: datetime,
        order: VenueOrder | None = None,
    ) -> None:
        order_id = None if order is None else order.client_order_id
        balance = self._names[symbol].quantity
        self.ledger.shares.append(ShareEntry(at, kind, symbol, quantity, balance, order_id))
