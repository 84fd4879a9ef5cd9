"""Plays a plan through one session as the daemon would: same waves, prices, cancels and limits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from daemon.plan_rehearsal.counter import PaperCounter
from daemon.plan_rehearsal.values import CashPoint, Question
from daemon.planning.cancels import CancelState, stale_cancels
from daemon.planning.envelope import next_orders, to_order
from daemon.planning.line_book import is_on_its_way
from daemon.planning.outcomes import line_outcome
from daemon.planning.progress import Progress, progress_of
from daemon.planning.release_inputs import ReleaseInputs
from daemon.tasks.release import orders_per_wave
from market.calendar import TradingCalendar
from market.phases import SHANGHAI, is_continuous, phase_at
from market.rules import RuleBook
from market.symbol import Symbol
from statemachine.order import Order
from statemachine.plan import PlanLine
from statemachine.reasons import Reason

POINT_INTERVAL = timedelta(minutes=5)


def thinned(points: Sequence[CashPoint]) -> tuple[CashPoint, ...]:
    """Return the first point, one each interval, and the last."""
    kept: list[CashPoint] = []
    for point in points:
        if not kept or point.at - kept[-1].at >= POINT_INTERVAL:
            kept.append(point)
    return (*kept, *(point for point in points[-1:] if point not in kept))


class Trading:
    """One session of one plan; every look is `wave_interval_s` after the one before.

    `points` are the cash at each look; `hold` is what asked about the whole plan at the last.
    """

    def __init__(
        self,
        question: Question,
        counter: PaperCounter,
        rules: RuleBook,
        calendar: TradingCalendar,
    ) -> None:
        self._question = question
        self._counter = counter
        self._rules = rules
        self._calendar = calendar
        self._orders: dict[str, Order] = {}
        self._statuses = {status.symbol: status for status in question.statuses}
        self._asked_at: dict[str, datetime] = {}
        self._progress: Progress | None = None
        self.points: list[CashPoint] = []
        self.hold: Reason | None = None

    async def play(self) -> None:
        """Let the session run from the first send until the work is over."""
        day, flow = self._question.settings.day, self._question.settings.flow
        now, end = self._at(day.first_send), self._at(day.working_ends)
        while now <= end:
            self._counter.advance_to(now)
            await self._look(now)
            await self._cancel_stale(now)
            if self._may_send(now):
                await self._send(now)
            await self._note_cash(now)
            if self._is_over(now):
                break
            now += timedelta(seconds=flow.wave_interval_s)

    def orders_of(self, symbol: Symbol) -> tuple[Order, ...]:
        """Return the orders of a name."""
        return tuple(order for order in self._orders.values() if order.symbol == symbol)

    def outcome_of(self, line: PlanLine) -> Reason | None:
        """Return why a line was not filled whole, None where it was."""
        return line_outcome(line, self.orders_of(line.symbol), self._statuses.get(line.symbol))

    async def _look(self, now: datetime) -> None:
        for name, order in self._orders.items():
            self._keep(name, await self._counter.look(order, now))

    async def _cancel_stale(self, now: datetime) -> None:
        settings = self._question.settings
        live = [order for order in self._orders.values() if order.is_live]
        state = CancelState(
            asked_at=self._asked_at,
            started_at=None,
            orders_sent=len(self._orders),
            cancels_sent=len(self._asked_at),
        )
        for wish in stale_cancels(live, now, settings, self._calendar, state):
            order = self._orders[wish.client_order_id]
            self._keep(wish.client_order_id, await self._counter.cancel(order, wish.cause, now))
            self._asked_at[wish.client_order_id] = now

    async def _send(self, now: datetime) -> None:
        progress = self._so_far()
        if not progress.wanting:
            return
        decision = next_orders(await self._inputs(progress, now), progress)
        self._statuses.update({status.symbol: status for status in decision.statuses})
        self.hold = decision.hold
        for child in decision.orders:
            order = await self._counter.place(to_order(child, self._question.plan, now), now)
            self._keep(order.client_order_id, order)

    async def _inputs(self, progress: Progress, now: datetime) -> ReleaseInputs:
        question, settings = self._question, self._question.settings
        sent = len(self._orders) + len(self._asked_at)
        return ReleaseInputs(
            plan=question.plan,
            orders=progress.orders,
            statuses=self._statuses,
            quotes=await self._counter.quotes(progress.symbols),
            instruments=await self._counter.instruments(progress.symbols),
            snapshot=await self._counter.account(now),
            owned=self._owned(),
            now=now,
            settings=settings,
            rules=self._rules,
            calendar=self._calendar,
            messages_left=min(settings.flow.messages_per_day - sent, orders_per_wave(settings)),
            locked=frozenset(question.locked),
        )

    def _owned(self) -> Mapping[Symbol, int]:
        owned = {holding.symbol: holding.owned for holding in self._question.holdings}
        for order in self._orders.values():
            moved = order.side.sign * order.filled_quantity
            owned[order.symbol] = owned.get(order.symbol, 0) + moved
        return owned

    async def _note_cash(self, now: datetime) -> None:
        funds = (await self._counter.account(now)).funds
        self.points.append(CashPoint(now, funds.available + funds.frozen))

    def _keep(self, name: str, order: Order) -> None:
        if self._orders.get(name) != order:
            self._orders[name] = order
            self._progress = None

    def _so_far(self) -> Progress:
        if self._progress is None:
            orders = tuple(self._orders.values())
            self._progress = progress_of(self._question.plan, orders, self._question.settings)
        return self._progress

    def _may_send(self, now: datetime) -> bool:
        last = self._at(self._question.settings.day.last_new_order)
        return now < last and is_continuous(phase_at(now, self._calendar))

    def _is_over(self, now: datetime) -> bool:
        if any(is_on_its_way(order) for order in self._orders.values()):
            return False
        too_late = now >= self._at(self._question.settings.day.last_new_order)
        return too_late or not self._so_far().wants_more

    def _at(self, clock: time) -> datetime:
        return datetime.combine(self._question.plan.session_date, clock, SHANGHAI)
