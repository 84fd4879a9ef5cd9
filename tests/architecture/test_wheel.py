import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.project import PACKAGES, ROOT


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build the wheel without a network and return the names of the files inside."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = target.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def files_of_the_packages() -> set[str]:
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    return {
        str(path.relative_to(ROOT))
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_carries_every_file_of_the_packages(wheel_names: set[str]) -> None:
    assert files_of_the_packages() - wheel_names == set()


def test_the_wheel_carries_data_beside_the_code(wheel_names: set[str]) -> None:
    suffixes = {Path(name).suffix for name in wheel_names}

    assert {".yaml", ".sql", ".parquet", ".csv", ".json"} <= suffixes


def test_the_wheel_carries_nothing_else(wheel_names: set[str]) -> None:
    outside = {name for name in wheel_names if Path(name).parts[0] not in PACKAGES}

    assert {Path(name).parts[0].partition("-")[0] for name in outside} == {"sage_execd"}
    assert all(".dist-info/" in name for name in outside)
