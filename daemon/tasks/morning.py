"""The two good messages of a session (trading-day.md rule 5): "ready, N orders" and "started".

Whoever watches the daemon from outside misses them; nothing bad has to be said for that.
"""

from datetime import date, datetime, time

from daemon.desk import Desk
from market.phases import SHANGHAI
from statemachine.alert_texts import Incident
from statemachine.plan import Disposition
from statemachine.run import Run, RunState
from statemachine.severity import Severity

AT_WORK = (RunState.APPROVED, RunState.SUBMITTING, RunState.WORKING)


class Morning:
    """Says once a session that all is ready, and that the work has begun."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def run(self) -> None:
        """Speak at both moments of every session, for ever."""
        while True:
            await self._desk.clock.sleep_until(self._next())
            await self.speak()

    async def speak(self) -> None:
        """Say what is due at this market moment; a sentence is said once a session."""
        now, calendar = self._desk.clock.now(), self._desk.calendar
        today = now.astimezone(SHANGHAI).date()
        if not calendar.is_session(today):
            return
        settings = self._desk.settings.alerts
        if settings.ready_at <= now.astimezone(SHANGHAI).time() < settings.started_at:
            await self._ready(today)
        elif now.astimezone(SHANGHAI).time() >= settings.started_at:
            await self._started(today)

    async def _ready(self, today: date) -> None:
        self._note("ready")
        run = await self._run_of(today)
        if run is None:
            await self._say("IDLE", today, 0, None)
            return
        plan = await self._desk.store.plan(run.run_id)
        lines = () if plan is None else plan.lines
        count = sum(line.disposition is Disposition.TRADE for line in lines)
        await self._say("READY", today, count, run)

    async def _started(self, today: date) -> None:
        """Silent where an approved run has not begun: that the message is missing is the alarm."""
        sent = await self._desk.store.sent_on(today)
        run = await self._run_of(today)
        if run is not None and not sent:
            self._desk.log.warning("not started", run_id=run.run_id, state=run.state)
            return
        self._note("started")
        if sent:
            await self._say("STARTED", today, len(sent), run)

    async def _run_of(self, today: date) -> Run | None:
        runs = await self._desk.store.runs(states=AT_WORK)
        return next((run for run in runs if run.session_date == today), None)

    async def _say(self, code: str, today: date, count: int, run: Run | None) -> None:
        incident = Incident(
            Severity.P2,
            code,
            "",
            run_id=None if run is None else run.run_id,
            lines=((f"{count} orders", f"{count} 笔委托"),),
        )
        now = self._desk.clock.now()
        if await self._desk.store.announce(f"{code} {today}", incident, now=now):
            self._desk.log.info("good news", code=code, orders=count)

    def _note(self, task: str) -> None:
        self._desk.metrics.note_success(task, self._desk.machine.utc_now())

    def _next(self) -> datetime:
        """Return the next moment to speak at."""
        now, settings = self._desk.clock.now(), self._desk.settings.alerts
        today = now.astimezone(SHANGHAI).date()
        if self._desk.calendar.is_session(today):
            for clock in (settings.ready_at, settings.started_at):
                if now < _at(today, clock):
                    return _at(today, clock)
        return _at(self._desk.calendar.next_session(today), settings.ready_at)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)
