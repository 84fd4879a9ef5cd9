"""The files of deploy/prometheus, read; and the tools of Debian's packages, where they are."""

import shutil
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from tests.support.project import ROOT

DEPLOY = ROOT / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.rules.yml"))


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alert of the rule files."""

    name: str
    expression: str
    severity: str
    annotations: dict[str, str]


def rules() -> list[dict[str, Any]]:
    """Return every rule of every file."""
    return [
        rule
        for path in RULES
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def alert_rules() -> list[AlertRule]:
    """Return the rules that alert."""
    return [
        AlertRule(rule["alert"], rule["expr"], rule["labels"]["severity"], rule["annotations"])
        for rule in rules()
        if "alert" in rule
    ]


def tool(name: str) -> str:
    """Return the path of a tool, or skip with the package that brings it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: prometheus, prometheus-alertmanager)")
    return found
