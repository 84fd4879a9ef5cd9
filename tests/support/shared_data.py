"""The real data that lies beside the project in CI and nowhere else."""

from pathlib import Path

import pytest


def shared_data() -> Path:
    """Return the folder of real market data, or skip the test and say so."""
    folder = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real market data are not at {folder}")
    return folder
