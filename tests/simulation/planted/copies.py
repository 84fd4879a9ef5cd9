"""A copy of the project with one bug in it."""

import shutil
from pathlib import Path

from tests.simulation.planted.bugs import Bug
from tests.support.project import PACKAGES, ROOT

COPIED = (*PACKAGES, "tests")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "sample")


class DoesNotApply(Exception):
    """The product changed: the bug must be written anew."""


def planted(bug: Bug, text: str) -> str:
    """Return the text with the bug in it. Raises DoesNotApply."""
    found = text.count(bug.old)
    if found != 1:
        raise DoesNotApply(f"{bug.name}: its text is {found} times in {bug.path}")
    return text.replace(bug.old, bug.new)


def plant(bug: Bug, folder: Path) -> None:
    """Copy the project and put the bug in. Raises DoesNotApply."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT)
    path = folder / bug.path
    path.write_text(planted(bug, path.read_text(encoding="utf-8")), encoding="utf-8")


def applies(bug: Bug) -> None:
    """Raise DoesNotApply unless the bug can still be planted."""
    planted(bug, (ROOT / bug.path).read_text(encoding="utf-8"))
