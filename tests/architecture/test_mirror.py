"""Every module with something to do is tested where one looks for its tests."""

import ast
from pathlib import Path

import pytest

from tests.support.project import PACKAGES, ROOT, modules, tree_of

# Modules that the tests of their mirror do not reach: "FOLDER: why its tests are there".
TESTED_ELSEWHERE: dict[Path, str] = {}


def does_something(tree: ast.Module) -> bool:
    """Whether a module has a function with a body of its own: it is no port and no record."""
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name != "__init__"
        and not isinstance(node.body[-1], ast.Expr | ast.Pass)
        for node in ast.walk(tree)
    )


def imports_of(tree: ast.Module) -> set[str]:
    """Return every dotted name that a module imports, or imports from."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str() as module, names=aliases):
                names |= {module, *(f"{module}.{alias.name}" for alias in aliases)}
            case ast.Import(names=aliases):
                names |= {alias.name for alias in aliases}
    return names


def dotted(path: Path) -> str:
    """Return the name a module is imported by."""
    return ".".join(path.with_suffix("").parts)


def reach_of_tests(folder: Path) -> set[str]:
    """Return what the tests of a folder import, and the modules that its file names point at."""
    tests = [path.relative_to(ROOT) for path in (ROOT / folder).glob("test_*.py")]
    package = ".".join(folder.parts[1:])
    own = {f"{package}.{path.stem.removeprefix('test_')}" for path in tests}
    return own.union(*(imports_of(tree_of(path)) for path in tests))


def reached_modules(package: Path) -> set[str]:
    """Return the modules of one folder that its tests reach.

    A module counts when a test file is named for it or imports it, or when a module of the same
    folder that counts imports it: a helper is tested through its front door.
    """
    inside = {dotted(path): path for path in modules(str(package)) if path.parent == package}
    reached = reach_of_tests(Path("tests") / package) & inside.keys()
    front = reached
    while front:
        behind = set[str]().union(*(imports_of(tree_of(inside[name])) for name in front))
        front = (behind & inside.keys()) - reached
        reached |= front
    return reached


def unreached_modules() -> set[Path]:
    """Return the modules that do something and are not reached from the mirror of their folder."""
    busy = {path for path in modules(*PACKAGES) if does_something(tree_of(path))}
    folders = {path.parent for path in busy}
    reached = set[str]().union(*(reached_modules(folder) for folder in folders))
    return {path for path in busy if dotted(path) not in reached}


def test_every_module_that_does_something_is_tested_in_its_mirror() -> None:
    forgotten = sorted(str(path) for path in unreached_modules() - TESTED_ELSEWHERE.keys())

    assert not forgotten, "\n" + "\n".join(forgotten)


def test_every_exception_is_needed_and_says_where_the_tests_are() -> None:
    assert TESTED_ELSEWHERE.keys() <= unreached_modules()
    for path, reason in TESTED_ELSEWHERE.items():
        folder, _, why = reason.partition(": ")
        assert (ROOT / folder).is_dir(), path
        assert why, path


@pytest.mark.parametrize(
    ("text", "busy"),
    [
        ("class Port(Protocol):\n    def ask(self) -> int:\n        ...\n", False),
        ("class No(Exception):\n    def __init__(self) -> None:\n        self.x = 1\n", False),
        ("def double(x: int) -> int:\n    return 2 * x\n", True),
        ("class Task:\n    async def run(self) -> None:\n        self.ran = True\n", True),
    ],
)
def test_ports_and_records_do_nothing_and_functions_do(text: str, *, busy: bool) -> None:
    assert does_something(ast.parse(text)) is busy
