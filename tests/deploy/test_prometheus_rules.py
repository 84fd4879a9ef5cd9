"""The rules of deploy/prometheus, tried by promtool."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import generate_latest

from daemon.metrics import Metrics
from tests.deploy.alert_cases import CASES, AlertCase
from tests.deploy.prometheus_files import DEPLOY, PROMETHEUS, RULES, alert_rules, rules, tool

METRIC = re.compile(r"\b(?:sage|process)_[a-z0-9_]+")
# Coarse, for promtool evaluates every rule at every step of every case.
EVALUATION = "5m"
WORDS = ("**Means.**", "**含义。**", "**Look. 查看。**", "**Do.**", "**处理。**")


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([tool("promtool"), *words], capture_output=True, text=True, check=False)


def moments(case: AlertCase) -> list[dict[str, Any]]:
    """Return promtool's moments of one case: it fires, and it stays quiet."""
    (rule,) = (rule for rule in alert_rules() if rule.name == case.alert)
    labels = {"severity": rule.severity, **case.labels}
    fired = [{"exp_labels": labels, "exp_annotations": rule.annotations}]
    found = [_moment(case.alert, case.series, case.minute, fired)]
    if case.quiet:
        found.append(_moment(case.alert, case.quiet, case.quiet_minute, []))
    return found


def document(cases: Iterable[AlertCase]) -> str:
    """Return a file of tests for promtool."""
    content = {
        "rule_files": [str(path) for path in RULES],
        "evaluation_interval": EVALUATION,
        "tests": [moment for case in cases for moment in moments(case)],
    }
    return yaml.safe_dump(content, allow_unicode=True)


def _moment(alert: str, series: Any, minute: int, expected: list[Any]) -> dict[str, Any]:
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": text} for name, text in series.items()],
        "alert_rule_test": [
            {"eval_time": f"{minute}m", "alertname": alert, "exp_alerts": expected}
        ],
    }


def test_every_alert_fires_when_it_must_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "alerts.yml"
    path.write_text(document(CASES), encoding="utf-8")

    done = promtool("test", "rules", str(path))

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_its_case_and_all_but_the_heartbeat_a_quiet_one() -> None:
    assert {case.alert for case in CASES} == {rule.name for rule in alert_rules()}
    assert {case.alert for case in CASES if not case.quiet} == {"SageWatchdog"}


def test_the_configuration_and_its_rules_are_sound() -> None:
    done = promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))

    assert done.returncode == 0, done.stderr
    assert sum(map(int, re.findall(r"(\d+) rules found", done.stdout))) == len(rules())


def test_the_metrics_page_is_what_promtool_likes() -> None:
    page = generate_latest(Metrics().registry)

    done = subprocess.run(
        [tool("promtool"), "check", "metrics"], input=page, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_rules_ask_only_for_metrics_that_exist() -> None:
    page = generate_latest(Metrics().registry).decode()
    exported = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}
    exported |= {re.split("[ {]", line)[0] for line in page.splitlines()}

    asked = {name for rule in rules() for name in METRIC.findall(rule["expr"])}

    assert asked - exported == set()


def test_every_alert_has_its_section_in_the_runbook_in_both_languages() -> None:
    text = (DEPLOY / "RUNBOOK.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in text.split("\n## ")[1:]}

    assert set(sections) == {rule.name for rule in alert_rules()}
    for rule in alert_rules():
        section = sections[rule.name]
        assert rule.annotations["summary"] in section
        assert [word for word in WORDS if word not in section] == []
        assert rule.annotations["runbook_url"].endswith(f"RUNBOOK.md#{rule.name.lower()}")
