"""The gauges that say what stands, read from the record when somebody asks for them.

What is read when it is asked for cannot be stale: not after a start, not after a task that died.
"""

from daemon.desk import Desk
from daemon.halting.files import Grade
from daemon.halting.standing import grade_of
from daemon.tasks.release_facts import locked_names
from market.phases import SHANGHAI

SUBMIT, CANCEL = "submit", "cancel"
DAY_S = 86_400


async def measure(desk: Desk) -> None:
    """Set every gauge of what stands now."""
    await _count_states(desk)
    await _count_troubles(desk)
    metrics, today = desk.metrics, desk.clock.now().astimezone(SHANGHAI).date()
    submits, cancels = await desk.store.message_counts(today)
    metrics.messages.labels(SUBMIT).set(submits)
    metrics.messages.labels(CANCEL).set(cancels)
    metrics.messages_limit.set(desk.settings.flow.messages_per_day)
    metrics.calendar_coverage.set(desk.calendar.coverage_days(today) * DAY_S)
    metrics.in_session.set(desk.calendar.is_session(today))


async def _count_states(desk: Desk) -> None:
    metrics = desk.metrics
    counts = await desk.store.counts(desk.clock.now().astimezone(SHANGHAI).date())
    for run_state, count in counts.runs.items():
        metrics.runs.labels(run_state).set(count)
    for order_state, count in counts.orders.items():
        metrics.orders.labels(order_state).set(count)


async def _count_troubles(desk: Desk) -> None:
    metrics, store = desk.metrics, desk.store
    metrics.unresolved.set(sum(order.is_unresolved for order in await store.open_orders()))
    metrics.manual_items.set(len(await store.manual_items()))
    metrics.breaks.set(len(await store.open_breaks()))
    metrics.locked_names.set(len(await locked_names(desk)))
    alerts = await store.alerts()
    metrics.count_alerts(alert.severity for alert in alerts if alert.is_unanswered)
    grade = await grade_of(desk)
    metrics.halted.set(grade is Grade.HALTED)
    metrics.reduce_only.set(grade is Grade.REDUCE_ONLY)
