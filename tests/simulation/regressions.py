"""Days that once broke a promise, as they were shrunk; each is a file of this package's folder."""

import json
from datetime import time
from pathlib import Path

from tests.simulation.faults import faults_of
from tests.simulation.scenario import Scenario, World

FOLDER = Path(__file__).parent / "regressions"


def regression_files() -> list[Path]:
    """Return every file, by name."""
    return sorted(FOLDER.glob("*.json"))


def read_regression(path: Path) -> Scenario:
    """Read a day; lines that begin with # say what it broke."""
    lines = path.read_text(encoding="utf-8").splitlines()
    body = json.loads("\n".join(line for line in lines if not line.startswith("#")))
    faults = faults_of(body.pop("faults"))
    seed = body.pop("seed")
    body["first_send"] = time.fromisoformat(body["first_send"])
    return Scenario(seed, World(**body), faults)
