"""The end of a run: its artifacts, its verdict, and what is carried to the next session."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time

from daemon.account import Unbelievable, believed_snapshot
from daemon.archive.planning import Planned, Remainder
from daemon.archive.report_facts import report_document
from daemon.artifacts.files import fills_path, orders_path, reconcile_path
from daemon.artifacts.tables import fills_parquet, orders_parquet
from daemon.artifacts.writing import ArtifactFile, write_artifacts
from daemon.books import Reconciled
from daemon.desk import ACTOR, Desk
from daemon.manual_list import Severity, raise_alarm, stop_sending
from daemon.opening import note_opening
from daemon.plan_inputs import plan_inputs
from daemon.planning.line_book import books_of, is_without_record
from daemon.receipts import write_plan_receipt
from daemon.reconciliation.report import build_report, report_json
from daemon.report_inputs import report_inputs
from daemon.run_news import tell_waiting
from daemon.run_report import keep_run_report
from daemon.tasks.resolve import evidence_of
from market.phases import SHANGHAI
from market.symbol import Symbol
from statemachine.breaks import Break
from statemachine.order import Order, OrderState, SendState
from statemachine.plan import Plan
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage.bindings import Form
from storage.manual import OF_AN_OPEN_END, Choice

ABSENT = (SendState.UNKNOWN, SendState.ABSENT_WAIT, SendState.RESENT_ONCE, SendState.MANUAL)
FINAL_NOTE = "REPORT_FINAL"
ENDED = (RunState.COMPLETED, RunState.COMPLETED_WITH_EXCEPTIONS)


class Closing:
    """Ends runs; everything is decided from stored rows and the reconcile just made."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def close_absent(self, plan: Plan) -> None:
        """After the close, a send that the venue's record does not show was none (A8 row 15)."""
        if not self._is_past(plan, self._desk.settings.day.second_reconcile):
            return
        confirmed = await self._confirmed_absent()
        for order in await self._desk.store.orders_of(plan.run_id):
            if order.state is OrderState.NEW and order.send_state in ABSENT:
                await self._close_if_absent(order, order.client_order_id in confirmed)

    async def _confirmed_absent(self) -> frozenset[str]:
        """Return the orders of which two persons said that they never arrived (A4)."""
        return frozenset(
            item.client_order_id
            for item in await self._desk.store.manual_items(open_only=False)
            if item.resolution == Choice.CONFIRM_ABSENT and item.client_order_id
        )

    async def _close_if_absent(self, order: Order, is_confirmed: bool) -> None:
        """Neither by its id nor in the day's complete final list: that is no record.

        Where two persons looked, their word stands in for a list that is not complete.
        """
        now = self._desk.clock.now()
        report = await self._desk.broker.order(order.client_order_id)
        record = await self._desk.broker.orders(None)
        found = [row for row in record.rows if row.client_order_id == order.client_order_id]
        if report is not None or found:
            shown = (report,) if report is not None else tuple(found)
            await self._desk.store.apply_news(shown, (), (), {}, now=now)
        elif is_confirmed or (record.complete and record.as_of.date() == order.session_date):
            name, evidence = order.client_order_id, evidence_of(record)
            await self._desk.store.close_absent(name, evidence, now=now)

    async def look_again(self) -> None:
        """Next morning: what had no record at the close may have been taken overnight (A4)."""
        for run in await self._desk.store.runs(states=ENDED):
            if run.session_date is None or not self._was_last_session(run.session_date):
                continue
            for order in await self._desk.store.orders_of(run.run_id):
                if is_without_record(order):
                    await self._look_for(order)

    async def _look_for(self, order: Order) -> None:
        report = await self._desk.broker.order(order.client_order_id)
        if report is None:
            return
        await self._desk.store.apply_news((report,), (), (), {}, now=self._desk.clock.now())
        detail = f"{order.client_order_id} is at the broker as {report.venue_order_id}"
        await stop_sending(self._desk, "HALT", Reason.FOUND_AFTER_CLOSE, detail, order=order)

    def _was_last_session(self, day: date) -> bool:
        return self._desk.calendar.next_session(day) == self._desk.clock.now().date()

    async def write(self, run: Run, plan: Plan, reconciled: Reconciled, *, final: bool) -> None:
        """Write order table, fill table, report and its page, each whole or not at all."""
        folder, run_id = self._desk.artifacts, run.run_id
        told = await report_inputs(self._desk, run, plan, reconciled, final=final)
        book = await self._desk.store.run_book(run_id)
        told = replace(told, orders=book.orders, fills=book.fills)
        orders, fills = orders_parquet(plan, told.orders), fills_parquet(plan, told.fills)
        report = build_report(told)
        files = (
            ArtifactFile(orders_path(folder, run_id), orders, Form.ORDERS),
            ArtifactFile(fills_path(folder, run_id), fills, Form.FILLS),
            ArtifactFile(reconcile_path(folder, run_id), report_json(report), Form.RECONCILE),
            *await keep_run_report(self._desk, told, report),
        )
        evidence = report_document(told)
        await write_artifacts(self._desk, run_id, files, as_of=book.sequence, evidence=evidence)

    async def complete(self, run: Run, plan: Plan, breaks: Sequence[Break]) -> None:
        """End the run once the venue confirmed every end; otherwise ask again next morning."""
        orders = await self._desk.store.orders_of(run.run_id)
        unconfirmed = [order for order in orders if order.is_live or order.is_unresolved]
        if unconfirmed and not self._is_next_morning(plan):
            self._desk.log.warning("the venue has not confirmed every end", run_id=run.run_id)
            return
        for order in unconfirmed:
            await self._list_unconfirmed(order)
        sound = _is_filled(plan, orders) and not breaks and not unconfirmed
        target = RunState.COMPLETED if sound else RunState.COMPLETED_WITH_EXCEPTIONS
        await self._desk.store.move_run(
            run.run_id, target, cause="RECONCILED", actor=ACTOR, now=self._desk.clock.now()
        )
        self._desk.log.info("run ended", run_id=run.run_id, state=target, breaks=len(breaks))

    async def _list_unconfirmed(self, order: Order) -> None:
        """It locks its symbol, and nothing else (rule 28)."""
        detail = "the venue has not confirmed that this order ended"
        await raise_alarm(
            self._desk,
            Severity.P1,
            Reason.EXPIRY_UNCONFIRMED,
            detail,
            order=order,
            choices=OF_AN_OPEN_END,
        )

    async def carry_over(self, run: Run, plan: Plan) -> None:
        """At 15:15 what was not done becomes a RESIDUAL plan for the next session (rule 29).

        It waits for ends that the venue has not confirmed, but not longer than next morning: then
        they lock their own names only (rule 28).
        """
        orders = await self._desk.store.orders_of(run.run_id)
        waits = any(order.is_live or order.is_unresolved for order in orders)
        if not self._is_past(plan, self._desk.settings.day.residual_plan):
            return
        if waits and not self._is_next_morning(plan):
            return
        if any(child.parent_run_id == run.run_id for child in await self._desk.store.runs()):
            return
        residual = await self._residual(run, plan, orders)
        if residual is not None:
            await self._keep_residual(run, *residual)

    async def _residual(
        self, run: Run, plan: Plan, orders: Sequence[Order]
    ) -> tuple[Plan, bytes] | None:
        """Return the plan and what it was computed from."""
        portfolio = await self._desk.store.portfolio(run.run_id)
        if portfolio is None or plan.parent_run_id is not None:
            return None
        try:
            snapshot = await believed_snapshot(self._desk)
        except Unbelievable as error:
            self._desk.log.warning("no residual plan yet", run_id=run.run_id, why=str(error))
            return None
        session_date = self._desk.calendar.next_session(plan.session_date)
        inputs = await plan_inputs(self._desk, portfolio, snapshot, session_date)
        statuses = await self._desk.store.line_statuses(run.run_id)
        planned = Planned(inputs, Remainder.of(plan, orders, statuses, await self._retried(run)))
        outcome = planned.again()
        if outcome is None or not isinstance(outcome, Plan):
            return None
        await note_opening(self._desk, outcome.run_id, snapshot)
        return outcome, planned.document()

    async def _retried(self, run: Run) -> frozenset[Symbol]:
        """Return the names whose failed orders a person wants in a new plan."""
        return frozenset(
            item.symbol
            for item in await self._desk.store.manual_items(open_only=False)
            if item.run_id == run.run_id and item.resolution == Choice.RETRY and item.symbol
        )

    async def _keep_residual(self, parent: Run, residual: Plan, inputs: bytes) -> None:
        now = self._desk.clock.now()
        born = replace(
            parent,
            run_id=residual.run_id,
            parent_run_id=parent.run_id,
            state=RunState.RECEIVED,
            session_date=None,
            plan_hash=None,
            received_at=now,
            version=0,
        )
        run = await self._desk.store.save_residual(born, residual, now=now, inputs=inputs)
        await write_plan_receipt(self._desk, run, residual)
        await self._desk.store.move_run(
            residual.run_id, RunState.AWAITING_APPROVAL, cause="RESIDUAL", actor=ACTOR, now=now
        )
        await tell_waiting(self._desk, residual)
        self._desk.log.info("residual plan awaits approval", run_id=residual.run_id)

    async def runs_to_finalise(self) -> tuple[Run, ...]:
        """Return ended runs of an earlier session whose report is still PROVISIONAL."""
        now, found = self._desk.clock.now(), []
        for run in await self._desk.store.runs(states=ENDED):
            if run.session_date is None or now.date() <= run.session_date:
                continue
            if await self._desk.store.latest_note(f"{FINAL_NOTE}:{run.run_id}") is None:
                found.append(run)
        return tuple(found)

    async def note_final(self, run: Run) -> None:
        """Remember that the report is FINAL."""
        await self._desk.store.note(
            f"{FINAL_NOTE}:{run.run_id}", {}, actor=ACTOR, now=self._desk.clock.now()
        )

    def _is_past(self, plan: Plan, clock: time) -> bool:
        moment = datetime.combine(plan.session_date, clock, SHANGHAI)
        return self._desk.clock.now() >= moment

    def _is_next_morning(self, plan: Plan) -> bool:
        day = self._desk.calendar.next_session(plan.session_date)
        morning = datetime.combine(day, self._desk.settings.day.morning_reconcile, SHANGHAI)
        return self._desk.clock.now() >= morning


def _is_filled(plan: Plan, orders: Sequence[Order]) -> bool:
    return all(book.filled_quantity == book.line.quantity_max for book in books_of(plan, orders))
