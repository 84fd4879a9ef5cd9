"""When each alert must fire, and when it must not: series for promtool, a minute a step.

Time begins on Thursday 1970-01-01 at 00:00 UTC: 120 minutes later it is 10:00 in Shanghai, 480
minutes later 16:00.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MORNING, AFTERNOON, SATURDAY = 120, 480, 2 * 1440 + 120
DAY_S = 86_400
UP = 'up{job="sage-execd",instance="a"}'
INSTANCE: Mapping[str, str] = {"instance": "a"}


@dataclass(frozen=True, slots=True)
class AlertCase:
    """`series` in promtool's notation make the alert fire at `minute`; `quiet` do not."""

    alert: str
    series: Mapping[str, str]
    quiet: Mapping[str, str] = field(default_factory=dict)
    minute: int = MORNING
    quiet_minute: int = MORNING
    labels: Mapping[str, str] = field(default_factory=lambda: INSTANCE)


def one(metric: str, labels: str = "") -> str:
    """Return the name of a series of our job."""
    return f'{metric}{{instance="a"{"," if labels else ""}{labels}}}'


def flat(metric: str, value: str, labels: str = "", **more: str) -> dict[str, str]:
    """Return one series that stays at a value for eight hours."""
    return {one(metric, labels): f"{value}x500", **more}


def steps(metric: str, labels: str = "", rise: int = 1) -> dict[str, str]:
    """Return one counter that rises every minute."""
    return {one(metric, labels): f"0+{rise}x500"}


SUCCESS = "sage_last_success_timestamp_seconds"
ORDERS_LIVE = flat("sage_orders", "3", 'state="ACK"')
LAG, COUNT = "sage_event_loop_lag_seconds_bucket", "sage_event_loop_lag_seconds_count"
COMMITS, FILLS = "sage_commit_duration_seconds_bucket", "sage_fill_age_seconds_bucket"
SLIPPAGE, FILLED = "sage_slippage_cny_total", "sage_filled_notional_cny_total"
FAILURES = "sage_alert_delivery_failures_total"
DELIVERIES = "sage_alert_deliveries_total"

