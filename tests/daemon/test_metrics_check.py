"""Counters that count something else than the record are found."""

from pathlib import Path

import pytest
from prometheus_client import generate_latest

from daemon.metrics import Metrics
from daemon.metrics_check import MetricsUnreadable, check_metrics
from storage.offline import open_copy
from tests.support.book import opened_store
from tests.support.full_book import fill_the_book


@pytest.fixture
async def book(tmp_path: Path) -> Path:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await fill_the_book(store)
    return tmp_path / "a.sqlite"


def counted(*, buys: int = 2) -> Metrics:
    """Return metrics as the process that filled the book has them."""
    metrics = Metrics()
    metrics.fills.labels("BUY").inc(buys)
    metrics.fills.labels("SELL").inc()
    for verdict, sends in {"ACCEPTED": 2, "UNKNOWN": 1, "REFUSED": 1}.items():
        metrics.sends.labels(verdict).inc(sends)
    return metrics


def broken(path: Path, metrics: Metrics) -> list[str]:
    with open_copy(path) as connection:
        found = list(check_metrics(connection, generate_latest(metrics.registry).decode()))
    assert {one.invariant for one in found} <= {"I27"}
    return [one.detail for one in found]


def test_counters_of_the_same_process_agree(book: Path) -> None:
    assert broken(book, counted()) == []


def test_a_counter_that_missed_or_invented_one_is_found(book: Path) -> None:
    assert broken(book, counted(buys=1)) == [
        'sage_fills_total{side="BUY"} is 1, the record counts 2'
    ]
    metrics = counted()
    metrics.cancels.labels("ACCEPTED").inc()
    assert broken(book, metrics) == [
        'sage_cancels_total{verdict="ACCEPTED"} is 1, the record counts 0'
    ]


async def test_an_earlier_process_counts_no_more(book: Path) -> None:
    async with opened_store(book, instance_id="second"):
        pass

    assert broken(book, Metrics()) == []


@pytest.mark.parametrize("text", ["", "no metrics at all {", "up 1\n"])
def test_what_is_no_snapshot_is_said_to_be_none(book: Path, text: str) -> None:
    with open_copy(book) as connection, pytest.raises(MetricsUnreadable, match="no snapshot"):
        list(check_metrics(connection, text))
