"""Every metric this program exports, named once (base units, few labels, no order ids)."""

import platform
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from daemon import __version__
from statemachine.order import Order, OrderState
from statemachine.run import RunState
from statemachine.severity import Severity

LATENCY_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLIPPAGE_BUCKETS_BP = (-100, -50, -20, -10, -5, 0, 5, 10, 20, 50, 100, 200)


class Metrics:
    """The metrics of one daemon in a registry of their own; nothing is global."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._add_inputs()
        self._add_orders()
        self._add_health()
        self._add_alerts()

    def _add_inputs(self) -> None:
        registry = self.registry
        self.pairs = Counter(
            "sage_pairs_total",
            "Pairs of files by what became of them.",
            ["outcome"],
            registry=registry,
        )
        self.refusals = Counter(
            "sage_refusals_total",
            "Reasons for which pairs were refused.",
            ["reason"],
            registry=registry,
        )
        self.runs = Gauge(
            "sage_runs", "Runs by state as last counted.", ["state"], registry=registry
        )

    def _add_orders(self) -> None:
        registry = self.registry
        self.orders = Gauge(
            "sage_orders", "Orders of the working run by state.", ["state"], registry=registry
        )
        self.unresolved = Gauge(
            "sage_orders_unresolved", "Orders that may be at the venue unseen.", registry=registry
        )
        self.sends = Counter(
            "sage_sends_total",
            "Orders handed to the wire by verdict.",
            ["verdict"],
            registry=registry,
        )
        self.cancels = Counter(
            "sage_cancels_total",
            "Cancel requests by verdict.",
            ["verdict"],
            registry=registry,
        )
        self.fills = Counter("sage_fills_total", "Fills booked.", ["side"], registry=registry)
        self.filled_notional = Counter(
            "sage_filled_notional_cny_total",
            "Filled amount, CNY.",
            ["side"],
            registry=registry,
        )
        self.slippage = Histogram(
            "sage_order_slippage_basis_points",
            "Slippage of ended orders against arrival; positive is a cost.",
            buckets=SLIPPAGE_BUCKETS_BP,
            registry=registry,
        )
        self.send_seconds = Histogram(
            "sage_send_duration_seconds",
            "From the commit of the write-ahead record to the classified answer.",
            buckets=LATENCY_BUCKETS_S,
            registry=registry,
        )

    def _add_health(self) -> None:
        registry = self.registry
        self.breaks = Gauge("sage_breaks", "Open reconcile differences.", registry=registry)
        self.manual_items = Gauge(
            "sage_manual_items", "Things that wait for a person.", registry=registry
        )
        self.violations = Gauge(
            "sage_invariant_violations", "Broken invariants at the last look.", registry=registry
        )
        self.loop_lag = Gauge(
            "sage_event_loop_lag_seconds",
            "How late the event loop was at its last look, machine time.",
            registry=registry,
        )
        self.halted = Gauge("sage_halted", "1 while submits are stopped.", registry=registry)
        self.last_success = Gauge(
            "sage_last_success_timestamp_seconds",
            "Machine time of the last success of a task.",
            ["task"],
            registry=registry,
        )
        self.broker_errors = Counter(
            "sage_broker_errors_total", "Failed broker calls by code.", ["code"], registry=registry
        )
        self.calendar_coverage = Gauge(
            "sage_calendar_coverage_days",
            "Days until the session file ends.",
            registry=registry,
        )
        self.build_info = Gauge(
            "sage_build_info", "Always 1.", ["version", "python"], registry=registry
        )
        self.build_info.labels(__version__, platform.python_version()).set(1)

    def _add_alerts(self) -> None:
        registry = self.registry
        self.alerts = Gauge(
            "sage_alerts_unacknowledged",
            "Alerts that stand and that nobody acknowledged, by severity.",
            ["severity"],
            registry=registry,
        )
        self.alert_deliveries = Counter(
            "sage_alert_deliveries_total",
            "Messages that a channel took.",
            ["channel"],
            registry=registry,
        )
        self.alert_delivery_failures = Counter(
            "sage_alert_delivery_failures_total",
            "Messages that a channel did not take, by whether it may later.",
            ["channel", "kind"],
            registry=registry,
        )

    def count_alerts(self, severities: Iterable[Severity]) -> None:
        """Set the gauge of standing alerts; severities without alerts become 0."""
        counts = dict.fromkeys(Severity, 0)
        for severity in severities:
            counts[severity] += 1
        for severity, count in counts.items():
            self.alerts.labels(severity).set(count)

    def count_orders(self, orders: Iterable[Order]) -> None:
        """Set the gauges of order states; states without orders become 0."""
        counts = dict.fromkeys(OrderState, 0)
        unresolved = 0
        for order in orders:
            counts[order.state] += 1
            unresolved += order.is_unresolved
        for state, count in counts.items():
            self.orders.labels(state).set(count)
        self.unresolved.set(unresolved)

    def count_runs(self, states: Iterable[RunState]) -> None:
        """Set the gauges of run states; states without runs become 0."""
        counts = dict.fromkeys(RunState, 0)
        for state in states:
            counts[state] += 1
        for state, count in counts.items():
            self.runs.labels(state).set(count)
