"""What a release is decided from and what it decides; all of it values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from adapters.broker import Instrument, Quote
from config.settings import Settings
from market.calendar import TradingCalendar
from market.rules import RuleBook
from market.side import Side
from market.symbol import Symbol
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.position import AccountSnapshot
from statemachine.reasons import Reason


@dataclass(frozen=True, slots=True)
class ReleaseInputs:
    """One moment of a working run.

    `orders` are all orders of this run, taken before `snapshot` was read: its funds and sellable
    figures show every order whose ack is not younger than it. `owned` is ours now, in shares.
    `messages_left` bounds how many orders may be made. `locked` names may not trade (breaks,
    manual items); an ex-rights factor of an `explained` name does not hold its line. Only lines of
    the `approved` sides may trade.
    """

    plan: Plan
    orders: tuple[Order, ...]
    statuses: Mapping[Symbol, LineStatus]
    quotes: Mapping[Symbol, Quote]
    instruments: Mapping[Symbol, Instrument]
    snapshot: AccountSnapshot
    owned: Mapping[Symbol, int]
    now: datetime
    settings: Settings
    rules: RuleBook
    calendar: TradingCalendar
    messages_left: int
    locked: frozenset[Symbol] = frozenset()
    explained: frozenset[Symbol] = frozenset()
    approved: frozenset[Side] = frozenset(Side)


@dataclass(frozen=True, slots=True)
class ChildOrder:
    """An order to be made now, inside its line's envelope.

    `arrival_price` is what slippage is measured from: the mid, else the last trade, when the
    first leg of the slice opened; `arrival_kind` says which, `arrival_spread` how far the best
    quotes lay apart then, CNY a share.
    """

    symbol: Symbol
    side: Side
    slice: int
    leg: int
    quantity: int
    limit_price: Decimal
    arrival_price: Decimal
    arrival_kind: str
    arrival_spread: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReleaseDecision:
    """What to do now: statuses are stored first, then orders are created.

    `statuses` holds only what changed. `hold` asks a person about the whole plan (HELD_SHARE);
    then there are no orders.
    """

    orders: tuple[ChildOrder, ...]
    statuses: tuple[LineStatus, ...]
    hold: Reason | None = None

    def only_sells(self) -> "ReleaseDecision":
        """Return the same decision without its buys."""
        return replace(self, orders=tuple(made for made in self.orders if made.side is Side.SELL))
