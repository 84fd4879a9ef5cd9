"""The two dashboards; `python -m deploy.grafana.dashboards` writes their JSON beside this file."""

from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.panels import Board, Panel, Question, Row, built

FOLDER = Path(__file__).resolve().parent


def figure(title: str, description: str, expression: str, unit: str = "short") -> Panel:
    """Return a panel of one figure."""
    return Panel(title, description, unit, (Question(expression, title),), is_stat=True)


def quantiles(title: str, description: str, histogram: str) -> Panel:
    """Return a panel of median and 99th percentile of a histogram of seconds."""
    rate = f"sum by (le) (rate({histogram}_bucket{{OURS}}[$__rate_interval]))"
    return Panel(
        title,
        description,
        "s",
        (
            Question(f"histogram_quantile(0.5, {rate})", "p50"),
            Question(f"histogram_quantile(0.99, {rate})", "p99"),
        ),
    )


def rises(title: str, description: str, counter: str, label: str, unit: str = "short") -> Panel:
    """Return a panel of how much a counter rose between two points, by one label."""
    rose = f"sum by ({label}) (increase({counter}{{OURS}}[$__rate_interval]))"
    return Panel(title, description, unit, (Question(rose, f"{{{{{label}}}}}"),))


def levels(title: str, description: str, expression: str, label: str, unit: str = "short") -> Panel:
    """Return a panel of a gauge by one label."""
    return Panel(title, description, unit, (Question(expression, f"{{{{{label}}}}}"),))


SLIPPAGE = "sage_order_slippage_basis_points"
MEAN_SLIPPAGE = """
10000 * (
  sum(increase(sage_slippage_cny_total{OURS, direction="cost"}[1h]))
  - sum(increase(sage_slippage_cny_total{OURS, direction="gain"}[1h]))
) / sum(increase(sage_filled_notional_cny_total{OURS}[1h]))
""".strip()

NOW = Row(
    "Now",
    (
        figure("Up", "1 while Prometheus can read the daemon.", "min(up{OURS})"),
        figure("Halted", "1 while nothing may be sent.", "max(sage_halted{OURS})"),
        figure("Only sells", "1 while no buy may be sent.", "max(sage_reduce_only{OURS})"),
        figure(
            "In doubt",
            "Orders that may be at the venue unseen.",
            "sum(sage_orders_unresolved{OURS})",
        ),
        figure("Breaks", "Open reconcile differences.", "sum(sage_breaks{OURS})"),
        figure("For a person", "Items of the manual list.", "sum(sage_manual_items{OURS})"),
        figure("Locked names", "Names that may not be traded.", "sum(sage_locked_names{OURS})"),
        figure(
            "Broken invariants", "At the last self-check.", "sum(sage_invariant_violations{OURS})"
        ),
        figure(
            "Messages of the day",
            "Orders and cancels against what is allowed.",
            "sum(sage_messages{OURS}) / sum(sage_messages_limit{OURS})",
            "percentunit",
        ),
        figure(
            "Calendar ends in",
            "Without sessions nothing is sent.",
            "min(sage_calendar_coverage_seconds{OURS})",
            "s",
        ),
        figure("Trading day", "1 where the calendar has a session.", "max(sage_trading_day{OURS})"),
        figure(
            "Up since",
            "Time since the start of the process.",
            "time() - max(process_start_time_seconds{OURS})",
            "s",
        ),
    ),
)

WORK = Row(
    "Work",
    (
        levels(
            "Orders by state", "Of today's session.", "sum by (state) (sage_orders{OURS})", "state"
        ),
        levels(
            "Runs by state",
            "All the database knows.",
            "sum by (state) (sage_runs{OURS}) > 0",
            "state",
        ),
        rises(
            "Sends by verdict",
            "Other than ACCEPTED wants a look; UNKNOWN is asked about, never repeated.",
            "sage_sends_total",
            "verdict",
        ),
        rises(
            "Failed calls by code",
            "Reads are repeated by rule, sends never.",
            "sage_broker_errors_total",
            "code",
        ),
        levels(
            "Last success by task",
            "Seconds since a task did its work; poll counts only while orders are live.",
            "time() - max by (task) (sage_last_success_timestamp_seconds{OURS})",
            "task",
            "s",
        ),
        levels(
            "Alerts that nobody acknowledged",
            "The daemon's own, by severity.",
            "sum by (severity) (sage_alerts_unacknowledged{OURS})",
            "severity",
        ),
    ),
)

MACHINE = Row(
    "The machine under it",
    (
        quantiles(
            "Commit", "Every send waits for a commit on the disk.", "sage_commit_duration_seconds"
        ),
        quantiles(
            "Event loop lag",
            "Above a second nothing is read, sent or cancelled.",
            "sage_event_loop_lag_seconds",
        ),
        Panel(
            "Resident memory",
            "Of the daemon's process.",
            "bytes",
            (Question("process_resident_memory_bytes{OURS}", "{{instance}}"),),
        ),
        Panel(
            "Processor",
            "Cores the process uses.",
            "short",
            (Question("rate(process_cpu_seconds_total{OURS}[$__rate_interval])", "{{instance}}"),),
        ),
    ),
)

OPERATIONS = Board(
    "sage-execd-operations",
    "sage-execd: operations",
    "What stands, what moves, what waits for a person, and the machine under it.",
    (NOW, WORK, MACHINE),
)

QUALITY = Board(
    "sage-execd-quality",
    "sage-execd: execution quality",
    "How fast plans become orders and orders become fills, and what that cost.",
    (
        Row(
            "From the file to the fill",
            (
                quantiles(
                    "Pair to plan",
                    "From the arrival of a pair to its plan.",
                    "sage_drop_to_plan_duration_seconds",
                ),
                quantiles(
                    "Release to send",
                    "How long an order waits for its turn.",
                    "sage_release_to_send_duration_seconds",
                ),
                quantiles(
                    "Send to answer",
                    "From our commit to the broker's classified answer.",
                    "sage_send_duration_seconds",
                ),
                quantiles("Age of fills", "From a trade to its booking.", "sage_fill_age_seconds"),
            ),
        ),
        Row(
            "What it cost",
            (
                Panel(
                    "Mean slippage",
                    "Of the orders that ended in the last hour; positive is a cost.",
                    "basis points",
                    (Question(MEAN_SLIPPAGE, "mean"),),
                ),
                levels(
                    "Orders by slippage",
                    "Orders of the day that ended at or below so many basis points.",
                    f"sum by (le) (increase({SLIPPAGE}_bucket{{OURS}}[1d]))",
                    "le",
                ),
                rises(
                    "Filled amount by side",
                    "CNY between two points.",
                    "sage_filled_notional_cny_total",
                    "side",
                    "currencyCNY",
                ),
                rises("Fills by side", "Between two points.", "sage_fills_total", "side"),
                rises(
                    "Cancels by verdict",
                    "Cancels count as messages.",
                    "sage_cancels_total",
                    "verdict",
                ),
                rises("Refused pairs", "By the reason given.", "sage_refusals_total", "reason"),
            ),
        ),
    ),
)

BOARDS = (OPERATIONS, QUALITY)


def document(board: Board) -> str:
    """Return the JSON that Grafana imports."""
    return JSONEncoder(sort_keys=True, indent=2).encode(built(board).build()) + "\n"


def path_of(board: Board) -> Path:
    """Return where the JSON of a board is kept."""
    return FOLDER / f"{board.uid}.json"


def main() -> None:
    """Write every dashboard."""
    for board in BOARDS:
        path_of(board).write_text(document(board), encoding="utf-8")


if __name__ == "__main__":
    main()
