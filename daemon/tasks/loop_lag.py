"""Notices an event loop that was blocked: while it is, nothing is read, sent or cancelled."""

from daemon.desk import Desk

INTERVAL_S = 1
LAG_MAX_S = 1
NANOSECONDS = 1_000_000_000


class LoopWatch:
    """Sleeps a second of machine time again and again, and tells how late it was woken.

    A process that was stopped, or a host that was, shows the same way.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def run(self) -> None:
        """Look for ever, on machine time."""
        while True:
            await self.look()

    async def look(self) -> None:
        """Sleep once; a delay beyond `LAG_MAX_S` is logged, every delay is the metric's."""
        machine = self._desk.machine
        began_ns = machine.monotonic_ns()
        await machine.sleep(INTERVAL_S)
        lag_s = (machine.monotonic_ns() - began_ns) / NANOSECONDS - INTERVAL_S
        self._desk.metrics.loop_lag.observe(max(lag_s, 0))
        self._desk.metrics.note_success("loop", machine.utc_now())
        if lag_s > LAG_MAX_S:
            self._desk.log.warning("event loop was blocked", lag_s=round(lag_s, 3))
