"""House rules that a program can check: each takes a file and says what it found, line by line."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
COLUMNS_MAX = 100

# The only modules that may touch the world's clocks and dice; everyone else is handed a port.
SEAMS = {
    Path("daemon/machine_clock.py"): "is the machine clock",
    Path("daemon/randomness.py"): "is the die",
    Path("daemon/paper_gateway.py"): "composes the paper gateway, and hands it the die",
}
# Whoever watches child processes from outside has no market time to sleep on.
REAL_TIME_FOLDERS = (Path("daemon/rehearsal"), Path("tests/end_to_end"), Path("tests/chaos"))
PURE_FOLDERS = (
    Path("market"),
    Path("statemachine"),
    Path("storage"),
    Path("daemon/planning"),
    Path("daemon/reconciliation"),
)
WORLD_MODULES = {"time", "random", "secrets", "uuid"}
WORLD_NAMES = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today", "os.urandom"}
TESTS = Path("tests")


@cache
def parsed(text: str) -> ast.Module:
    """Return the tree of a text, parsed once for all rules."""
    return ast.parse(text)


class Finding(NamedTuple):
    """One place to mend."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file: its path relative to the root, and its text."""

    path: Path
    text: str

    @property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return parsed(self.text)

    def lies_in(self, *folders: Path) -> bool:
        """Whether the file lies under one of these folders."""
        return any(self.path.is_relative_to(folder) for folder in folders)


Rule = Callable[[Source], Iterator[Finding]]


def pattern_rule(pattern: str, message: str) -> Rule:
    """Make a rule that finds a regular expression in the lines of any text."""
    compiled = re.compile(pattern)

    def rule(source: Source) -> Iterator[Finding]:
        for number, line in enumerate(source.text.splitlines(), 1):
            if compiled.search(line):
                yield Finding(number, message)

    return rule


# Written in pieces, so that this file does not break the rules it states.
unfinished = pattern_rule(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b", "left unfinished")
registry_host = pattern_rule(
    r"https?://[\w.-]*(?:py" r"pi|python" r"hosted|npm" r"js|deb" r"ian)", "names a registry host"
)
machine_path = pattern_rule(r"(?<![\w.}])/(?:work|root|home|srv)/", "names a path of one machine")
unexplained_ignore = pattern_rule(
    r"type: " r"ignore(?!\[[\w, -]+\]\s*[#-]\s*\S)", "ignores a type without a code and a reason"
)


def long_line(source: Source) -> Iterator[Finding]:
    """Find lines beyond the last column."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if len(line) > COLUMNS_MAX:
            yield Finding(number, f"has {len(line)} columns (at most {COLUMNS_MAX})")


def long_module(source: Source) -> Iterator[Finding]:
    """Find modules that want to be two."""
    lines = len(source.text.splitlines())
    if lines > MODULE_LINES_MAX:
        yield Finding(lines, f"has {lines} lines (at most {MODULE_LINES_MAX})")


def long_function(source: Source) -> Iterator[Finding]:
    """Find functions that do not fit on a screen."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                message = f"{node.name} has {lines} lines (at most {FUNCTION_LINES_MAX})"
                yield Finding(node.lineno, message)


def world_outside_seams(source: Source) -> Iterator[Finding]:
    """Find reads of a clock or a die of the world outside the modules made for it."""
    if source.path in SEAMS or source.lies_in(TESTS):
        return
    for node in ast.walk(source.tree):
        for name in _names_taken(node) & (WORLD_MODULES | WORLD_NAMES):
            yield Finding(getattr(node, "lineno", 0), f"uses {name} outside the ports")


def _names_taken(node: ast.AST) -> set[str]:
    match node:
        case ast.Import(names=names):
            return {alias.name.partition(".")[0] for alias in names}
        case ast.ImportFrom(module=str() as module, level=0):
            return {module.partition(".")[0]}
        case ast.Attribute():
            return {".".join(ast.unparse(node).split(".")[-2:])}
        case _:
            return set()


def sleep(source: Source) -> Iterator[Finding]:
    """Find waits on real time: tests step a clock, the daemon sleeps on a port."""
    if source.path in SEAMS or source.lies_in(*REAL_TIME_FOLDERS):
        return
    for node in ast.walk(source.tree):
        call = ast.unparse(node) if isinstance(node, ast.Call) else ""
        if call.startswith(("asyncio.sleep(", "time.sleep(")) and call != "asyncio.sleep(0)":
            yield Finding(getattr(node, "lineno", 0), "sleeps on real time")


def swallowed_exception(source: Source) -> Iterator[Finding]:
    """Find handlers that catch everything by naming nothing, or catch it and do nothing."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
            idle = all(isinstance(line, ast.Pass | ast.Continue) for line in node.body)
            if node.type is None or (broad and idle):
                yield Finding(node.lineno, "swallows every exception")


def stub(source: Source) -> Iterator[Finding]:
    """Find functions that promise and do not keep."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node):
            yield Finding(node.lineno, "is a stub")


def float_near_money(source: Source) -> Iterator[Finding]:
    """Find the type float, or a literal of it, where money and prices are computed and kept."""
    if not source.lies_in(*PURE_FOLDERS):
        return
    for node in ast.walk(source.tree):
        name = isinstance(node, ast.Name) and node.id == "float"
        if name or (isinstance(node, ast.Constant) and isinstance(node.value, float)):
            yield Finding(getattr(node, "lineno", 0), "is a float near money")


TEXT_RULES: dict[str, Rule] = {
    "nothing is left unfinished": unfinished,
    "no registry host is named": registry_host,
    "no path of one machine is named": machine_path,
}
CODE_RULES: dict[str, Rule] = {
    "lines fit the page": long_line,
    "modules stay small": long_module,
    "functions fit on a screen": long_function,
    "clocks and dice are ports": world_outside_seams,
    "nobody sleeps on real time": sleep,
    "no exception is swallowed": swallowed_exception,
    "there are no stubs": stub,
    "no float is near money": float_near_money,
    "an ignored type has a code and a reason": unexplained_ignore,
}
