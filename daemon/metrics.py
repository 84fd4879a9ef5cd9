"""Every metric this program exports, named once (base units, few labels, no order ids)."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from adapters.broker import SendVerdict
from daemon import __version__
from market.side import Side
from statemachine.severity import Severity

NANOSECONDS = 1_000_000_000
LATENCY_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# A commit is an fsync or two; what waits for a person or a quiet file takes minutes.
COMMIT_BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)
WAIT_BUCKETS_S = (0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900)
OUTCOMES = ("accepted", "refused", "duplicate", "incomplete")
COST, GAIN = "cost", "gain"
SLIPPAGE_BUCKETS_BP = (-100, -50, -20, -10, -5, 0, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class Description:
    """What a metric is, for docs/metrics.md; `buckets` are the bounds of a histogram."""

    name: str
    kind: str
    text: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


class Metrics:
    """The metrics of one daemon in a registry of their own; nothing is global.

    Counters and histograms are moved where something happens; the gauges of what stands are set
    by `daemon.gauges.measure` when somebody asks for the page.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.descriptions: list[Description] = []
        self._add_inputs()
        self._add_orders()
        self._add_latencies()
        self._add_standing()
        self._add_health()
        self._add_alerts()
        self._add_configuration()

    def _add_inputs(self) -> None:
        self.pairs = self._counter(
            "sage_pairs_total", "Pairs of files by what became of them.", "outcome", values=OUTCOMES
        )
        self.refusals = self._counter(
            "sage_refusals_total", "Reasons for which pairs were refused.", "reason"
        )

    def _add_orders(self) -> None:
        self.sends = self._counter(
            "sage_sends_total",
            "Orders handed to the wire by verdict.",
            "verdict",
            values=SendVerdict,
        )
        self.cancels = self._counter(
            "sage_cancels_total", "Cancel requests by verdict.", "verdict", values=SendVerdict
        )
        self.fills = self._counter("sage_fills_total", "Fills booked.", "side", values=Side)
        self.filled_notional = self._counter(
            "sage_filled_notional_cny_total", "Filled amount, CNY.", "side", values=Side
        )
        self.broker_errors = self._counter(
            "sage_broker_errors_total", "Failed broker calls by code.", "code"
        )
        # A histogram with bounds below nought has no sum: what it cost is told beside it.
        self.slippage = self._histogram(
            "sage_order_slippage_basis_points",
            "Slippage of ended orders against arrival; positive is a cost.",
            SLIPPAGE_BUCKETS_BP,
        )
        self.slippage_cost = self._counter(
            "sage_slippage_cny_total",
            "What ended orders cost or gained against arrival, CNY.",
            "direction",
            values=(COST, GAIN),
        )

    def _add_latencies(self) -> None:
        self.plan_seconds = self._histogram(
            "sage_drop_to_plan_duration_seconds",
            "From the arrival of a pair to its stored plan, market time.",
            WAIT_BUCKETS_S,
        )
        self.wait_seconds = self._histogram(
            "sage_release_to_send_duration_seconds",
            "From the release of an order to its send, market time.",
            WAIT_BUCKETS_S,
        )
        self.send_seconds = self._histogram(
            "sage_send_duration_seconds",
            "From the commit of the write-ahead record to the classified answer.",
            LATENCY_BUCKETS_S,
        )
        self.fill_age_seconds = self._histogram(
            "sage_fill_age_seconds",
            "From a trade to its booking, market time.",
            WAIT_BUCKETS_S,
        )
        self.commit_seconds = self._histogram(
            "sage_commit_duration_seconds",
            "From the call for a transaction to the return of its COMMIT.",
            COMMIT_BUCKETS_S,
        )
        self.loop_lag = self._histogram(
            "sage_event_loop_lag_seconds",
            "How late the event loop was, looked at once a second of machine time.",
            LATENCY_BUCKETS_S,
        )

    def _add_standing(self) -> None:
        self.runs = self._gauge("sage_runs", "Runs by state.", "state")
        self.orders = self._gauge("sage_orders", "Orders of today's session by state.", "state")
        self.unresolved = self._gauge(
            "sage_orders_unresolved", "Orders that may be at the venue unseen."
        )
        self.breaks = self._gauge("sage_breaks", "Open reconcile differences.")
        self.manual_items = self._gauge("sage_manual_items", "Things that wait for a person.")
        self.locked_names = self._gauge("sage_locked_names", "Names that may not be traded.")
        self.halted = self._gauge("sage_halted", "1 while nothing may be sent.")
        self.reduce_only = self._gauge("sage_reduce_only", "1 while only sells may be sent.")
        self.messages = self._gauge(
            "sage_messages", "Messages of today that count at the exchange.", "kind"
        )
        self.messages_limit = self._gauge(
            "sage_messages_limit", "How many messages a day are allowed."
        )
        self.in_session = self._gauge("sage_trading_day", "1 on a trading day of the calendar.")
        self.calendar_coverage = self._gauge(
            "sage_calendar_coverage_seconds", "From today until the session file ends."
        )

    def _add_health(self) -> None:
        self.violations = self._gauge(
            "sage_invariant_violations", "Broken invariants at the last look."
        )
        self.last_success = self._gauge(
            "sage_last_success_timestamp_seconds",
            "Machine time of the last success of a task.",
            "task",
        )
        self.build_info = self._gauge("sage_build_info", "Always 1.", "version", "python")
        self.build_info.labels(__version__, platform.python_version()).set(1)

    def _add_alerts(self) -> None:
        self.alerts = self._gauge(
            "sage_alerts_unacknowledged",
            "Alerts that stand and that nobody acknowledged, by severity.",
            "severity",
        )
        self.alert_deliveries = self._counter(
            "sage_alert_deliveries_total", "Messages that a channel took.", "channel"
        )
        self.alert_delivery_failures = self._counter(
            "sage_alert_delivery_failures_total",
            "Messages that a channel did not take, by whether it may later.",
            "channel",
            "kind",
        )

    def _add_configuration(self) -> None:
        self.reload_successful = self._gauge(
            "sage_config_last_reload_successful",
            "1 while the configuration that was last read could be used.",
        )
        self.reload_timestamp = self._gauge(
            "sage_config_last_reload_success_timestamp_seconds",
            "Machine time at which a configuration was last taken.",
        )
        self.restart_needed = self._gauge(
            "sage_config_restart_needed_settings",
            "Settings of the file that wait for a restart.",
        )

    def note_success(self, task: str, at: datetime) -> None:
        """Tell that a task did its work, at this machine time."""
        self.last_success.labels(task).set(at.timestamp())

    def note_slippage(self, basis_points: Decimal, cost: Decimal) -> None:
        """Tell what an ended order cost against arrival, in basis points and in CNY."""
        self.slippage.observe(float(basis_points))
        self.slippage_cost.labels(COST if cost > 0 else GAIN).inc(abs(float(cost)))

    def note_commit(self, duration_ns: int) -> None:
        """Tell how long a transaction took until its COMMIT came back."""
        self.commit_seconds.observe(duration_ns / NANOSECONDS)

    def count_alerts(self, severities: Iterable[Severity]) -> None:
        """Set the gauge of standing alerts; severities without alerts become 0."""
        counts = dict.fromkeys(Severity, 0)
        for severity in severities:
            counts[severity] += 1
        for severity, count in counts.items():
            self.alerts.labels(severity).set(count)

    def _counter(self, name: str, text: str, *labels: str, values: Iterable[str] = ()) -> Counter:
        """Make a counter; known `values` of its one label begin at 0: a rise from none is none."""
        self.descriptions.append(Description(name, "counter", text, labels))
        counter = Counter(name, text, labels, registry=self.registry)
        for value in values:
            counter.labels(value)
        return counter

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        self.descriptions.append(Description(name, "gauge", text, labels))
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        self.descriptions.append(Description(name, "histogram", text, buckets=buckets))
        return Histogram(name, text, buckets=buckets, registry=self.registry)
