"""Who is told of what, tried by amtool."""

import subprocess

import pytest

from tests.deploy.prometheus_files import DEPLOY, AlertRule, alert_rules, tool

CONFIGURATION = DEPLOY / "alertmanager" / "alertmanager.yml"
RECEIVERS = {"P0": "duty", "P1": "duty", "P2": "desk", "none": "heartbeat"}


def amtool(*words: str) -> str:
    done = subprocess.run([tool("amtool"), *words], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_configuration_is_sound() -> None:
    assert "SUCCESS" in amtool("check-config", str(CONFIGURATION))


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule.name)
def test_every_alert_goes_to_who_answers_for_its_severity(rule: AlertRule) -> None:
    found = amtool(
        "config",
        "routes",
        "test",
        f"--config.file={CONFIGURATION}",
        f"alertname={rule.name}",
        f"severity={rule.severity}",
    )

    assert found.split() == [RECEIVERS[rule.severity]]


def test_an_alert_of_somebody_else_goes_to_the_desk() -> None:
    found = amtool("config", "routes", "test", f"--config.file={CONFIGURATION}", "alertname=Other")

    assert found.split() == ["desk"]
