"""The account behind the venue: cash, frozen cash, T+1 shares, fees (a-share-rules.md 5 and 6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from adapters.venues.simulated.ledger import (
    NO_ORIGIN,
    CashEntry,
    EntryKind,
    HoldEntry,
    Ledger,
    Origin,
    ShareEntry,
    origin_of,
)
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


@dataclass(frozen=True, slots=True)
class Lock:
    """Shares that may not be sold before a day's opening."""

    symbol: Symbol
    quantity: int
    until: date


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
    _locks: list[Lock] = field(default_factory=list)

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

    def reserve(self, order: VenueOrder, at: datetime) -> None:
        """Freeze cash for a buy, shares for a sell."""
        match order.side:
            case Side.BUY:
                self._freeze_cash(order, self.buy_cost_bound(order), at)
            case Side.SELL:
                self._freeze_shares(order, order.remaining_quantity, at)
            case _:
                assert_never(order.side)

    def release(self, order: VenueOrder, at: datetime) -> None:
        """Give back what an ended order still held frozen."""
        match order.side:
            case Side.BUY:
                self._freeze_cash(order, _ZERO, at)
            case Side.SELL:
                self._freeze_shares(order, -order.remaining_quantity, at)
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

    def credit_dividend(
        self, symbol: Symbol, amount: Decimal, at: datetime, origin: Origin = NO_ORIGIN
    ) -> None:
        """Book the cash of an ex-day; the cost of the shares falls by it."""
        self._names[symbol].cost -= amount
        self._move_cash(EntryKind.DIVIDEND, amount, at, symbol, origin)

    def move_cash(
        self,
        kind: EntryKind,
        amount: Decimal,
        at: datetime,
        origin: Origin,
        symbol: Symbol | None = None,
    ) -> None:
        """Book cash that moved without a trade. Raises ValueError for more than is available."""
        if self.available + amount < 0:
            raise ValueError(f"可用资金不足: {self.available}")
        self._move_cash(kind, amount, at, symbol, origin)

    def add_shares(
        self,
        kind: EntryKind,
        lock: Lock,
        cost: Decimal,
        at: datetime,
        origin: Origin,
    ) -> None:
        """Book shares that came without a trade for `cost` CNY, locked until the lock's day."""
        held = self._names.setdefault(lock.symbol, HeldName(Holding(0), _ZERO))
        held.cost += cost
        holding = held.holding
        is_locked = lock.until > at.date()
        held.holding = replace(
            holding,
            opening=holding.opening + lock.quantity,
            locked=holding.locked + (lock.quantity if is_locked else 0),
        )
        if is_locked:
            self._locks.append(lock)
        self._note_shares(kind, lock.symbol, lock.quantity, at, origin)

    def take_shares(
        self, kind: EntryKind, symbol: Symbol, quantity: int, at: datetime, origin: Origin
    ) -> Decimal:
        """Book shares that left without a trade; returns what they cost, CNY.

        Locked ones leave last. Raises ValueError for more than are held and not frozen.
        """
        held = self._names.get(symbol)
        free = 0 if held is None else held.quantity - held.holding.frozen
        if held is None or quantity > free:
            raise ValueError(f"可用股份不足: {free}")
        cost = held.cost_price * quantity
        held.cost -= cost
        opening = held.holding.opening - quantity
        unlocked = held.quantity - held.holding.frozen - held.holding.locked
        held.holding = replace(held.holding, opening=opening)
        self._unlock(symbol, max(quantity - unlocked, 0))
        self._note_shares(kind, symbol, -quantity, at, origin)
        return cost

    def can_reverse(self, order: VenueOrder, quantity: int, net: Decimal) -> bool:
        """Whether a trade can be undone: its shares are still free, or its cash still there."""
        held = self._names.get(order.symbol)
        match order.side:
            case Side.BUY:
                free = 0 if held is None else held.quantity - held.holding.frozen
                return free - (0 if held is None else held.holding.locked) >= quantity
            case Side.SELL:
                return self.available >= net
            case _:
                assert_never(order.side)

    def reverse(self, order: VenueOrder, quantity: int, net: Decimal, at: datetime) -> None:
        """Undo one execution (冲正): `net` CNY, fees included, and its shares go back."""
        held = self._names.setdefault(order.symbol, HeldName(Holding(0), _ZERO))
        holding = held.holding
        if order.side is Side.BUY:
            today = min(holding.bought_today, quantity)
            held.holding = replace(
                holding,
                bought_today=holding.bought_today - today,
                opening=holding.opening - (quantity - today),
            )
            held.cost -= net
        else:
            today = min(holding.sold_today, quantity)
            held.holding = replace(
                holding,
                sold_today=holding.sold_today - today,
                opening=holding.opening + (quantity - today),
            )
            held.cost += net
            self.proceeds_today = max(self.proceeds_today - net, _ZERO)
        origin = origin_of(order)
        self._move_cash(EntryKind.BUST, order.side.sign * net, at, order.symbol, origin)
        self._note_shares(EntryKind.BUST, order.symbol, -order.side.sign * quantity, at, origin)

    def roll(self, day: date) -> None:
        """Begin a new day: what was bought may be sold, what was earned may be withdrawn."""
        self.proceeds_today = _ZERO
        self._locks = [lock for lock in self._locks if lock.until > day]
        for symbol, held in list(self._names.items()):
            if not held.quantity:
                del self._names[symbol]
                continue
            locked = sum(lock.quantity for lock in self._locks if lock.symbol == symbol)
            held.holding = Holding(held.quantity, frozen=held.holding.frozen, locked=locked)

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
        self._freeze_cash(order, still_frozen, at)
        self._book_trade(EntryKind.BUY, order, -amount, fees, at)
        self._note_shares(EntryKind.BUY, order.symbol, quantity, at, origin_of(order))

    def _book_sell(
        self, order: VenueOrder, quantity: int, amount: Decimal, fees: Fees, at: datetime
    ) -> None:
        held = self._names[order.symbol]
        held.cost -= held.cost_price * quantity
        self._freeze_shares(order, -quantity, at)
        held.holding = replace(held.holding, sold_today=held.holding.sold_today + quantity)
        if not held.quantity:
            held.cost = _ZERO
        self.proceeds_today += amount - fees.total
        self._book_trade(EntryKind.SELL, order, amount, fees, at)
        self._note_shares(EntryKind.SELL, order.symbol, -quantity, at, origin_of(order))

    def _book_trade(
        self, kind: EntryKind, order: VenueOrder, amount: Decimal, fees: Fees, at: datetime
    ) -> None:
        origin = origin_of(order)
        self._move_cash(kind, amount, at, order.symbol, origin)
        if fees.total:
            self._move_cash(EntryKind.FEES, -fees.total, at, order.symbol, origin)

    def _freeze_cash(self, order: VenueOrder, amount: Decimal, at: datetime) -> None:
        """Have the order hold back this much, no more and no less."""
        change = amount - order.frozen_cash
        self.frozen += change
        order.frozen_cash = amount
        if change:
            self._note_hold(order, change, 0, at)

    def _freeze_shares(self, order: VenueOrder, quantity: int, at: datetime) -> None:
        held = self._names[order.symbol]
        held.holding = replace(held.holding, frozen=held.holding.frozen + quantity)
        if quantity:
            self._note_hold(order, _ZERO, quantity, at)

    def _unlock(self, symbol: Symbol, quantity: int) -> None:
        """Take so many shares out of the locks of a name, the soonest to end first."""
        left = quantity
        for lock in sorted(self._locks, key=lambda lock: lock.until):
            if lock.symbol != symbol or not left:
                continue
            taken = min(lock.quantity, left)
            left -= taken
            self._locks.remove(lock)
            if taken < lock.quantity:
                self._locks.append(replace(lock, quantity=lock.quantity - taken))
        held = self._names[symbol]
        held.holding = replace(held.holding, locked=held.holding.locked - quantity)

    def _move_cash(
        self,
        kind: EntryKind,
        amount: Decimal,
        at: datetime,
        symbol: Symbol | None = None,
        origin: Origin = NO_ORIGIN,
    ) -> None:
        self.cash += amount
        entry = CashEntry(at, kind, amount, self.cash, self.available, symbol, origin)
        self.ledger.cash.append(entry)

    def _note_hold(self, order: VenueOrder, amount: Decimal, quantity: int, at: datetime) -> None:
        held = self._names.get(order.symbol)
        frozen_shares = 0 if held is None else held.holding.frozen
        self.ledger.holds.append(
            HoldEntry(
                at,
                order.symbol,
                amount,
                quantity,
                self.frozen,
                frozen_shares,
                self.available,
                origin_of(order),
            )
        )

    def _note_shares(
        self,
        kind: EntryKind,
        symbol: Symbol,
        quantity: int,
        at: datetime,
        origin: Origin = NO_ORIGIN,
    ) -> None:
        balance = self._names[symbol].quantity
        self.ledger.shares.append(ShareEntry(at, kind, symbol, quantity, balance, origin))
