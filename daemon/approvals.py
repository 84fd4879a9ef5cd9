"""Makes approvals: bound to one hash, single use, expiring; any error means "not approved"."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from daemon.desk import Desk
from daemon.planning.approval import TICK, approval_time_refusal, unconfirmed
from daemon.planning.pricing import rebased_limit_worst
from daemon.refusals import ActionRefused
from market.money import decimal_text
from statemachine.plan import Plan, PlanLine
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage.approvals import sealed
from storage.store import Approval, LineStatus

if TYPE_CHECKING:
    from daemon.actions import Person

NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Confirmations:
    """What a rule asks the approver to type: the sell amount (rule 10), a tick (rule 18)."""

    sell_amount: Decimal | None = None
    underinvested: bool = False

    def typed(self) -> dict[Reason, str]:
        """Return what was typed for each flag."""
        found = {}
        if self.sell_amount is not None:
            found[Reason.DERISK] = decimal_text(self.sell_amount)
        if self.underinvested:
            found[Reason.UNDERINVESTED] = TICK
        return found


class ApprovalDesk:
    """Checks a person's word against the plan and signs it."""

    def __init__(self, desk: Desk, key: bytes) -> None:
        self._desk = desk
        self._key = key

    async def approve(
        self,
        run: Run,
        plan: Plan,
        plan_hash: str,
        person: "Person",
        confirmations: Confirmations,
    ) -> Run:
        """Approve the plan the person saw, or raise ActionRefused or Conflict."""
        now = self._desk.clock.now()
        self._check(run, plan, plan_hash, confirmations, now)
        if run.state is RunState.HOLD_INPUT_CHANGED:
            await self._desk.store.move_run(
                run.run_id,
                RunState.AWAITING_APPROVAL,
                cause="RE_APPROVED",
                actor=person.name,
                now=now,
            )
        approval = Approval(
            run_id=run.run_id,
            plan_hash=plan_hash,
            approver=person.name,
            uid=person.uid,
            created_at=now,
            expires_at=plan.expires_at,
            nonce=self._desk.randomness.token_hex(NONCE_BYTES),
            mac="",
        )
        return await self._desk.store.approve(sealed(self._key, approval), now=now)

    def _check(
        self,
        run: Run,
        plan: Plan,
        plan_hash: str,
        confirmations: Confirmations,
        now: datetime,
    ) -> None:
        if run.state not in (RunState.AWAITING_APPROVAL, RunState.HOLD_INPUT_CHANGED):
            raise ActionRefused(f"{run.run_id} is {run.state}, nothing awaits approval")
        if plan_hash != plan.plan_hash:
            raise ActionRefused(f"the plan of {run.run_id} is now {plan.plan_hash}")
        refusal = approval_time_refusal(plan, now, self._desk.settings)
        if refusal is not None:
            raise ActionRefused(refusal.message)
        missing = unconfirmed(plan, confirmations.typed())
        if missing:
            raise ActionRefused(
                "; ".join(
                    f"the plan is {needed.reason}: type {needed.expected}" for needed in missing
                )
            )

    async def rebase(self, line: PlanLine, run_id: str, person: "Person") -> LineStatus:
        """Re-base a held line to the live price; ActionRefused without one."""
        quotes = await self._desk.broker.quotes((line.symbol,))
        live = quotes[line.symbol].last
        if live is None:
            raise ActionRefused(f"{line.symbol} has no price now")
        return LineStatus(
            run_id=run_id,
            symbol=line.symbol,
            reason=None,
            detail=f"gap approved at {live}",
            released_by=person.name,
            reference_price=live,
            limit_worst=rebased_limit_worst(line.side, live, self._desk.settings.prices),
            updated_at=self._desk.clock.now(),
        )
