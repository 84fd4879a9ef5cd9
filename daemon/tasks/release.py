"""Turns an approved plan into orders in its session, wave by wave, and ends the working run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import assert_never

from adapters.broker import BrokerError, SessionSuperseded
from config.settings import Settings
from daemon.account import Unbelievable, believed_snapshot, check_book, read_account
from daemon.approvals import approved_sides
from daemon.desk import ACTOR, Desk
from daemon.late_buys import tell_of_unsent_buys
from daemon.late_release import is_held_late, release_due
from daemon.live_gate import live_refusals
from daemon.manual_list import STANDING, Severity, raise_alarm, stop_sending
from daemon.planning.envelope import next_orders, to_order
from daemon.planning.line_book import books_of, is_on_its_way
from daemon.planning.progress import Progress, progress_of
from daemon.planning.release_inputs import ReleaseDecision, ReleaseInputs
from daemon.planning.verdict import BatchVerdict, batch_verdict, is_refused_whole, newest_wave
from daemon.presence import Presence
from daemon.receipts import write_settled_receipt
from daemon.tasks.release_facts import explained_names, locked_names, required_sides
from market.phases import SHANGHAI, is_continuous, next_phase_change, phase_at
from statemachine.order import Order, SendState
from statemachine.plan import Plan
from statemachine.portfolio import Refusal
from statemachine.position import AccountSnapshot
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage.store import Conflict

RETRY = timedelta(seconds=15)
FAR = timedelta(hours=12)
EXPIRING = (RunState.AWAITING_APPROVAL, RunState.APPROVED, RunState.HOLD_INPUT_CHANGED)
MOVING = (RunState.SUBMITTING, RunState.WORKING)


@dataclass(frozen=True, slots=True)
class Quiet:
    """What a wave without orders was decided on; holds until the task is woken by news."""

    orders: tuple[Order, ...]
    account: AccountSnapshot


def orders_per_wave(settings: Settings) -> int:
    """Return how many orders the pacing sends before the prices of a wave have aged (rule 4)."""
    spare_s = 2
    return max(settings.flow.messages_per_second * (settings.prices.quote_age_max_s - spare_s), 1)


class Releaser:
    """Owns a run from APPROVED to RECONCILING; the pure core decides what to send."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._next_wave_at: datetime | None = None
        self._quiet: Quiet | None = None
        self._progress: Progress | None = None
        self._presence = Presence(desk)

    async def run(self) -> None:
        """Attend to approved and working runs for ever."""
        while True:
            await self._presence.give()
            wake_at = self._presence.next_at(await self._attend())
            if await self._desk.clock.sleep_until(wake_at, self._desk.signals.release):
                self._quiet = None

    async def _attend(self) -> datetime:
        """Do what is due; returns when something is due next."""
        try:
            await self._expire()
            for run in await self._desk.store.runs(states=MOVING):
                return await self._work(run)
            for run in await self._desk.store.runs(states=(RunState.APPROVED,)):
                return await self._begin(run)
            return await self._next_expiry()
        except SessionSuperseded:
            raise
        except Unbelievable as error:
            await self._tell_unbelievable(str(error))
            return self._desk.clock.now() + RETRY
        except BrokerError as error:
            self._desk.log.warning("release waits", why=str(error))
            return self._desk.clock.now() + RETRY
        except Conflict as conflict:
            # Somebody declined, held or superseded the run between our reading and our move.
            self._desk.log.warning("run changed meanwhile", why=str(conflict))
            return self._desk.clock.now() + RETRY

    async def _tell_unbelievable(self, why: str) -> None:
        """An account that cannot be believed at release sends nothing and is a P0 (rule 13)."""
        self._desk.log.warning("release waits", why=why)
        for run in await self._desk.store.runs(states=(RunState.APPROVED,)):
            await raise_alarm(
                self._desk,
                Severity.P0,
                Reason.ACCOUNT_UNBELIEVABLE,
                why,
                run_id=run.run_id,
                quiet=STANDING,
            )

    async def _expire(self) -> None:
        """An approval, or the wait for one, ends at the cut-off of its session (rule 1)."""
        now = self._desk.clock.now()
        for run in await self._desk.store.runs(states=EXPIRING):
            plan = await self._plan(run)
            if now < plan.expires_at:
                continue
            if run.state is RunState.APPROVED and await self._desk.store.line_statuses(run.run_id):
                await self._move(run, RunState.RECONCILING, "NOTHING_COULD_BE_SENT")
                self._desk.signals.reconcile.set()
            else:
                await self._move(run, RunState.EXPIRED, "CUT_OFF")

    async def _next_expiry(self) -> datetime:
        now = self._desk.clock.now()
        waiting = await self._desk.store.runs(states=EXPIRING)
        moments = [(await self._plan(run)).expires_at for run in waiting]
        return min(moments, default=now + FAR)

    async def _begin(self, run: Run) -> datetime:
        """Start sending once the session's first minute is over and everything still holds."""
        plan = await self._plan(run)
        now, starts_at = self._desk.clock.now(), self._at(plan, self._desk.settings.day.first_send)
        if now < starts_at:
            return starts_at
        await tell_of_unsent_buys(self._desk, plan, ())
        if await self._desk.store.halts():
            return now + timedelta(seconds=self._desk.settings.flow.deferred_retest_interval_s)
        if not await approved_sides(self._desk, plan):
            return await self._void(run)
        refusals = await live_refusals(self._desk, run, plan)
        if refusals:
            await self._tell_not_live(run, refusals)
            return now + timedelta(seconds=60)
        snapshot = await believed_snapshot(self._desk)
        check_book(await self._desk.store.owned(), snapshot)
        if not books_of(plan, ()):
            await self._move(run, RunState.RECONCILING, "NOTHING_TO_SEND")
            self._desk.signals.reconcile.set()
            return now + FAR
        return await self._release(run, plan, snapshot)

    async def _release(self, run: Run, plan: Plan, snapshot: AccountSnapshot) -> datetime:
        """Make the first orders, unless by now they come too late to be made unasked (rule 5)."""
        due_at = await release_due(self._desk, plan)
        decision = await self._decide(plan, (), snapshot)
        if await is_held_late(self._desk, plan, due_at):
            return self._desk.clock.now() + RETRY
        if decision.orders:
            run = await self._move(run, RunState.SUBMITTING, "RELEASED")
        return await self._carry_out(plan, decision)

    async def _void(self, run: Run) -> datetime:
        """What was approved does not count any more: a person is asked again, nothing is sent."""
        await self._move(run, RunState.AWAITING_APPROVAL, Reason.APPROVAL_VOID)
        await raise_alarm(
            self._desk,
            Severity.P0,
            Reason.APPROVAL_VOID,
            f"no approval of plan {run.plan_hash} holds at release",
            run_id=run.run_id,
        )
        return self._desk.clock.now() + RETRY

    async def _work(self, run: Run) -> datetime:
        """Carry a released run on, a wave at a time: verdict on the first batch, orders, end."""
        now = self._desk.clock.now()
        if self._next_wave_at is not None and now < self._next_wave_at:
            return self._next_wave_at
        self._next_wave_at = now + timedelta(seconds=self._desk.settings.flow.wave_interval_s)
        plan = await self._plan(run)
        kept = self._quiet
        orders = kept.orders if kept else await self._desk.store.orders_of(run.run_id)
        await tell_of_unsent_buys(self._desk, plan, orders)
        if run.state is RunState.SUBMITTING and orders:
            run = await self._judge_batch(run, plan, orders)
        if run.state is RunState.FAILED_BATCH:
            return self._desk.clock.now() + FAR
        if run.state is RunState.WORKING:
            await self._judge_wave(orders)
        if self._is_over(plan, orders):
            await self._end(run, orders)
            return self._desk.clock.now() + FAR
        if run.state is RunState.SUBMITTING and orders:
            return self._desk.clock.now() + RETRY
        if not self._may_send(plan) or await self._desk.store.halts():
            return self._next_chance(plan)
        return await self._carry_out(plan, await self._next_wave(plan, orders))

    async def _judge_batch(self, run: Run, plan: Plan, orders: Sequence[Order]) -> Run:
        """SUBMITTING ends with a verdict on everything sent so far (rule 21)."""
        verdict = batch_verdict(orders)
        match verdict:
            case BatchVerdict.OPEN:
                return run
            case BatchVerdict.FAILED:
                judged = await self._move(run, RunState.FAILED_BATCH, "NOTHING_ACCEPTED")
                await raise_alarm(
                    self._desk,
                    Severity.P0,
                    Reason.BATCH_FAILED,
                    "no order of the first batch was accepted",
                    run_id=run.run_id,
                )
                self._desk.signals.reconcile.set()
            case BatchVerdict.SOUND:
                judged = await self._move(run, RunState.WORKING, "BATCH_SETTLED")
            case _:
                assert_never(verdict)
        await write_settled_receipt(self._desk, run, plan)
        return judged

    async def _judge_wave(self, orders: Sequence[Order]) -> None:
        """Hold when a wave was refused whole, once a wave; a person's look lifts it (rule 21)."""
        wave = newest_wave(orders)
        if not wave or wave == tuple(orders) or not is_refused_whole(wave):
            return
        if await self._was_asked_about(wave[0]):
            return
        detail = f"none of the {len(wave)} orders of a wave was accepted: {wave[0].reject_code}"
        await stop_sending(
            self._desk,
            "AUTO_HOLD",
            Reason.WAVE_REFUSED,
            detail,
            order=wave[0],
            choices=("continue",),
        )

    async def _was_asked_about(self, order: Order) -> bool:
        items = await self._desk.store.manual_items(open_only=False)
        about = (Reason.WAVE_REFUSED, order.client_order_id)
        return any((item.reason, item.client_order_id) == about for item in items)

    async def _next_wave(self, plan: Plan, orders: Sequence[Order]) -> ReleaseDecision:
        """Decide on the account as it is now.

        While nothing happened, the last reading tells whether a new one could matter.
        """
        if self._quiet is not None:
            decision = await self._decide(plan, orders, self._quiet.account)
            if not decision.orders:
                return decision
            orders = await self._desk.store.orders_of(plan.run_id)
        account = await read_account(self._desk)
        decision = await self._decide(plan, orders, account)
        self._quiet = None if decision.orders else Quiet(tuple(orders), account)
        return decision

    async def _decide(
        self, plan: Plan, orders: Sequence[Order], snapshot: AccountSnapshot
    ) -> ReleaseDecision:
        """Read prices for the names that may still want an order, and ask the core."""
        desk = self._desk
        progress = self._progress_of(plan, orders)
        if not progress.wanting:
            return ReleaseDecision((), ())
        sent, cancelled = await desk.store.message_counts(plan.session_date)
        decision = next_orders(
            ReleaseInputs(
                plan=plan,
                orders=progress.orders,
                statuses=await desk.store.line_statuses(plan.run_id),
                quotes=await desk.broker.quotes(progress.symbols),
                instruments=await desk.broker.instruments(progress.symbols),
                snapshot=snapshot,
                owned=await desk.store.owned(),
                now=desk.clock.now(),
                settings=desk.settings,
                rules=desk.rules,
                calendar=desk.calendar,
                messages_left=min(
                    desk.settings.flow.messages_per_day - sent - cancelled,
                    orders_per_wave(desk.settings),
                ),
                locked=await locked_names(desk),
                explained=await explained_names(desk, plan),
                approved=await required_sides(desk, plan),
            ),
            progress,
        )
        return decision.only_sells() if await desk.store.reductions() else decision

    def _progress_of(self, plan: Plan, orders: Sequence[Order]) -> Progress:
        """Return how far the plan is; worked out once as long as no order changed."""
        if self._progress is None or not self._progress.is_of(plan, orders):
            self._progress = progress_of(plan, orders, self._desk.settings)
        return self._progress

    async def _carry_out(self, plan: Plan, decision: ReleaseDecision) -> datetime:
        """Store what changed, then the orders, then wake the sender."""
        now = self._desk.clock.now()
        if decision.statuses:
            await self._desk.store.set_line_statuses(decision.statuses, now=now)
        if decision.hold is not None:
            await raise_alarm(
                self._desk,
                Severity.P1,
                decision.hold,
                "too much of the plan is held for price gaps: approve lines or decline",
                run_id=plan.run_id,
                quiet=STANDING,
            )
        if decision.orders:
            await self._desk.store.create_orders(
                [to_order(child, plan, now) for child in decision.orders]
            )
            self._desk.signals.submit.set()
            self._desk.signals.poll.set()
        return self._next_chance(plan)

    def _may_send(self, plan: Plan) -> bool:
        now = self._desk.clock.now()
        last = self._at(plan, self._desk.settings.day.last_new_order)
        return now < last and is_continuous(phase_at(now, self._desk.calendar))

    def _next_chance(self, plan: Plan) -> datetime:
        """Return the next re-test (fills and orders that end wake the task earlier).

        While nothing can be sent, that is the end of the phase.
        """
        now = self._desk.clock.now()
        ends_at = self._at(plan, self._desk.settings.day.working_ends)
        if self._may_send(plan):
            return now + timedelta(seconds=self._desk.settings.flow.deferred_retest_interval_s)
        change = next_phase_change(now, self._desk.calendar)
        return max(min(change, ends_at), now + timedelta(seconds=1))

    def _is_over(self, plan: Plan, orders: Sequence[Order]) -> bool:
        """Rule 28: every line ended or can no longer be sent, or it is 15:10."""
        now = self._desk.clock.now()
        if now >= self._at(plan, self._desk.settings.day.working_ends):
            return True
        if any(is_on_its_way(order) or _is_unresolved(order) for order in orders):
            return False
        if now >= self._at(plan, self._desk.settings.day.last_new_order):
            return True
        return not self._progress_of(plan, orders).wants_more

    async def _end(self, run: Run, orders: Sequence[Order]) -> None:
        """Give up what was never sent, then let the reconciler finish."""
        unsent = [
            order.client_order_id
            for order in orders
            if order.send_state in (SendState.PLANNED, SendState.NOT_SENT)
        ]
        if unsent:
            await self._desk.store.never_send(unsent, Reason.CUT_OFF, now=self._desk.clock.now())
        if run.state is RunState.SUBMITTING:
            await self._move(run, RunState.WORKING, "SESSION_ENDED")
        await self._move(run, RunState.RECONCILING, "WORK_ENDED")
        self._desk.signals.reconcile.set()

    async def _tell_not_live(self, run: Run, refusals: Sequence[Refusal]) -> None:
        for refusal in refusals:
            await raise_alarm(
                self._desk,
                Severity.P1,
                refusal.code,
                refusal.message,
                run_id=run.run_id,
                quiet=STANDING,
            )

    async def _plan(self, run: Run) -> Plan:
        """Return the run's plan with its full exits as corporate actions left them."""
        plan = await self._desk.store.followed_plan(run.run_id)
        if plan is None:
            raise RuntimeError(f"{run.run_id} is {run.state} without a plan")
        return plan

    async def _move(self, run: Run, target: RunState, cause: str) -> Run:
        self._desk.log.info("run moves", run_id=run.run_id, to=target, cause=cause)
        return await self._desk.store.move_run(
            run.run_id, target, cause=cause, actor=ACTOR, now=self._desk.clock.now()
        )

    @staticmethod
    def _at(plan: Plan, clock: time) -> datetime:
        return datetime.combine(plan.session_date, clock, SHANGHAI)


def _is_unresolved(order: Order) -> bool:
    return order.is_unresolved or order.is_live
