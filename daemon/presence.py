"""Says that the daemon is there, and holds what went on without it for too long (rule 5)."""

from datetime import datetime, timedelta

from daemon.desk import Desk
from daemon.manual_list import stop_sending
from daemon.planning.lateness import LATE, SENDING, absence_reason, resume_ends_at
from daemon.refusals import ActionRefused
from statemachine.reasons import Reason
from statemachine.run import Run, RunState

UNDER_WAY = (RunState.APPROVED, *SENDING)
INTERVAL = timedelta(minutes=1)


class Presence:
    """The sign of life of one process; it is given while a run is under way in its session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._given_at: datetime | None = None

    async def give(self) -> None:
        """Write it, at most once a minute; call it before the run is touched."""
        now = self._desk.clock.now()
        if self._given_at is not None and now - self._given_at < INTERVAL:
            return
        is_before = now.time() < self._desk.settings.day.first_send
        if is_before or not await runs_of_today(self._desk):
            self._given_at = None
            return
        await self._desk.store.note_seen(now=now)
        self._given_at = now

    def next_at(self, wake_at: datetime) -> datetime:
        """Return the moment, or the one at which the next sign is due, whichever comes first."""
        return wake_at if self._given_at is None else min(wake_at, self._given_at + INTERVAL)


async def runs_of_today(desk: Desk) -> tuple[Run, ...]:
    """Return what may be sent today: the runs of this session from APPROVED to WORKING."""
    today = desk.clock.now().date()
    found = await desk.store.runs(states=UNDER_WAY)
    return tuple(run for run in found if run.session_date == today)


async def look_at_absence(desk: Desk) -> None:
    """At start, after the reconcile: hold what was under way when the daemon was away too long.

    The halt is durable before the absence is over in the record: a crash between looks again.
    """
    now, seen_at = desk.clock.now(), await desk.store.last_seen()
    away = None if seen_at is None else now - seen_at
    for run in await runs_of_today(desk):
        has_begun = bool(await desk.store.line_statuses(run.run_id))
        reason = absence_reason(run.state, has_begun=has_begun, away=away, flow=desk.settings.flow)
        if reason is not None:
            await hold_late(desk, run.run_id, reason, _since(seen_at))
    await desk.store.note_return(_limits(desk), now=desk.clock.now())


async def hold_late(desk: Desk, run_id: str, reason: Reason, why: str) -> None:
    """Halt for a person's `resume`, which is taken until `day.late_resume_until`."""
    until = f"{desk.settings.day.late_resume_until:%H:%M}"
    detail = f"{why}: `resume` lets it go on until {until}"
    await stop_sending(desk, "HALT", reason, detail, run_id=run_id)


async def require_in_time(desk: Desk) -> None:
    """Raise ActionRefused for a `resume` that would start late work of today after its time."""
    late = [halt for halt in await desk.store.halts() if halt.cause in LATE]
    now = desk.clock.now()
    for run in await runs_of_today(desk) if late else ():
        ends_at = resume_ends_at(now.date(), desk.settings.day)
        if now >= ends_at:
            raise ActionRefused(
                f"{late[0].cause}: {run.run_id} could be resumed until {ends_at:%H:%M};"
                " nothing more of it is sent today, and `resume` is taken when it has ended",
                f"{late[0].cause}：{run.run_id} 须在 {ends_at:%H:%M} 前恢复；"
                "今日不再发送，该运行结束后方可恢复",
            )


def _since(seen_at: datetime | None) -> str:
    if seen_at is None:
        return "nobody is known to have watched this run"
    return f"nobody watched this run since {seen_at:%Y-%m-%d %H:%M:%S}"


def _limits(desk: Desk) -> dict[str, str | int]:
    """What invariant I33 holds this process to."""
    day, flow = desk.settings.day, desk.settings.flow
    return {
        "first_send": day.first_send.isoformat(),
        "late_resume_until": day.late_resume_until.isoformat(),
        "release_delay_max_s": flow.release_delay_max_s,
        "absence_max_s": flow.absence_max_s,
    }
