"""Every reconcile report that a test writes has the published shape."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.json_schema import violations

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "broker_reconcile.schema.json"


@cache
def published_schema() -> dict[str, Any]:
    """Return the schema as it is committed."""
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def require_valid_reports(folder: Path) -> int:
    """Return how many reports lie in the folder, however deep; fails for one of another shape."""
    reports = sorted(folder.rglob("broker_reconcile_*.json"))
    for path in reports:
        found = violations(json.loads(path.read_bytes()), published_schema())
        assert not found, f"{path.name}: {found[:5]}"
    return len(reports)
