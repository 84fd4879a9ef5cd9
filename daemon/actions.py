"""What a person can tell the daemon, once, for every door they come through (CLI, console)."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from daemon import __version__
from daemon.approvals import ApprovalDesk, Confirmations
from daemon.desk import Desk
from daemon.halting.files import Grade, HaltNote
from daemon.halting.standing import grade_of, lift, place_halt
from daemon.holdings import held_now
from daemon.liquidation import order_liquidation
from daemon.live_gate import LIVE_ARMED
from daemon.open_questions import close_answered
from daemon.planning.readiness import HELD
from daemon.presence import require_in_time
from daemon.refusals import ActionRefused
from market.symbol import Symbol
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage.manual import Choice
from storage.store import Conflict, LineStatus, ManualItem

OWNERS = ("ours", "foreign")
SENDING = (RunState.SUBMITTING, RunState.WORKING)
NOT_TWO_PERSONS = (
    "confirm-absent takes two persons; the setting `people` names none, and root and the daemon's"
    " own account are one machine's: name two persons there"
)
NOT_TWO_PERSONS_ZH = (
    "confirm-absent 须由两人确认；设置 people 未列出任何人，"
    "而 root 与守护进程自身账户同属一台机器：请在 people 中列出两人"
)
AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a name, and the uid the unix socket vouches for.

    `is_named` is false where the setting `people` names nobody: root and the daemon's own account
    then share one uid, because two accounts of one machine are not two persons.
    """

    name: str
    uid: int
    is_named: bool = True


