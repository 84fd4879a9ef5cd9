"""The verbs of the control socket: bodies in, plain values out."""

import asyncio
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from daemon import __version__
from daemon.actions import Actions, Person, parse_money
from daemon.alert_actions import AlertActions
from daemon.approvals import Confirmations
from daemon.artifacts.listing import artifacts_of
from daemon.books import expected_cash
from daemon.control.alert_verbs import AlertVerbs
from daemon.control.bodies import count_in, stage_in, text_in
from daemon.control.console_door import ConsoleDoor
from daemon.control.looks import Looks
from daemon.control.manual_view import manual_view
from daemon.control.progress_view import progress_view
from daemon.control.rehearsal_verbs import RehearsalVerbs
from daemon.control.views import (
    fill_view,
    line_view,
    order_view,
    plan_view,
    refusal_view,
    run_view,
)
from daemon.desk import Desk
from daemon.halting.files import Grade
from daemon.halting.receipts import newest_receipt
from daemon.halting.standing import grade_of
from daemon.inbox import InboxView
from daemon.open_questions import asks_of
from daemon.plan_page import approvable_from, plan_page, stage_due
from daemon.reconciliation.plain import plain_record
from daemon.refusals import ActionRefused
from daemon.summary import summarise
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.verify import Verifier
from market.money import decimal_text
from market.phases import phase_at
from market.symbol import Symbol
from statemachine.plan import Plan

Body = dict[str, Any]


