"""Items of the manual list whose answer is another verb: what to type, and whether it was done."""

from dataclasses import dataclass
from decimal import Decimal

from daemon.account import undecided_symbols
from daemon.desk import Desk
from daemon.planning.approval import notional
from daemon.planning.readiness import HELD
from market.symbol import Symbol
from statemachine.plan import Plan
from statemachine.reasons import Reason
from statemachine.run import RunState
from statemachine.run_machine import is_over
from storage.store import Conflict, ManualItem

ASKING = (Reason.NEEDS_BASELINE, Reason.HELD_SHARE)
ADOPT, RELEASE, DECLINE = "adopt", "release_line", "decline"


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to do: `verb` as `people.ROLE_OF` knows it, and the name and shares it is about.

    `plan_hash` is that of the plan whose line is to be released, as the form sends it.
    """

    verb: str
    run_id: str | None
    symbol: Symbol | None = None
    quantity: int = 0
    plan_hash: str = ""

    def commands(self) -> tuple[str, ...]:
        """Return the exact words, one for each way to answer."""
        match self.verb:
            case "adopt":
                adopt = f"sage-execd adopt {self.symbol}"
                return (f"{adopt} {self.quantity}", f"{adopt} 0 --foreign")
            case "release_line":
                return (f"sage-execd approve {self.run_id} --line {self.symbol}",)
            case _:
                return (f"sage-execd decline {self.run_id}",)


async def asks_of(desk: Desk, item: ManualItem) -> tuple[Ask, ...]:
    """Return what an open item asks for beside the words of `resolve`."""
    if item.resolution is not None:
        return ()
    if item.reason is Reason.NEEDS_BASELINE:
        held = await _undecided(desk)
        return tuple(Ask(ADOPT, item.run_id, symbol, count) for symbol, count in held.items())
    if item.reason is Reason.HELD_SHARE and item.run_id is not None:
        return await _releases(desk, item.run_id)
    return ()


async def close_answered(desk: Desk, actor: str) -> None:
    """Close what was asked and has been done, by whom it was done; call after the act."""
    for item in await desk.store.manual_items():
        if item.reason in ASKING and await _is_answered(desk, item):
            try:
                await desk.store.finish_manual(item.item_id, actor=actor, now=desk.clock.now())
            except Conflict as conflict:  # somebody resolved it meanwhile
                desk.log.info("item was closed before", item_id=item.item_id, why=str(conflict))


async def held_share(desk: Desk, plan: Plan) -> Decimal:
    """Return what is held of the plan for a person, over everything it may trade."""
    held = await _held_names(desk, plan)
    total = notional(plan)
    amount = sum((line.notional for line in plan.lines if line.symbol in held), Decimal(0))
    return amount / total if total else Decimal(0)


async def _is_answered(desk: Desk, item: ManualItem) -> bool:
    run = None if item.run_id is None else await desk.store.run(item.run_id)
    if run is not None and is_over(run.state):
        return True
    if item.reason is Reason.NEEDS_BASELINE:
        return not await _undecided(desk)
    plan = None if item.run_id is None else await desk.store.plan(item.run_id)
    return plan is not None and await _is_free(desk, plan)


async def _is_free(desk: Desk, plan: Plan) -> bool:
    """Whether what is still held no longer holds the whole plan (rule 15)."""
    return await held_share(desk, plan) <= desk.settings.prices.held_share_max


async def _held_names(desk: Desk, plan: Plan) -> tuple[Symbol, ...]:
    statuses = await desk.store.line_statuses(plan.run_id)
    return tuple(symbol for symbol, status in statuses.items() if status.reason in HELD)


async def _undecided(desk: Desk) -> dict[Symbol, int]:
    """Return what the newest look at the account shows of names nobody decided about."""
    snapshot = await desk.store.latest_snapshot()
    if snapshot is None:
        return {}
    undecided = await undecided_symbols(desk, snapshot)
    return {
        position.symbol: position.quantity
        for position in snapshot.positions
        if position.symbol in undecided
    }


async def _releases(desk: Desk, run_id: str) -> tuple[Ask, ...]:
    run, plan = await desk.store.run(run_id), await desk.store.plan(run_id)
    if run is None or plan is None:
        return ()
    held = await _held_names(desk, plan)
    asks = [Ask(RELEASE, run_id, symbol, plan_hash=plan.plan_hash) for symbol in held]
    if run.state is RunState.APPROVED:
        asks.append(Ask(DECLINE, run_id))
    return tuple(asks)
