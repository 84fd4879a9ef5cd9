import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from daemon.metrics import Metrics

BASE_UNITS = re.compile(r"sage_[a-z_]+")
FORBIDDEN_LABELS = {"client_order_id", "run_id", "ts_code", "venue_order_id"}


def families(metrics: Metrics) -> list[Metric]:
    text = generate_latest(metrics.registry).decode()
    return list(text_string_to_metric_families(text))


def test_the_time_of_a_success_is_told_by_task() -> None:
    metrics = Metrics()

    metrics.note_success("poll", datetime(2026, 1, 19, 2, 0, tzinfo=UTC))

    assert value_of(metrics, "sage_last_success_timestamp_seconds", task="poll") == 1768788000


def value_of(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def samples(found: Iterable[Metric]) -> set[tuple[str, str]]:
    return {
        (sample.name, label)
        for family in found
        for sample in family.samples
        for label in sample.labels
    }


def test_every_metric_is_ours_by_name_and_says_what_it_is() -> None:
    found = families(Metrics())

    assert len(found) > 15
    for family in found:
        if family.name.startswith("process_"):
            continue
        assert BASE_UNITS.fullmatch(family.name), family.name
        assert family.documentation.endswith("."), family.name


def test_no_label_is_an_order_a_run_or_a_name() -> None:
    metrics = Metrics()
    metrics.sends.labels("ACCEPTED").inc()
    metrics.orders.labels("NEW").set(1)

    assert {label for _, label in samples(families(metrics))}.isdisjoint(FORBIDDEN_LABELS)


def test_two_daemons_in_one_process_share_no_metric() -> None:
    one, other = Metrics(), Metrics()
    one.halted.set(1)

    assert value_of(other, "sage_halted") == 0


def test_what_orders_cost_and_gained_is_told_apart() -> None:
    metrics = Metrics()

    metrics.note_slippage(Decimal("12.5"), Decimal("30.25"))
    metrics.note_slippage(Decimal(-3), Decimal("-7.5"))

    assert value_of(metrics, "sage_slippage_cny_total", direction="cost") == 30.25
    assert value_of(metrics, "sage_slippage_cny_total", direction="gain") == 7.5
    assert value_of(metrics, "sage_order_slippage_basis_points_bucket", le="0.0") == 1


def test_what_is_counted_one_by_one_begins_at_nought() -> None:
    metrics = Metrics()

    assert value_of(metrics, "sage_sends_total", verdict="UNKNOWN") == 0
    assert value_of(metrics, "sage_pairs_total", outcome="refused") == 0