class Verbs:
    """Answers the control socket from the store, and passes actions on."""

    def __init__(
        self,
        desk: Desk,
        actions: Actions,
        inbox: InboxView,
        reconciler: Reconciler,
        verifier: Verifier,
        alert_actions: AlertActions,
    ) -> None:
        self._desk = desk
        self._actions = actions
        self._inbox = inbox
        self._reconciler = reconciler
        self._verifier = verifier
        self.looks = Looks(desk)
        self.alerts = AlertVerbs(desk, alert_actions)
        self.rehearsals = RehearsalVerbs(desk)
        self.console: ConsoleDoor | None = None

    async def status(self) -> Body:
        """What a person wants to know first."""
        desk = self._desk
        now = desk.clock.now()
        runs = await desk.store.runs()
        return {
            "version": __version__,
            "mode": desk.settings.mode,
            "account": desk.account,
            "market_time": now.isoformat(),
            "phase": phase_at(now, desk.calendar),
            "calendar_coverage_days": desk.calendar.coverage_days(now.date()),
            "runs": [run_view(run) for run in runs[-5:]],
            "open_orders": len(await desk.store.open_orders()),
            "grade": await grade_of(desk),
            "halts": [
                {"kind": halt.kind, "cause": halt.cause, "by": halt.actor}
                for halt in (*await desk.store.halts(), *await desk.store.reductions())
            ],
            "breaks": len(await desk.store.open_breaks()),
            "manual_items": len(await desk.store.manual_items()),
        }

    async def inbox(self) -> Body:
        """Pairs in the inbox and what is waited for."""
        return {"pairs": list(self._inbox.describe())}

    async def runs(self) -> Body:
        """All runs, oldest first."""
        return {"runs": [run_view(run) for run in await self._desk.store.runs()]}

    async def show(self, run_id: str) -> Body:
        """One run: plan, lines, orders, refusals and its summary."""
        store = self._desk.store
        run = await store.run(run_id)
        if run is None:
            raise ActionRefused(f"there is no run {run_id}", f"没有批次 {run_id}")
        plan = await store.plan(run_id)
        statuses, orders = await store.line_statuses(run_id), await store.orders_of(run_id)
        return {
            "run": run_view(run),
            "refusals": [refusal_view(refusal) for refusal in run.refusals],
            "plan": None if plan is None else await self._plan_head(plan),
            "lines": []
            if plan is None
            else [line_view(line, statuses.get(line.symbol)) for line in plan.lines],
            "progress": [] if plan is None else progress_view(plan, orders),
            "orders": [order_view(order) for order in orders],
            "fills": [fill_view(fill) for fill in await store.fills_of(run_id)],
            "account": await self._account(),
            "artifacts": list(await asyncio.to_thread(artifacts_of, self._desk.artifacts, run_id)),
            "summary": await summarise(self._desk, run),
        }

    async def plan(self, run_id: str, person: Person | None = None) -> Body:
        """Everything the approver of a run's plan must see; noted as shown to the person."""
        run = await self._desk.store.run(run_id)
        if run is None:
            raise ActionRefused(f"there is no run {run_id}", f"没有批次 {run_id}")
        page = await plan_page(self._desk, run)
        if person is not None:
            self._actions.note_shown(page.plan_hash, person)
        return {**plain_record(page), "rehearsal": await self.rehearsals.show(run_id)}

    async def _plan_head(self, plan: Plan) -> Body:
        desk = self._desk
        return plan_view(plan, approvable_from(desk, plan), await stage_due(desk, plan))

    async def _account(self) -> Body:
        """What we say the account holds now."""
        decided = await self._desk.store.decided_symbols()
        cash = await expected_cash(self._desk)
        return {
            "expected_cash": None if cash is None else decimal_text(cash),
            "owned": {str(name): count for name, count in (await self._desk.store.owned()).items()},
            "foreign": [str(name) for name, owner in decided.items() if owner == "foreign"],
            "others": {
                str(name): count for name, count in (await self._desk.store.other_shares()).items()
            },
        }

    async def manual(self) -> Body:
        """The manual list."""
        desk = self._desk
        items = await desk.store.manual_items()
        return {"items": [manual_view(item, await asks_of(desk, item)) for item in items]}

    async def verify(self, *, whole: bool) -> Body:
        """Invariants and the rows that break them; any of them halts as the minute's look does."""
        return {"violations": [asdict(found) for found in await self._verifier.look(whole=whole)]}

    async def approve(self, body: Body, person: Person) -> Body:
        """Approve a plan hash."""
        amount = body.get("sell_amount")
        confirmations = Confirmations(
            sell_amount=None if amount is None else parse_money(str(amount)),
            underinvested=body.get("underinvested") is True,
            stage=stage_in(body),
        )
        run = await self._actions.approve(
            body["run_id"], text_in(body, "plan_hash"), person, confirmations
        )
        return run_view(run)

    async def decline(self, body: Body, person: Person) -> Body:
        """End a run that has sent nothing."""
        run = await self._actions.decline(body["run_id"], person, str(body.get("reason", "")))
        return run_view(run)

    async def liquidate(self, body: Body, person: Person) -> Body:
        """Order the liquidation that a refused empty portfolio is not."""
        return run_view(await self._actions.liquidate(body["run_id"], person))

    async def release_line(self, body: Body, person: Person) -> Body:
        """Approve a line held for a gap, of the plan that the person saw."""
        symbol = Symbol.parse(body["ts_code"])
        plan = await self._desk.store.plan(body["run_id"])
        if plan is not None and plan.plan_hash != text_in(body, "plan_hash"):
            raise ActionRefused(
                f"the plan of {plan.run_id} is now {plan.plan_hash}",
                f"{plan.run_id} 的计划现为 {plan.plan_hash}",
            )
        status = await self._actions.release_line(body["run_id"], symbol, person)
        return {"ts_code": str(symbol), "detail": status.detail}

    async def resolve(self, body: Body, person: Person) -> Body:
        """Record a person's choice about a manual item."""
        item = await self._actions.resolve(
            count_in(body, "item_id"),
            text_in(body, "choice"),
            person,
            str(body.get("reason", "")),
            str(body.get("evidence", "")),
        )
        return manual_view(item)

    async def adopt(self, body: Body, person: Person) -> Body:
        """Record whose a holding is."""
        symbol = Symbol.parse(text_in(body, "ts_code"))
        owner, quantity = str(body.get("owner", "ours")), count_in(body, "quantity")
        await self._actions.adopt(symbol, owner, quantity, person)
        return {"ts_code": str(symbol), "owner": owner, "quantity": quantity}

    async def halt(self, body: Body, person: Person) -> Body:
        """Stop every send, or with `reduce_only` every buy."""
        reduce_only = body.get("reduce_only") is True
        await self._actions.halt(
            str(body.get("reason", "")),
            person,
            Grade.REDUCE_ONLY if reduce_only else Grade.HALTED,
            keep_orders=body.get("keep_orders") is True,
        )
        return await self.halted()

    async def halted(self) -> Body:
        """The grade, what stands, and how far the proof of the newest halt is."""
        desk = self._desk
        proof = await asyncio.to_thread(newest_receipt, desk)
        return {**await self.status(), "proof": None if proof is None else proof.plain()}

    async def resume(self, body: Body, person: Person) -> Body:
        """Lift the halt."""
        signed = replace(person, name=_signature(str(body.get("by", person.name)), person))
        await self._actions.resume(str(body.get("reason", "")), signed)
        return await self.status()

    async def arm_live(self, body: Body, person: Person) -> Body:
        """Arm live sending for today."""
        await self._actions.arm_live(text_in(body, "digits"), person, str(body.get("champion", "")))
        return {"armed": True}

    async def reconcile(self, _body: Body, _person: Person) -> Body:
        """Ask the broker for everything and compare, now."""
        await self._reconciler.reconcile_now()
        return {**await self.status(), "differences": await self.looks.breaks()}

    async def submit(self, body: Body, person: Person) -> Body:
        """Take a pair by path, as if it had been dropped with a `.ready` beside it."""
        portfolio, context = text_in(body, "portfolio_path"), text_in(body, "context_path")
        try:
            run_id = await self._inbox.take(Path(portfolio), Path(context), person)
        except OSError as error:
            raise ActionRefused(
                f"the pair cannot be read: {error}", f"无法读取文件对：{error}"
            ) from error
        return {"run_id": run_id}

    async def console_token(self, body: Body, person: Person) -> Body:
        """Tell a person their own token for the console, and where it is."""
        if self.console is None:
            raise ActionRefused("the console is off: console.enabled is false")
        token = self.console.token_for(person, fresh=body.get("fresh") is True)
        return {"address": self.console.address, "person": person.name, "token": token}


def _signature(by: str, person: Person) -> str:
    """Return the name a person gives, with the login the socket vouches for where they differ."""
    name = by.strip()
    return f"{name} ({person.name})" if name and name != person.name else name
