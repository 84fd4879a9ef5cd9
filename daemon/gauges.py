"""The gauges that say what stands, read from the record when somebody asks for them.

What is read when it is asked for cannot be stale: not after a start, not after a task that died.
"""

from datetime import date

from daemon.desk import Desk
from daemon.halting.files import Grade
from daemon.halting.standing import grade_of
from daemon.tasks.release_facts import names_locked_by
from market.phases import SHANGHAI

SUBMIT, CANCEL = "submit", "cancel"
DAY_S = 86_400


async def measure(desk: Desk) -> None:
    """Set every gauge of what stands now."""
    metrics, today = desk.metrics, desk.clock.now().astimezone(SHANGHAI).date()
    await _count_states(desk, today)
    await _count_troubles(desk)
    submits, cancels = await desk.store.message_counts(today)
    metrics.messages.labels(SUBMIT).set(submits)
    metrics.messages.labels(CANCEL).set(cancels)
    metrics.messages_limit.set(desk.settings.flow.messages_per_day)
    metrics.calendar_coverage.set(desk.calendar.coverage_days(today) * DAY_S)
    metrics.in_session.set(desk.calendar.is_session(today))


async def _count_states(desk: Desk, today: date) -> None:
    metrics = desk.metrics
    counts = await desk.store.counts(today)
    for run_state, count in counts.runs.items():
        metrics.runs.labels(run_state).set(count)
    for order_state, count in counts.orders.items():
        metrics.orders.labels(order_state).set(count)


async def _count_troubles(desk: Desk) -> None:
    metrics, store = desk.metrics, desk.store
    open_orders, items = await store.open_orders(), await store.manual_items()
    breaks = await store.open_breaks()
    metrics.unresolved.set(sum(order.is_unresolved for order in open_orders))
    metrics.manual_items.set(len(items))
    metrics.breaks.set(len(breaks))
    metrics.locked_names.set(len(names_locked_by(breaks, open_orders, items)))
    alerts = await store.alerts()
    metrics.count_alerts(alert.severity for alert in alerts if alert.is_unanswered)
    grade = await grade_of(desk)
    metrics.halted.set(grade is Grade.HALTED)
    metrics.reduce_only.set(grade is Grade.REDUCE_ONLY)
