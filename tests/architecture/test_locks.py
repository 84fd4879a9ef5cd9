"""What is installed is what was locked: exact versions, hashes, and no word about where from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.project import text_of

LOCKS = {
    "runtime": Path("requirements/runtime.txt"),
    "dev": Path("requirements/dev.txt"),
}
PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>.+?))? \\$")


def pins(path: Path) -> dict[tuple[str, str | None], str]:
    """Return name and marker -> version of every line that is not a hash or a comment."""
    lines = [line for line in text_of(path).splitlines() if line and line[0] not in " #"]
    matches = [PINNED.match(line) for line in lines]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    return {(match["name"], match["marker"]): match["version"] for match in matches if match}


def wanted(*, dev: bool) -> list[Requirement]:
    """Return what pyproject.toml asks for."""
    project = tomllib.loads(text_of(Path("pyproject.toml")))["project"]
    extra = project["optional-dependencies"]["dev"] if dev else []
    return [Requirement(line) for line in [*project["dependencies"], *extra]]


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = text_of(LOCKS[name])

    for block in re.split(r"\n(?=[a-z])", text)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block
    assert re.search(r"https?://|--(?:extra-)?index-url|--find-links", text) is None


@pytest.mark.parametrize(("name", "dev"), [("runtime", False), ("dev", True)])
def test_the_lock_satisfies_the_project(name: str, *, dev: bool) -> None:
    locked = {package: version for (package, _), version in pins(LOCKS[name]).items()}

    for requirement in wanted(dev=dev):
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_both_locks_agree() -> None:
    assert pins(LOCKS["runtime"]).items() <= pins(LOCKS["dev"]).items()
