"""Makes approvals: bound to one hash, single use, expiring; any error means "not approved"."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from daemon.authors import is_author
from daemon.desk import Desk
from daemon.logins import ROOT_UID
from daemon.planning.approval import (
    TICK,
    approval_time_refusal,
    has_stages,
    persons_min,
    unconfirmed,
)
from daemon.planning.pricing import is_fresh, rebased_limit_worst
from daemon.refusals import ActionRefused
from daemon.shown_plans import ShownPlans
from market.money import decimal_text
from market.side import Side
from statemachine.plan import Plan, PlanLine
from statemachine.portfolio import Refusal
from statemachine.reason_texts.details import in_chinese
from statemachine.reasons import Reason, text_of
from statemachine.run import Run, RunState
from storage.approvals import covered_sides, sealed
from storage.store import Approval, LineStatus, Stage, stage_of

if TYPE_CHECKING:
    from daemon.actions import Person

NONCE_BYTES = 16
AWAITING = (RunState.AWAITING_APPROVAL, RunState.HOLD_INPUT_CHANGED)
UNDER_WAY = (RunState.APPROVED, RunState.SUBMITTING, RunState.WORKING)


@dataclass(frozen=True, slots=True)
class Machine:
    """Whose word an automatic approval is; no login has this uid."""

    name: str = "auto"
    uid: int = -1


MACHINE = Machine()


async def approved_sides(desk: Desk, plan: Plan) -> frozenset[Side]:
    """Return the sides of a plan that may be sent now.

    Read from the record each time: seals, expiry, revocation, the hash of the rows, and as many
    different persons as the approvals ask for.
    """
    standing = await desk.store.standing_approvals(plan.run_id, plan.plan_hash, desk.clock.now())
    return covered_sides(standing)


def due_stage(approved: frozenset[Side]) -> Stage | None:
    """Return what is approved next of a plan in stages: sells first; None where both are."""
    for side in (Side.SELL, Side.BUY):
        if side not in approved:
            return stage_of(side)
    return None


@dataclass(frozen=True, slots=True)
class Confirmations:
    """What a rule asks the approver to type: the sell amount (rule 10), a tick (rule 18).

    `stage` is the side they mean, where sells and buys are approved one after the other.
    """

    sell_amount: Decimal | None = None
    underinvested: bool = False
    stage: Stage | None = None

    def typed(self) -> dict[Reason, str]:
        """Return what was typed for each flag."""
        found = {}
        if self.sell_amount is not None:
            found[Reason.DERISK] = decimal_text(self.sell_amount)
        if self.underinvested:
            found[Reason.UNDERINVESTED] = TICK
        return found


class ApprovalDesk:
    """Checks a person's word against the plan and signs it; whatever goes wrong is a no."""

    def __init__(self, desk: Desk, key: bytes) -> None:
        self._desk = desk
        self._key = key
        self._shown = ShownPlans(desk.machine)

    def note_shown(self, plan_hash: str, person: "Person") -> None:
        """Remember that this daemon showed a plan to a person, now."""
        self._shown.note(plan_hash, person.uid)

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
        stage = await self._stage(run, plan, confirmations.stage)
        self._require_shown(plan, person)
        await self._require_another_author(run, person)
        if run.state is RunState.HOLD_INPUT_CHANGED:
            await self._desk.store.move_run(
                run.run_id,
                RunState.AWAITING_APPROVAL,
                cause="RE_APPROVED",
                actor=person.name,
                now=now,
            )
        return await self._seal(plan, stage, person, now)

    async def approve_unseen(self, plan: Plan) -> Run:
        """Approve a plan in the name of the machine; who asks has looked at every refusal."""
        now = self._desk.clock.now()
        refusal = approval_time_refusal(plan, now, self._desk.settings)
        if refusal is not None:
            raise _refused(refusal)
        return await self._seal(plan, Stage.ALL, MACHINE, now)

    async def _seal(
        self, plan: Plan, stage: Stage, person: "Person | Machine", now: datetime
    ) -> Run:
        approval = Approval(
            run_id=plan.run_id,
            plan_hash=plan.plan_hash,
            approver=person.name,
            uid=person.uid,
            created_at=now,
            expires_at=plan.expires_at,
            nonce=self._desk.randomness.token_hex(NONCE_BYTES),
            mac="",
            stage=stage,
            persons_min=persons_min(plan, self._desk.settings.approval),
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
        staged = has_stages(plan, self._desk.settings.approval)
        if run.state not in AWAITING and not (staged and run.state in UNDER_WAY):
            raise ActionRefused(
                f"{run.run_id} is {run.state}, nothing awaits approval",
                f"{run.run_id} 处于 {run.state}，没有待批准的计划",
            )
        if plan_hash != plan.plan_hash:
            raise ActionRefused(
                f"the plan of {run.run_id} is now {plan.plan_hash}",
                f"{run.run_id} 的计划现为 {plan.plan_hash}",
            )
        refusal = approval_time_refusal(plan, now, self._desk.settings)
        if refusal is not None:
            raise _refused(refusal)
        missing = unconfirmed(plan, confirmations.typed())
        if missing:
            raise ActionRefused(
                "; ".join(
                    f"the plan is {needed.reason}: type {needed.expected}" for needed in missing
                ),
                "；".join(
                    f"{text_of(needed.reason).chinese}须输入 {needed.expected}"
                    for needed in missing
                ),
            )

    async def _stage(self, run: Run, plan: Plan, named: Stage | None) -> Stage:
        """Return the stage that is due; where there are two, the person names the one they mean."""
        if not has_stages(plan, self._desk.settings.approval):
            if named not in (None, Stage.ALL):
                raise ActionRefused(
                    f"{run.run_id} is approved as a whole, not its {named} alone",
                    f"{run.run_id} 须整体批准，不能只批准 {named}",
                )
            return Stage.ALL
        due = due_stage(await approved_sides(self._desk, plan))
        if due is None:
            raise ActionRefused(
                f"{run.run_id} is approved, sells and buys", f"{run.run_id} 的卖出和买入均已批准"
            )
        if named is not due:
            raise ActionRefused(
                f"the {due} of {run.run_id} are to be approved now: name that",
                f"{run.run_id} 现在待批准的是 {due}：请指明",
            )
        return due

    def _require_shown(self, plan: Plan, person: "Person") -> None:
        wanted_s = self._desk.settings.approval.seconds_shown_min
        if wanted_s and not self._shown.is_long_enough(plan.plan_hash, person.uid, wanted_s):
            raise ActionRefused(
                f"look at the plan for {wanted_s} s before you approve it",
                f"批准前须先查看计划至少 {wanted_s} 秒",
            )

    async def _require_another_author(self, run: Run, person: "Person") -> None:
        if self._desk.settings.approval.author_may_approve:
            return
        try:
            is_own = await is_author(self._desk, run, person.uid, person.name)
            if not person.is_named:
                is_own = is_own or await is_author(self._desk, run, ROOT_UID, person.name)
        except LookupError as error:
            raise ActionRefused(str(error)) from error
        if is_own:
            raise ActionRefused(
                f"{person.name} made {run.run_id}: somebody else approves it",
                f"{run.run_id} 由 {person.name} 产生：须由他人批准",
            )

    async def rebase(self, line: PlanLine, run_id: str, person: "Person") -> LineStatus:
        """Re-base a held line to the live price; ActionRefused without one."""
        prices, now = self._desk.settings.prices, self._desk.clock.now()
        quote = (await self._desk.broker.quotes((line.symbol,))).get(line.symbol)
        live = None if quote is None else quote.last
        if quote is None or live is None:
            raise ActionRefused(
                f"{line.symbol} has no price now: the broker quotes none",
                f"{line.symbol} 目前没有价格：券商未报价",
            )
        if not is_fresh(quote, now, prices):
            age = f"its quote is of {quote.quote_time}, more than {prices.quote_age_max_s} s ago"
            raise ActionRefused(
                f"{line.symbol} has no fresh price now: {age}",
                f"{line.symbol} 目前没有最新价格：行情时间为 {quote.quote_time}，"
                f"已超过 {prices.quote_age_max_s} 秒",
            )
        return LineStatus(
            run_id=run_id,
            symbol=line.symbol,
            reason=None,
            detail=f"gap approved at {live}",
            released_by=person.name,
            reference_price=live,
            limit_worst=rebased_limit_worst(line.side, live, prices),
            updated_at=now,
        )


def _refused(refusal: Refusal) -> ActionRefused:
    chinese = text_of(refusal.code).chinese
    return ActionRefused(refusal.message, f"{chinese}（{in_chinese(refusal.message)}）")
