"""Turns lines that are ready into child orders, within what can be sold and paid now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from daemon.planning.line_book import LineBook, SliceBook, is_on_its_way
from daemon.planning.progress import ORDERS_PER_NAME_MAX
from daemon.planning.readiness import Ready, Waiting
from daemon.planning.release_inputs import ChildOrder, ReleaseInputs
from daemon.planning.unseen import buy_cost, sellable_shares, spendable_cash
from market.fees import FeeSchedule, order_fees
from market.quantity import floor_buy_quantity, floor_sell_quantity, slice_quantities
from market.side import Side
from statemachine.reasons import Reason

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Made:
    """The orders of one line in this wave, and where the line stands with them."""

    orders: tuple[ChildOrder, ...]
    standing: Ready | Waiting


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line that an order can be made for; `ended` is the slice it goes on with."""

    quantity: int
    ended: SliceBook | None


def sell_wave(ready: Sequence[Ready], inputs: ReleaseInputs) -> tuple[Made, ...]:
    """Sell all that is ready, the largest first, within what is ours and sellable (rule 11)."""
    ranked = sorted(ready, key=lambda each: _rank(each, inputs))
    shown = {row.symbol: row.sellable for row in inputs.snapshot.positions}
    return tuple(_sell(each, shown.get(each.book.line.symbol, 0), inputs) for each in ranked)


def buy_wave(ready: Sequence[Ready], inputs: ReleaseInputs, *, may_split: bool) -> tuple[Made, ...]:
    """Buy by what is missing, then code, as far as the cash reaches with fees (rule 17).

    A name that is too dear for what is left is passed over, not waited for. With `may_split`,
    when no more proceeds are to come, a part of it is bought.
    """
    cash = spendable_cash(inputs)
    made = []
    for each in sorted(ready, key=lambda candidate: _rank(candidate, inputs)):
        bought = _buy(each, cash, inputs, may_split=may_split)
        cash -= _cost(bought.orders, each, inputs.settings.fees.schedule())
        made.append(bought)
    return tuple(made)


def _rank(ready: Ready, inputs: ReleaseInputs) -> tuple[Decimal, str]:
    line = ready.book.line
    missing = ready.book.open_quantity(inputs.settings.flow.legs_max)
    return -missing * (line.reference_price or ready.price), str(line.symbol)


def _pieces(book: LineBook, legs_max: int) -> Iterator[Piece]:
    for piece in book.slices:
        remainder = piece.remainder(legs_max)
        if remainder:
            yield Piece(remainder, piece)
    if book.uncut_quantity > 0:
        yield Piece(book.uncut_quantity, None)


def _sell(ready: Ready, shown: int, inputs: ReleaseInputs) -> Made:
    line, orders = ready.book.line, ready.book.orders
    account_left = sellable_shares(shown, orders, inputs.snapshot.as_of)
    on_the_way = sum(order.remaining_quantity for order in orders if is_on_its_way(order))
    ours_left = min(inputs.owned.get(line.symbol, 0) - on_the_way, account_left)
    made: list[ChildOrder] = []
    for piece in _pieces(ready.book, inputs.settings.flow.legs_max):
        wanted = min(piece.quantity, ours_left)
        quantity = floor_sell_quantity(ready.rules, wanted, account_left)
        if quantity == 0:
            continue
        made += _cut(piece, quantity, account_left, ready)
        account_left -= quantity
        ours_left -= quantity
    if made:
        return _sendable(made, ready)
    reason = Reason.BELOW_LOT if ours_left > 0 else Reason.NOT_SELLABLE
    detail = f"{max(ours_left, 0)} shares can be sold"
    return Made((), Waiting(ready.book, reason, detail))


