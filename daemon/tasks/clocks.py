"""Watches this host's clocks: how far from the gateway's, and whether somebody moved them."""

from datetime import datetime, timedelta

from adapters.broker import BrokerError, SessionSuperseded
from daemon.desk import ACTOR, Desk
from daemon.manual_list import stop_sending
from statemachine.reasons import Reason

INTERVAL_S = 30
SKEW_MAX = timedelta(milliseconds=800)
STEP_MAX = timedelta(seconds=2)


class ClockWatch:
    """Stops submits at 0.8 s of skew (rule 25) and at a wall clock that steps by over 2 s (A7)."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._last: tuple[datetime, int] | None = None

    async def run(self) -> None:
        """Look for ever, on machine time."""
        while True:
            await self.look()
            await self._desk.machine.sleep(INTERVAL_S)

    async def look(self) -> None:
        """Compare the wall clock with the monotonic one, and with the gateway's."""
        await self._look_for_step()
        try:
            skew = await self._desk.broker.clock_skew()
        except SessionSuperseded:
            raise
        except BrokerError as error:
            self._desk.log.warning("clock skew not measured", why=str(error))
            return
        held = any(halt.cause == Reason.CLOCK_SKEW for halt in await self._desk.store.halts())
        if abs(skew.ahead) - skew.uncertainty >= SKEW_MAX and not held:
            detail = f"the gateway is {skew.ahead.total_seconds():+.3f} s ahead of this host"
            await stop_sending(self._desk, "AUTO_HOLD", Reason.CLOCK_SKEW, detail)
        elif held and abs(skew.ahead) + skew.uncertainty < SKEW_MAX:
            await self._lift()

    async def _look_for_step(self) -> None:
        machine = self._desk.machine
        now = machine.utc_now(), machine.monotonic_ns()
        last, self._last = self._last, now
        if last is None:
            return
        by_host = timedelta(microseconds=(now[1] - last[1]) // 1000)
        step = now[0] - last[0] - by_host
        if abs(step) > STEP_MAX:
            detail = f"the wall clock moved by {step.total_seconds():+.1f} s"
            await stop_sending(self._desk, "HALT", Reason.WALL_CLOCK_STEPPED, detail)

    async def _lift(self) -> None:
        await self._desk.store.resume(
            "AUTO_HOLD",
            actor=ACTOR,
            reason="the clocks agree again",
            now=self._desk.clock.now(),
            cause=Reason.CLOCK_SKEW,
        )
        for signal in (self._desk.signals.release, self._desk.signals.submit):
            signal.set()
