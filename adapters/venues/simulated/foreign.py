"""Carries a script out: orders of a person at the terminal, and movements that are no trades."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import assert_never

from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated.account import Account, Lock
from adapters.venues.simulated.agenda import Agenda, Rank
from adapters.venues.simulated.desk import OrderDesk
from adapters.venues.simulated.halts import Halts
from adapters.venues.simulated.ledger import EntryKind, Origin
from adapters.venues.simulated.script import (
    CASH_WORD,
    BonusShares,
    CashMovement,
    CodeChange,
    DayEndChange,
    Dividend,
    HaltEvent,
    ReverseRepo,
    ScriptError,
    ScriptEvent,
    ShareMovement,
    SharesForCash,
    StandardBond,
    TerminalCancel,
    TerminalOrder,
    TerminalTrade,
)
from adapters.wire.models import MovementView, NewOrder
from market.calendar import TradingCalendar
from market.errors import MarketError
from market.money import round_cent
from market.phases import SHANGHAI
from market.symbol import Symbol

STANDARD_BOND = Symbol.parse("888880.SH")
REPO_UNIT = Decimal(100)

_DAYS_A_YEAR = 365
_WON = {"IPO": "新股中签", "RIGHTS": "配股"}
_ZERO = Decimal(0)
_CASH_BACK = time(8, 0)


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What became of an event; `refused` is the counter's sentence, empty where it was done."""

    at: datetime
    kind: str
    refused: str

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {"at": self.at.isoformat(), "kind": self.kind, "refused": self.refused}


@dataclass(frozen=True, slots=True)
class Change:
    """A movement before it is booked: shares and cash, signed; `cost` is the value of shares."""

    kind: EntryKind
    text: str
    symbol: Symbol | None = None
    quantity: int = 0
    amount: Decimal = _ZERO
    cost: Decimal = _ZERO
    sellable_on: date = date.min


