"""Derives orders from an approved plan, wave by wave, never outside a line's envelope.

Sells leave at once, the largest first; buys as far as the broker's cash reaches, ranked by what
is missing of them (trading-day.md rules 4, 14 to 17 and 19). Asked at most every
`wave_interval_s`, and on news.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from daemon.planning.identity import client_order_id
from daemon.planning.line_book import LineBook
from daemon.planning.progress import Progress, progress_of
from daemon.planning.readiness import HELD, Ready, Waiting, judge
from daemon.planning.release_inputs import ChildOrder, ReleaseDecision, ReleaseInputs
from daemon.planning.wave import buy_wave, sell_wave
from market.phases import SHANGHAI, is_continuous, phase_at
from market.side import Side
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import Disposition, Plan
from statemachine.reasons import Reason

_ZERO = Decimal(0)


def next_orders(inputs: ReleaseInputs, progress: Progress | None = None) -> ReleaseDecision:
    """Return the orders to make now and the lines whose standing changed.

    Outside the sending window of the session there is nothing to do, and nothing is judged.
    `progress` is that of the plan and its orders, where the caller has worked it out already.
    """
    if not is_sending_time(inputs):
        return ReleaseDecision((), ())
    so_far = progress or progress_of(inputs.plan, inputs.orders, inputs.settings)
    judged = [_judge(book, inputs) for book in so_far.wanting]
    waiting = [each for each in judged if isinstance(each, Waiting)]
    if _held_share(waiting, inputs) > inputs.settings.prices.held_share_max:
        return ReleaseDecision((), _changes(waiting, inputs), Reason.HELD_SHARE)
    ready = [each for each in judged if isinstance(each, Ready)]
    sells = sell_wave([each for each in ready if each.book.line.side is Side.SELL], inputs)
    awaits_proceeds = so_far.is_selling or any(each.orders for each in sells)
    may_split = not awaits_proceeds or _is_late(inputs)
    buys = buy_wave(
        [each for each in ready if each.book.line.side is Side.BUY], inputs, may_split=may_split
    )
    made = (*sells, *buys)
    orders = tuple(order for each in made for order in each.orders)
    standings = [*waiting, *(each.standing for each in made)]
    return ReleaseDecision(orders[: max(inputs.messages_left, 0)], _changes(standings, inputs))


def is_sending_time(inputs: ReleaseInputs) -> bool:
    """Whether orders of this plan may leave now: its session, its window, continuous trading."""
    local, day = inputs.now.astimezone(SHANGHAI), inputs.settings.day
    if local.date() != inputs.plan.session_date:
        return False
    if not day.first_send <= local.time() < day.last_new_order:
        return False
    return is_continuous(phase_at(local, inputs.calendar))


def to_order(child: ChildOrder, plan: Plan, now: datetime) -> Order:
    """Return the order as it is stored before anything is sent."""
    identity = client_order_id(
        plan.account,
        plan.run_id,
        child.symbol,
        child.side,
        slice_number=child.slice,
        leg=child.leg,
    )
    return Order(
        account=plan.account,
        run_id=plan.run_id,
        client_order_id=identity,
        symbol=child.symbol,
        side=child.side,
        slice=child.slice,
        leg=child.leg,
        quantity=child.quantity,
        limit_price=child.limit_price,
        session_date=plan.session_date,
        created_at=now,
        arrival_price=child.arrival_price,
        arrival_kind=child.arrival_kind,
        arrival_spread=child.arrival_spread,
    )


def _judge(book: LineBook, inputs: ReleaseInputs) -> Ready | Waiting:
    block = book.block
    if block is None and book.line.side not in inputs.approved:
        block = Reason.STAGE_NOT_APPROVED
    return judge(book, inputs) if block is None else Waiting(book, block)


def _held_share(waiting: Sequence[Waiting], inputs: ReleaseInputs) -> Decimal:
    """What held lines still want, over everything the plan may trade, at reference prices."""
    legs_max = inputs.settings.flow.legs_max
    held = sum(
        (
            each.book.open_quantity(legs_max) * (each.book.line.reference_price or _ZERO)
            for each in waiting
            if each.reason in HELD
        ),
        _ZERO,
    )
    if held == 0:
        return _ZERO
    total = sum(
        (
            line.notional
            for line in inputs.plan.lines
            if line.disposition in {Disposition.TRADE, Disposition.DEFERRED}
        ),
        _ZERO,
    )
    return held / total if total else _ZERO


def _is_late(inputs: ReleaseInputs) -> bool:
    """Near the end of the sending window a part bought beats a whole one waited for."""
    local = inputs.now.astimezone(SHANGHAI)
    return local.time() >= inputs.settings.day.last_deferred_retest


def _changes(standings: Iterable[Ready | Waiting], inputs: ReleaseInputs) -> tuple[LineStatus, ...]:
    return tuple(_changed(standings, inputs))


def _changed(standings: Iterable[Ready | Waiting], inputs: ReleaseInputs) -> Iterator[LineStatus]:
    for standing in standings:
        symbol = standing.book.line.symbol
        before = inputs.statuses.get(symbol) or LineStatus(
            inputs.plan.run_id, symbol, reason=None, detail=""
        )
        after = _standing_status(standing, before)
        if replace(after, detail="", updated_at=None) != replace(
            before, detail="", updated_at=None
        ):
            yield replace(after, updated_at=inputs.now)


def _standing_status(standing: Ready | Waiting, before: LineStatus) -> LineStatus:
    if isinstance(standing, Waiting):
        return replace(before, reason=standing.reason, detail=standing.detail)
    if standing.rebased is not None:
        return standing.rebased
    return replace(before, reason=None, detail="")
