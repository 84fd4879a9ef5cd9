import re
from collections.abc import Iterable
from dataclasses import replace

from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from daemon.metrics import Metrics
from statemachine.order import OrderState, SendState
from statemachine.run import RunState
from tests.support.book import make_order

BASE_UNITS = re.compile(r"sage_[a-z_]+")
FORBIDDEN_LABELS = {"client_order_id", "run_id", "ts_code", "venue_order_id"}


def families(metrics: Metrics) -> list[Metric]:
    text = generate_latest(metrics.registry).decode()
    return list(text_string_to_metric_families(text))


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
        assert BASE_UNITS.fullmatch(family.name), family.name
        assert family.documentation.endswith("."), family.name


def test_no_label_is_an_order_a_run_or_a_name() -> None:
    metrics = Metrics()
    metrics.sends.labels("ACCEPTED").inc()
    metrics.count_orders([make_order()])

    assert {label for _, label in samples(families(metrics))}.isdisjoint(FORBIDDEN_LABELS)


def test_two_daemons_in_one_process_share_no_metric() -> None:
    one, other = Metrics(), Metrics()
    one.halted.set(1)

    assert value_of(other, "sage_halted") == 0


def test_orders_are_counted_by_state_and_states_without_orders_are_nought() -> None:
    metrics = Metrics()
    new = make_order()
    unknown = replace(new, send_state=SendState.UNKNOWN)
    metrics.count_orders([new, unknown])
    assert value_of(metrics, "sage_orders", state="NEW") == 2
    assert value_of(metrics, "sage_orders_unresolved") == 1

    metrics.count_orders([])
    assert {value_of(metrics, "sage_orders", state=state) for state in OrderState} == {0}
    assert value_of(metrics, "sage_orders_unresolved") == 0


def test_runs_are_counted_by_state_and_states_without_runs_are_nought() -> None:
    metrics = Metrics()
    metrics.count_runs([RunState.WORKING, RunState.WORKING])
    assert value_of(metrics, "sage_runs", state="WORKING") == 2

    metrics.count_runs([])
    assert {value_of(metrics, "sage_runs", state=state) for state in RunState} == {0}