def _buy(ready: Ready, cash: Decimal, inputs: ReleaseInputs, *, may_split: bool) -> Made:
    fees = inputs.settings.fees.schedule()
    made: list[ChildOrder] = []
    is_short, is_capped = False, False
    for piece in _pieces(ready.book, inputs.settings.flow.legs_max):
        room = min(piece.quantity, _room_today(ready, made))
        whole = floor_buy_quantity(ready.rules, room)
        is_capped = is_capped or room < piece.quantity
        left = cash - _cost(made, ready, fees)
        quantity = _affordable(ready, whole, left, inputs, may_split=may_split)
        is_short = is_short or quantity < whole
        if quantity:
            made += _cut(piece, quantity, quantity, ready)
    if not made and is_capped:
        detail = "the day's cap on buying this name is reached"
        return Made((), Waiting(ready.book, Reason.DAILY_BUY_CAP, detail))
    if made or not is_short:
        return _sendable(made, ready)
    return Made((), Waiting(ready.book, Reason.WAITING_FOR_CASH, "the cash at hand is spoken for"))


def _room_today(ready: Ready, made: Sequence[ChildOrder]) -> int:
    """Return how many shares the day's cap on a risk-warning name leaves.

    The name may have become one after the plan was made.
    """
    cap = ready.rules.daily_buy_maximum
    if cap is None:
        return ready.book.line.quantity_max
    taken = sum(
        order.quantity if is_on_its_way(order) else order.filled_quantity
        for order in ready.book.orders
    )
    return max(cap - taken - sum(order.quantity for order in made), 0)


def _sendable(made: Sequence[ChildOrder], ready: Ready) -> Made:
    """Keep no more orders than one name may have in a day; the rest of the line stays open."""
    left = max(ORDERS_PER_NAME_MAX - len(ready.book.orders), 0)
    return Made(tuple(made[:left]), ready)


def _affordable(
    ready: Ready, whole: int, cash: Decimal, inputs: ReleaseInputs, *, may_split: bool
) -> int:
    """Return all of it, or the part worth trading that the cash covers, or nothing."""
    fees = inputs.settings.fees.schedule()
    if whole == 0 or _cost_of_shares(whole, ready, fees) <= cash:
        return whole
    if not may_split or cash <= 0:
        return 0
    # Fees of all the cash are no less than those of a part of it.
    free = cash - order_fees(Side.BUY, cash, ready.rules, fees).total
    quantity = floor_buy_quantity(ready.rules, max(int(free / ready.price), 0))
    while quantity and _cost_of_shares(quantity, ready, fees) > cash:
        quantity = floor_buy_quantity(ready.rules, quantity - ready.rules.lot_step)
    return quantity if quantity * ready.price >= inputs.settings.capital.trade_amount_min else 0


def _cost_of_shares(quantity: int, ready: Ready, fees: FeeSchedule) -> Decimal:
    sizes = slice_quantities(ready.rules, Side.BUY, quantity)
    return sum((buy_cost(size, ready.price, ready.rules, fees) for size in sizes), _ZERO)


def _cost(orders: Sequence[ChildOrder], ready: Ready, fees: FeeSchedule) -> Decimal:
    return sum(
        (buy_cost(order.quantity, order.limit_price, ready.rules, fees) for order in orders),
        _ZERO,
    )


def _cut(piece: Piece, quantity: int, sellable: int, ready: Ready) -> list[ChildOrder]:
    """Make the next leg of a slice, or as many new slices as the order maximum asks for."""
    if piece.ended is not None:
        return [_next_leg(piece.ended, quantity, ready)]
    line = ready.book.line
    sizes = slice_quantities(ready.rules, line.side, quantity, sellable)
    first = ready.book.next_slice_number
    return [
        ChildOrder(
            symbol=line.symbol,
            side=line.side,
            slice=first + index,
            leg=1,
            quantity=size,
            limit_price=ready.price,
            arrival_price=ready.arrival_price,
            arrival_kind=ready.arrival_kind,
            arrival_spread=ready.arrival_spread,
        )
        for index, size in enumerate(sizes)
    ]


def _next_leg(ended: SliceBook, quantity: int, ready: Ready) -> ChildOrder:
    """Slippage is measured from when the first leg opened, so its arrival goes on."""
    first, line = ended.legs[0], ready.book.line
    return ChildOrder(
        symbol=line.symbol,
        side=line.side,
        slice=ended.number,
        leg=ended.legs[-1].leg + 1,
        quantity=quantity,
        limit_price=ready.price,
        arrival_price=first.arrival_price or ready.arrival_price,
        arrival_kind=first.arrival_kind or ready.arrival_kind,
        arrival_spread=first.arrival_spread if first.arrival_price else ready.arrival_spread,
    )
