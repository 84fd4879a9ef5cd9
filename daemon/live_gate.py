"""Fetches what the live gate asks for (trading-day.md rule 26); the decision is planning's."""

from datetime import date

from config.settings import Mode
from daemon import __version__
from daemon.desk import Desk
from daemon.planning.approval import Arming, live_gate
from statemachine.plan import Plan
from statemachine.portfolio import Refusal
from statemachine.run import Run, RunState

LIVE_ARMED = "LIVE_ARMED"
SENT = (
    RunState.SUBMITTING,
    RunState.WORKING,
    RunState.RECONCILING,
    RunState.COMPLETED,
    RunState.COMPLETED_WITH_EXCEPTIONS,
)


async def live_refusals(desk: Desk, run: Run, plan: Plan) -> tuple[Refusal, ...]:
    """Return every condition of live sending that does not hold; empty outside live mode."""
    if desk.settings.mode is not Mode.LIVE:
        return ()
    earlier = [past for past in await desk.store.runs(states=SENT) if past.run_id != run.run_id]
    return live_gate(
        desk.settings,
        plan,
        run.champion_id,
        last_champion_id=earlier[-1].champion_id if earlier else None,
        armed=await _armed(desk),
        build=__version__,
    )


async def _armed(desk: Desk) -> Arming | None:
    note = await desk.store.latest_note(LIVE_ARMED)
    if note is None:
        return None
    return Arming(
        day=date.fromisoformat(note.detail["date"]),
        account_digits=note.detail["digits"],
        build=note.detail["build"],
        champion_id=note.detail.get("champion", ""),
    )
