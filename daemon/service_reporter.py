"""Tells the service manager how it goes, and that orders still move (Type=notify, WatchdogSec=)."""

from datetime import datetime
from itertools import chain

from daemon.desk import Desk
from daemon.notify_socket import NotifySocket
from daemon.progress import ProgressWatch
from market.calendar import CalendarCoverageError, TradingCalendar
from market.phases import next_phase_change
from statemachine.order import Order
from statemachine.run import RunState

INTERVAL_S = 10.0
# The manager asks for a sign of life within its time-out; three tries fit into one.
SIGNS_A_TIMEOUT = 3
# Beyond the longest that one request may take: reading, computing and writing around it.
STILL_MARGIN_S = 20
IN_WORK = (RunState.APPROVED, RunState.SUBMITTING, RunState.WORKING, RunState.RECONCILING)


class ServiceReporter:
    """Looks every few seconds of machine time; says WATCHDOG=1 only while the order loop moves."""

    def __init__(self, desk: Desk, notify: NotifySocket) -> None:
        self._desk = desk
        self._notify = notify
        timeout_s = notify.watchdog_s
        self._interval_s = (
            INTERVAL_S if timeout_s is None else min(INTERVAL_S, timeout_s / SIGNS_A_TIMEOUT)
        )
        still_max_s = float(desk.settings.brokers.pingan.request_timeout_s) + STILL_MARGIN_S
        self._watch = ProgressWatch(desk.progress, desk.clock, still_max_s)
        self._stuck: tuple[str, ...] = ()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await self._desk.machine.sleep(self._interval_s)

    async def look(self) -> None:
        """Tell the status, and a sign of life where there is one."""
        stuck = self._watch.look(self._interval_s)
        if stuck and stuck != self._stuck:
            self._desk.log.error("order loop stands still", tasks=list(stuck))
        self._stuck = stuck
        self._notify.status(await self.words())
        if not stuck:
            self._notify.tell("WATCHDOG=1")

    async def words(self) -> str:
        """Return the status, and note the run in work for the lines of the log."""
        store, now = self._desk.store, self._desk.clock.now()
        runs = await store.runs(states=IN_WORK)
        self._desk.progress.run_id = runs[-1].run_id if runs else None
        halts = tuple(halt.cause for halt in await store.halts())
        orders = await store.open_orders()
        return status_words(orders, halts, next_phase(now, self._desk.calendar))


def status_words(orders: tuple[Order, ...], halts: tuple[str, ...], phase: str) -> str:
    """Return such as "3 orders working, 1 in doubt, halted: OPERATOR, next phase 13:00"."""
    working = sum(order.is_live for order in orders)
    in_doubt = sum(order.is_unresolved for order in orders)
    words = [f"{working} order{'' if working == 1 else 's'} working"]
    if in_doubt:
        words.append(f"{in_doubt} in doubt")
    return ", ".join(chain(words, (f"halted: {cause}" for cause in halts), [phase]))


def next_phase(now: datetime, calendar: TradingCalendar) -> str:
    """Return when the market's phase changes next; the day where that is not today."""
    try:
        change = next_phase_change(now, calendar)
    except CalendarCoverageError:
        return "the session file ends"
    pattern = "%H:%M" if change.date() == now.date() else "%Y-%m-%d %H:%M"
    return f"next phase {change.strftime(pattern)}"