CASES = (
    AlertCase(
        "SageExecdSilent", {UP: "0x500"}, {UP: "1x4500"}, labels={**INSTANCE, "job": "sage-execd"}
    ),
    AlertCase("SageExecdSilent", {}, {UP: "1x500"}, labels={"job": "sage-execd"}),
    AlertCase(
        "SageExecdSilent",
        {UP: "0x500"},
        {UP: "0x500"},
        quiet_minute=AFTERNOON,
        labels={**INSTANCE, "job": "sage-execd"},
    ),
    AlertCase(
        "SageExecdSilent",
        {UP: "0x500"},
        {UP: "0x3100"},
        quiet_minute=SATURDAY,
        labels={**INSTANCE, "job": "sage-execd"},
    ),
    AlertCase(
        "SageExecdSilent",
        {UP: "0x500", **flat("sage_trading_day", "1")},
        {UP: "0x500", **flat("sage_trading_day", "0")},
        labels={**INSTANCE, "job": "sage-execd"},
    ),
    AlertCase("SageHalted", flat("sage_halted", "1"), flat("sage_halted", "0")),
    AlertCase("SageReduceOnly", flat("sage_reduce_only", "1"), flat("sage_reduce_only", "0")),
    AlertCase(
        "SageOrderUnresolved",
        flat("sage_orders_unresolved", "1"),
        {one("sage_orders_unresolved"): "0x118 1x1"},
    ),
    AlertCase(
        "SageInvariantViolated",
        flat("sage_invariant_violations", "1"),
        flat("sage_invariant_violations", "0"),
    ),
    AlertCase("SageBreakOpen", flat("sage_breaks", "1"), flat("sage_breaks", "0")),
    AlertCase(
        "SageNamesLocked", flat("sage_locked_names", "1"), {one("sage_locked_names"): "0x100 1x20"}
    ),
    AlertCase(
        "SageManualItems", flat("sage_manual_items", "2"), {one("sage_manual_items"): "0x110 2x10"}
    ),
    AlertCase(
        "SagePairRefused",
        steps("sage_pairs_total", 'outcome="refused"'),
        steps("sage_pairs_total", 'outcome="planned"'),
        labels={**INSTANCE, "outcome": "refused"},
    ),
    AlertCase(
        "SageApprovalWaits",
        flat("sage_runs", "1", 'state="AWAITING_APPROVAL"'),
        flat("sage_runs", "1", 'state="AWAITING_APPROVAL"'),
        quiet_minute=AFTERNOON,
        labels={**INSTANCE, "state": "AWAITING_APPROVAL"},
    ),
    AlertCase(
        "SagePollStale",
        {**ORDERS_LIVE, **flat(SUCCESS, "0", 'task="poll"')},
        {**flat("sage_orders", "0", 'state="ACK"'), **flat(SUCCESS, "0", 'task="poll"')},
    ),
    AlertCase(
        "SagePollStale",
        {**ORDERS_LIVE, **flat(SUCCESS, "0", 'task="poll"')},
        {**ORDERS_LIVE, **steps(SUCCESS, 'task="poll"', 60)},
    ),
    AlertCase(
        "SageVerifyStale",
        flat(SUCCESS, "0", 'task="verify"'),
        steps(SUCCESS, 'task="verify"', 60),
        labels={**INSTANCE, "task": "verify"},
    ),
    AlertCase(
        "SageLoopBlocked",
        {**steps(COUNT), **flat(LAG, "0", 'le="1.0"')},
        {**steps(COUNT), **steps(LAG, 'le="1.0"')},
    ),
    AlertCase(
        "SageCommitSlow",
        {**flat(COMMITS, "0", 'le="0.5"'), **steps(COMMITS, 'le="+Inf"')},
        {**steps(COMMITS, 'le="0.01"'), **steps(COMMITS, 'le="+Inf"')},
    ),
    AlertCase(
        "SageBrokerErrors",
        steps("sage_broker_errors_total", 'code="READ_TIMEOUT"', 3),
        steps("sage_broker_errors_total", 'code="READ_TIMEOUT"'),
    ),
    AlertCase(
        "SageSendUnknown",
        steps("sage_sends_total", 'verdict="UNKNOWN"'),
        steps("sage_sends_total", 'verdict="ACCEPTED"'),
        labels={**INSTANCE, "verdict": "UNKNOWN"},
    ),
    AlertCase(
        "SageMessagesNearLimit",
        {**flat("sage_messages", "90", 'kind="submit"'), **flat("sage_messages_limit", "100")},
        {**flat("sage_messages", "40", 'kind="submit"'), **flat("sage_messages_limit", "100")},
    ),
    AlertCase(
        "SageCalendarEnds",
        flat("sage_calendar_coverage_seconds", str(29 * DAY_S)),
        flat("sage_calendar_coverage_seconds", str(30 * DAY_S)),
    ),
    AlertCase(
        "SageAlertsUndelivered",
        steps(FAILURES, 'channel="wecom",kind="LATER"'),
        {
            **steps(FAILURES, 'channel="wecom",kind="LATER"'),
            **steps(DELIVERIES, 'channel="wecom"'),
        },
        labels={**INSTANCE, "channel": "wecom"},
    ),
    AlertCase(
        "SageP0Unacknowledged",
        flat("sage_alerts_unacknowledged", "1", 'severity="P0"'),
        flat("sage_alerts_unacknowledged", "1", 'severity="P1"'),
    ),
    AlertCase(
        "SageRestarting",
        {one("process_start_time_seconds", 'job="sage-execd"'): "0+60x500"},
        {one("process_start_time_seconds", 'job="sage-execd"'): "0x500"},
        labels={**INSTANCE, "job": "sage-execd"},
    ),
    AlertCase(
        "SageFillsOld",
        {**flat(FILLS, "0", 'le="30.0"'), **steps(FILLS, 'le="60.0"'), **steps(FILLS, 'le="+Inf"')},
        {**steps(FILLS, 'le="5.0"'), **steps(FILLS, 'le="+Inf"')},
    ),
    AlertCase(
        "SageSlippageHigh",
        {
            **steps(SLIPPAGE, 'direction="cost"', 60),
            **steps(SLIPPAGE, 'direction="gain"', 1),
            **steps(FILLED, 'side="BUY"', 10_000),
        },
        {
            **steps(SLIPPAGE, 'direction="cost"', 60),
            **steps(SLIPPAGE, 'direction="gain"', 20),
            **steps(FILLED, 'side="BUY"', 10_000),
        },
    ),
    AlertCase("SageWatchdog", {}, labels={}),
)
