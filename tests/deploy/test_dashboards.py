"""The dashboards of deploy/grafana: as the code makes them, and as a reader wants them."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from daemon.metrics import Metrics
from deploy.grafana.dashboards import BOARDS, document, path_of
from deploy.grafana.panels import Board, Panel
from tests.deploy.prometheus_files import tool

METRIC = re.compile(r"\b(?:sage|process)_[a-z0-9_]+")
VARIABLES = re.compile(r"\$__(?:rate_interval|interval|range)")

boards = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
PANELS = [panel for board in BOARDS for panel in board.panels()]
panels = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)


def plain(expression: str) -> str:
    """Return an expression with Grafana's variables filled in."""
    return VARIABLES.sub("5m", expression).replace("$instance", ".*")


def placed(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels of a dashboard's JSON, rows too."""
    found: list[dict[str, Any]] = content["panels"]
    return found + [inner for row in found for inner in row.get("panels") or []]


@boards
def test_the_committed_dashboard_is_the_one_the_code_makes(board: Board) -> None:
    assert path_of(board).read_text(encoding="utf-8") == document(board), (
        "run: python -m deploy.grafana.dashboards"
    )


@boards
def test_no_two_panels_lie_on_each_other_or_share_a_number(board: Board) -> None:
    found = placed(json.loads(document(board)))
    cells = Counter(
        (x, y)
        for panel in found
        for at in [panel["gridPos"]]
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    )
    numbers = Counter(panel["id"] for panel in found if panel.get("id"))

    assert {cell for cell, count in cells.items() if count > 1} == set()
    assert {number for number, count in numbers.items() if count > 1} == set()
    assert max(x for x, _ in cells) < 24


@boards
def test_a_dashboard_can_be_pointed_at_any_prometheus_and_any_host(board: Board) -> None:
    content = json.loads(document(board))

    assert [found["name"] for found in content["templating"]["list"]] == ["datasource", "instance"]
    for panel in placed(content):
        for target in panel.get("targets", ()):
            assert 'instance=~"$instance"' in target["expr"]
        assert panel["type"] == "row" or panel["datasource"]["uid"] == "${datasource}"


@panels
def test_a_panel_says_what_it_shows_in_which_unit(panel: Panel) -> None:
    assert panel.title
    assert panel.description.endswith(".")
    assert panel.unit
    assert all(question.legend for question in panel.questions)


@panels
def test_a_counter_is_shown_as_what_it_rose(panel: Panel) -> None:
    for question in panel.questions:
        for name in METRIC.findall(question.promql):
            if name.endswith(("_total", "_bucket", "_sum", "_count")):
                assert re.search(rf"(?:rate|increase)\({name}\b", question.promql), name


def test_panels_ask_only_for_metrics_that_exist() -> None:
    page = generate_latest(Metrics().registry).decode()
    exported = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}
    exported |= {re.split("[ {]", line)[0] for line in page.splitlines()}
    asked = {
        name
        for panel in PANELS
        for question in panel.questions
        for name in METRIC.findall(question.promql)
    }

    assert asked - exported == set()


def test_every_question_is_sound_promql(tmp_path: Path) -> None:
    questions = [question for panel in PANELS for question in panel.questions]
    rules = [
        {"record": f"asked:{number}", "expr": plain(question.promql)}
        for number, question in enumerate(questions)
    ]
    path = tmp_path / "asked.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))

    done = subprocess.run(
        [tool("promtool"), "check", "rules", str(path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(questions)} rules found" in done.stdout