class Actions:
    """The verbs of an operator; each is one durable change, audited with a name."""

    def __init__(self, desk: Desk, approvals: ApprovalDesk) -> None:
        self._desk = desk
        self._approvals = approvals

    def _now(self) -> datetime:
        return self._desk.clock.now()

    async def approve(
        self, run_id: str, plan_hash: str, person: Person, confirmations: Confirmations
    ) -> Run:
        """Approve exactly this plan; any doubt is a refusal."""
        run = await self._known(run_id)
        plan = await self._desk.store.plan(run_id)
        if plan is None:
            raise ActionRefused(f"{run_id} has no plan to approve", f"{run_id} 没有可批准的计划")
        approved = await self._approvals.approve(run, plan, plan_hash, person, confirmations)
        self._desk.signals.release.set()
        self._desk.log.info("plan approved", run_id=run_id, plan_hash=plan_hash, by=person.name)
        return approved

    def note_shown(self, plan_hash: str, person: Person) -> None:
        """Remember that a plan was shown to a person."""
        self._approvals.note_shown(plan_hash, person)

    async def decline(self, run_id: str, person: Person, why: str) -> Run:
        """End a run that has not sent anything.

        To decline it again is no error: the answer to the first time may have been lost.
        """
        known = await self._known(run_id)
        if known.state is RunState.DECLINED:
            return known
        try:
            run = await self._desk.store.move_run(
                run_id,
                RunState.DECLINED,
                cause=why or "DECLINED",
                actor=person.name,
                now=self._now(),
            )
        except Conflict as conflict:
            raise ActionRefused(str(conflict), conflict.chinese) from conflict
        await close_answered(self._desk, person.name)
        self._wake()
        return run

    async def liquidate(self, run_id: str, person: Person) -> Run:
        """Order all that is ours sold, by the name of a run refused as empty; a plan follows."""
        run = await order_liquidation(
            self._desk, await self._known(run_id), person.name, person.uid
        )
        self._desk.log.warning("liquidation ordered", run_id=run.run_id, by=person.name)
        self._wake()
        return run

    async def release_line(self, run_id: str, symbol: Symbol, person: Person) -> LineStatus:
        """Approve one held line: its reference becomes the live price (rule 15)."""
        status = (await self._desk.store.line_statuses(run_id)).get(symbol)
        plan = await self._desk.store.plan(run_id)
        if plan is None or status is None or status.reason not in HELD:
            raise ActionRefused(
                f"{symbol} of {run_id} is not held for a person",
                f"{run_id} 的 {symbol} 并未等待人工放行",
            )
        released = await self._approvals.rebase(plan.line_for(symbol), run_id, person)
        await self._desk.store.set_line_statuses((released,), now=self._now())
        await close_answered(self._desk, person.name)
        self._wake()
        return released

    async def adopt(self, symbol: Symbol, owner: str, quantity: int, person: Person) -> None:
        """Record whose a holding is: ours with a quantity, or foreign (rule 11)."""
        if owner not in OWNERS:
            raise ActionRefused(
                f"owner is one of {', '.join(OWNERS)}, not {owner}",
                f"归属只能是 {', '.join(OWNERS)}，不能是 {owner}",
            )
        await self._require_no_working_run()
        wanted = quantity if owner == "ours" else 0
        held = await held_now(self._desk, symbol) if owner == "ours" else None
        if held is not None and wanted > held:
            raise ActionRefused(
                f"the account holds {held} of {symbol}, not {quantity}",
                f"账户持有 {symbol} {held} 股，不是 {quantity} 股",
            )
        await self._desk.store.decide_ownership(
            symbol, owner, wanted, actor=person.name, now=self._now(), held=held
        )
        await close_answered(self._desk, person.name)
        self._wake()

    async def _require_no_working_run(self) -> None:
        """Nothing changes under a working run."""
        working = await self._desk.store.runs(states=SENDING)
        if working:
            raise ActionRefused(
                f"{working[0].run_id} is {working[0].state}: adopt when it has ended",
                f"{working[0].run_id} 处于 {working[0].state}：请在其结束后再确认归属",
            )

    async def resolve(
        self, item_id: int, choice: str, person: Person, reason: str, evidence: str
    ) -> ManualItem:
        """Record a person's choice about a manual item, and do what it means.

        "confirm-absent" needs two persons, a reason and evidence; "leave" keeps the name locked;
        "adopt-order" takes the order of the broker's list whose number is the evidence.
        """
        if choice == Choice.CONFIRM_ABSENT and not person.is_named:
            raise ActionRefused(NOT_TWO_PERSONS, NOT_TWO_PERSONS_ZH)
        if choice == Choice.ADOPT_ORDER:
            await self._read_whole_day(evidence)
        item = await self._desk.store.resolve_manual(
            item_id,
            choice,
            actor=person.name,
            now=self._now(),
            reason=reason,
            evidence=evidence,
        )
        if item.reason is Reason.WAVE_REFUSED and item.resolution is not None:
            await self._desk.store.resume(
                "AUTO_HOLD",
                actor=person.name,
                reason=reason or choice,
                now=self._now(),
                cause=Reason.WAVE_REFUSED,
            )
        self._desk.log.info("manual item", item_id=item_id, choice=choice, by=person.name)
        self._wake()
        return item

    async def _read_whole_day(self, venue_order_id: str) -> None:
        """Book what the broker lists now, whole; it must show that order."""
        orders, fills = await self._desk.broker.orders(None), await self._desk.broker.fills(None)
        if not (orders.complete and fills.complete):
            raise ActionRefused(
                "the broker's lists are not complete now: try again",
                "券商的委托或成交列表目前不完整：请稍后再试",
            )
        await self._desk.store.apply_news(orders.rows, fills.rows, (), {}, now=self._now())
        if venue_order_id not in {row.venue_order_id for row in orders.rows}:
            raise ActionRefused(
                f"the broker lists no order {venue_order_id!r} today",
                f"券商今日没有编号为 {venue_order_id!r} 的委托",
            )

    async def halt(
        self,
        why: str,
        person: Person,
        grade: Grade = Grade.HALTED,
        *,
        keep_orders: bool = False,
        way: str = "command",
    ) -> None:
        """Stop every send, or every buy, until `resume`; live orders of a full halt are cancelled.

        `keep_orders` lets them rest. It is durable in a file before the store knows.
        """
        note = HaltNote(
            by=person.name,
            reason=why,
            at=self._desk.machine.utc_now(),
            way=way,
            keep_orders=keep_orders,
        )
        await place_halt(self._desk, grade, note)

    async def resume(self, why: str, person: Person) -> Grade:
        """Lift every halt and take its file away; needs a name and a reason.

        What is late is not started any more from `day.late_resume_until` on (rule 5).
        """
        if not (why.strip() and person.name.strip()):
            raise ActionRefused("resume needs a name and a reason", "恢复发送须填写姓名和理由")
        await require_in_time(self._desk)
        try:
            await lift(self._desk, person.name, why)
        except OSError as error:
            raise ActionRefused(
                f"the halt stands: its file cannot be removed: {error}",
                f"停止仍然有效：其文件无法删除：{error}",
            ) from error
        self._wake()
        return await grade_of(self._desk)

    async def arm_live(self, digits: str, person: Person, champion: str = "") -> None:
        """Arm live sending for today: the last four digits of the account are typed (rule 26).

        A typed champion acknowledges that it is another than the last run's.
        """
        if digits != self._desk.account[-4:]:
            raise ActionRefused(
                "these are not the last four digits of the account", "这不是账户的末四位数字"
            )
        detail = {
            "date": self._now().date().isoformat(),
            "digits": digits,
            "build": __version__,
            "champion": champion,
        }
        await self._desk.store.note(LIVE_ARMED, detail, actor=person.name, now=self._now())
        self._wake()

    async def _known(self, run_id: str) -> Run:
        run = await self._desk.store.run(run_id)
        if run is None:
            raise ActionRefused(f"there is no run {run_id}", f"没有批次 {run_id}")
        return run

    def _wake(self) -> None:
        for signal in (
            self._desk.signals.watch,
            self._desk.signals.release,
            self._desk.signals.submit,
        ):
            signal.set()


def parse_money(text: str) -> Decimal:
    """Read an amount a person typed; ActionRefused when it is none."""
    plain = text.replace(",", "").strip()
    if AMOUNT.fullmatch(plain) is None:
        raise ActionRefused(f"{text!r} is not an amount", f"{text!r} 不是金额")
    return Decimal(plain)
