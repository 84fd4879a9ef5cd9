"""The bundled week through the real daemon: what `make demo` shows."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.end_to_end.rehearsals import Played, assert_sound, sage_execd

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Played:
    out = tmp_path_factory.mktemp("demo") / "out"
    return sage_execd("demo", "--out", str(out), "--json", out=out)


def test_demo_ends_with_equal_books_and_exit_zero(demo: Played) -> None:
    assert demo.code == 0, demo.words
    assert_sound(demo.line)


def test_every_line_that_was_not_filled_has_one_reason(demo: Played) -> None:
    line = demo.line
    filled = line["orders"]["filled"]

    assert all(denial["reason"] for denial in line["denied"])
    assert filled + len(line["denied"]) >= line["planned"]


def test_the_artifacts_lie_beside_the_inputs_and_are_not_taken_for_input(demo: Played) -> None:
    inbox = demo.out / "inbox"
    names = {path.name for path in inbox.iterdir()}
    run_id = demo.line["run_id"]

    assert set(demo.line["artifacts"]) <= names
    assert f"broker_orders_{run_id}.parquet" in names
    assert f"broker_fills_{run_id}.parquet" in names
    assert f"broker_reconcile_{run_id}.json" in names
    assert sum(name.startswith("broker_submit_") for name in demo.line["artifacts"]) == 2


def test_the_order_table_and_the_report_tell_the_same_story(demo: Played) -> None:
    inbox, run_id = demo.out / "inbox", demo.line["run_id"]
    orders = pq.read_table(inbox / f"broker_orders_{run_id}.parquet").to_pylist()
    report = json.loads((inbox / f"broker_reconcile_{run_id}.json").read_text())

    assert len(orders) == demo.line["orders"]["total"]
    assert report["run_id"] == run_id
    assert report["plan_hash"] == demo.line["plan_hash"]
    assert report["breaks"] == []


def test_a_second_demo_replaces_the_first_but_no_other_folder(demo: Played, tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("keep me")
    refused = sage_execd("demo", "--out", str(tmp_path), "--json", out=tmp_path)

    assert refused.code == 70
    assert precious.read_text() == "keep me"
