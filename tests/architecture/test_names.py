"""Our six plain names clash with other people's: `python-daemon` owns `daemon` too."""

from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.project import PACKAGES, ROOT

OURS = "sage-execd"


def names_claimed(distribution: Distribution) -> set[str]:
    """Return the top-level names of ours that a distribution installs."""
    files = distribution.files or []
    first_parts = {
        Path(file.parts[0]).stem if len(file.parts) == 1 else file.parts[0] for file in files
    }
    return first_parts & set(PACKAGES)


def rivals(installed: Iterable[Distribution]) -> dict[str, set[str]]:
    """Return every other distribution that claims one of our names."""
    claims = {one.name: names_claimed(one) for one in installed if one.name != OURS}
    return {name: claimed for name, claimed in claims.items() if claimed}


def test_no_other_installed_distribution_claims_one_of_our_names() -> None:
    assert rivals(distributions()) == {}


@pytest.mark.parametrize("name", PACKAGES)
def test_each_name_is_imported_from_this_project(name: str) -> None:
    spec = find_spec(name)

    assert spec is not None
    assert spec.origin == str(ROOT / name / "__init__.py")


@pytest.mark.parametrize("file", ["daemon/__init__.py", "market.py"])
def test_a_rival_would_be_found(tmp_path: Path, file: str) -> None:
    metadata = tmp_path / "python_daemon-3.1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: python-daemon\nVersion: 3.1.2\n"
    )
    (metadata / "RECORD").write_text(f"{file},,\npython_daemon-3.1.2.dist-info/METADATA,,\n")

    found = rivals(distributions(path=[str(tmp_path)]))

    assert found == {"python-daemon": {Path(file).parts[0].removesuffix(".py")}}
