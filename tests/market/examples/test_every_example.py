"""No example of a-share-rules.md goes without a test that carries its number."""

import ast
import re

from tests.support.project import modules, tree_of

EXAMPLES = {f"E{number}" for number in range(1, 71)}
NUMBERED = re.compile(r"test_(E[0-9]+)_\w+")

Test = ast.FunctionDef | ast.AsyncFunctionDef


def numbered_tests() -> list[tuple[str, Test]]:
    """Return every test that pytest collects under a number, whatever room it lives in."""
    files = [path for path in modules("tests") if path.name.startswith("test_")]
    return [
        (match[1], node)
        for path in files
        for node in tree_of(path).body
        if isinstance(node, Test) and (match := NUMBERED.fullmatch(node.name))
    ]


def asserts_something(test: Test) -> bool:
    raising = "pytest.raises" in ast.unparse(test)
    return raising or any(isinstance(node, ast.Assert) for node in ast.walk(test))


def is_skipped(test: Test) -> bool:
    marks = [ast.unparse(mark) for mark in test.decorator_list]
    return any("skip" in mark or "xfail" in mark for mark in marks)


def test_every_example_has_a_test_and_no_test_claims_a_number_beyond() -> None:
    carried = {number for number, test in numbered_tests() if not is_skipped(test)}

    assert sorted(EXAMPLES - carried) == []
    assert sorted(carried - EXAMPLES) == []


def test_every_numbered_test_asserts_something() -> None:
    assert [test.name for _, test in numbered_tests() if not asserts_something(test)] == []