class ForeignActivity:
    """Plays scripted events on an account.

    An event that the account cannot bear (more cash than is available, more shares than are
    free) is refused and changes nothing, as a counter would refuse it.
    """

    def __init__(
        self,
        desk: OrderDesk,
        account: Account,
        agenda: Agenda,
        calendar: TradingCalendar,
        halts: Halts,
    ) -> None:
        """Act on these."""
        self._desk = desk
        self._account = account
        self._agenda = agenda
        self._calendar = calendar
        self._halts = halts
        self._movements = 0
        self.results: list[ScriptResult] = []

    def schedule(self, events: Iterable[ScriptEvent], now: datetime) -> int:
        """Plan events; returns how many. Raises ScriptError for one in the past."""
        chosen = tuple(events)
        for event in chosen:
            if event.at < now:
                raise ScriptError(f"{event.kind} at {event.at.isoformat()} has passed")
        for event in chosen:
            self._plan(event)
        return len(chosen)

    def _plan(self, event: ScriptEvent) -> None:
        moment = event.at.astimezone(SHANGHAI)
        # a halt holds from its very start: before what would match at that instant
        rank = Rank.REPORT if isinstance(event, HaltEvent) else Rank.SCRIPT
        self._agenda.schedule(moment, rank, lambda at: self._play(event, at))

    def _play(self, event: ScriptEvent, at: datetime) -> None:
        refused = ""
        try:
            self._act(event, at)
        except MarketError as error:
            refused = error.message_zh
        except (VenueRefused, ValueError) as error:
            refused = str(error)
        self.results.append(ScriptResult(at, event.kind, refused))

    def _act(self, event: ScriptEvent, at: datetime) -> None:
        match event:
            case TerminalOrder():
                price = event.limit_price
                self._desk.place_at_terminal(_request(event, price, at), at)
            case TerminalTrade():
                request = _request(event, event.price, at)
                self._desk.place_at_terminal(request, at, block_price=event.price)
            case TerminalCancel():
                self._cancel(event.name, at)
            case HaltEvent():
                self._halts.add(Symbol.parse(event.symbol), at, event.until)
            case DayEndChange():
                self._desk.change_day_end(event.day_end, event.clearing_time)
            case ReverseRepo():
                self._lend(event, at)
            case CodeChange():
                self._rename(event, at)
            case Dividend():
                self._pay_dividend(event, at)
            case (
                SharesForCash() | BonusShares() | StandardBond() | CashMovement() | ShareMovement()
            ):
                self._book(self._change_of(event), at)
            case _:
                assert_never(event)

    def _cancel(self, name: str, at: datetime) -> None:
        order = self._desk.archive.order(_key(name))
        if order is None:
            raise VenueRefused("ORDER_NOT_FOUND", f"没有委托 {name}")
        self._desk.cancel(order, at)

    def _change_of(
        self, event: SharesForCash | BonusShares | StandardBond | CashMovement | ShareMovement
    ) -> Change:
        match event:
            case SharesForCash():
                cost = round_cent(event.price * event.quantity)
                return Change(
                    EntryKind(event.kind),
                    f"{_WON[event.kind]} {event.quantity} x {event.price}",
                    Symbol.parse(event.symbol),
                    event.quantity,
                    -cost,
                    cost,
                    event.sellable_on,
                )
            case BonusShares():
                symbol = Symbol.parse(event.symbol)
                quantity = int(self._require_held(symbol) * event.ratio)
                kind, text = EntryKind.BONUS_SHARES, f"送转股 {event.ratio}"
                return Change(kind, text, symbol, quantity, sellable_on=event.sellable_on)
            case StandardBond():
                return Change(
                    EntryKind.STANDARD_BOND,
                    "标准券",
                    STANDARD_BOND,
                    event.quantity,
                    sellable_on=date.max,
                )
            case CashMovement():
                kind = EntryKind(event.reason.value)
                return Change(kind, event.text or CASH_WORD[event.reason], amount=event.amount)
            case ShareMovement():
                symbol = Symbol.parse(event.symbol)
                text = event.text or "非交易过户"
                return Change(EntryKind.MANUAL, text, symbol, event.quantity)
            case _:
                assert_never(event)

    def _pay_dividend(self, event: Dividend, at: datetime) -> None:
        symbol = Symbol.parse(event.symbol)
        held = self._require_held(symbol)
        cash, tax = round_cent(held * event.cash), round_cent(held * event.tax)
        paid = Change(EntryKind.DIVIDEND, f"红利 {held} x {event.cash}", symbol, amount=cash)
        self._book(paid, at)
        if tax:
            text = f"红利税 {held} x {event.tax}"
            self._book(Change(EntryKind.TAX, text, symbol, amount=-tax), at)

    def _lend(self, event: ReverseRepo, at: datetime) -> None:
        """Take the cash now; it comes back with interest when the next session opens."""
        symbol = Symbol.parse(event.symbol)
        # asked for first: beyond the calendar nobody knows when it comes back, and none is lent
        back = datetime.combine(self._calendar.next_session(at.date()), _CASH_BACK, SHANGHAI)
        principal = REPO_UNIT * event.units
        text = f"逆回购 {event.units} x {REPO_UNIT}"
        lent = Change(EntryKind.REPO, text, symbol, event.units, -principal, principal, date.max)
        self._book(lent, at)
        days = (back.date() - at.date()).days
        interest = round_cent(principal * event.rate * days / (100 * _DAYS_A_YEAR))

        def repay(when: datetime) -> None:
            returned = Change(EntryKind.REPO, "逆回购到期", symbol, -event.units, principal)
            self._book(returned, when)
            earned = Change(EntryKind.INTEREST, "逆回购利息", symbol, amount=interest)
            self._book(earned, when)

        self._agenda.schedule(back, Rank.SCRIPT, repay)

    def _rename(self, event: CodeChange, at: datetime) -> None:
        old, new = Symbol.parse(event.symbol), Symbol.parse(event.new_symbol)
        held, text = self._require_held(old), f"证券代码变更 {old} -> {new}"
        cost = self._book(Change(EntryKind.CODE_CHANGE, text, old, -held), at)
        self._book(Change(EntryKind.CODE_CHANGE, text, new, held, cost=cost), at)

    def _book(self, change: Change, at: datetime) -> Decimal:
        """Book and tell one movement; returns what shares that left had cost, CNY.

        Raises ValueError, and then nothing was booked.
        """
        self._movements += 1
        movement_id = f"{at:%Y%m%d}-M{self._movements:05d}"
        origin = Origin(movement_id=movement_id)
        cost = _ZERO
        if change.amount:
            self._account.move_cash(change.kind, change.amount, at, origin, change.symbol)
        if change.quantity > 0 and change.symbol is not None:
            lock = Lock(change.symbol, change.quantity, change.sellable_on)
            self._account.add_shares(change.kind, lock, change.cost, at, origin)
        if change.quantity < 0 and change.symbol is not None:
            taken = -change.quantity
            cost = self._account.take_shares(change.kind, change.symbol, taken, at, origin)
        self._tell(change, movement_id, at)
        return cost

    def _tell(self, change: Change, movement_id: str, at: datetime) -> None:
        self._desk.archive.record_movement(
            MovementView(
                movement_id=movement_id,
                kind=change.kind.value,
                symbol=None if change.symbol is None else str(change.symbol),
                quantity=change.quantity,
                amount=change.amount,
                date=at.date(),
                text=change.text,
            )
        )

    def _require_held(self, symbol: Symbol) -> int:
        held = self._account.name(symbol)
        if held is None or not held.quantity:
            raise ValueError(f"未持有 {symbol}")
        return held.quantity


def _key(name: str) -> str:
    """Return the key of a person's order; its blank keeps it apart from every client_order_id."""
    return f"terminal {name}"


def _request(event: TerminalOrder | TerminalTrade, price: Decimal, at: datetime) -> NewOrder:
    return NewOrder.model_construct(
        client_order_id=_key(event.name),
        symbol=event.symbol,
        side=event.side,
        limit_price=price,
        quantity=event.quantity,
        deadline=at,
    )
