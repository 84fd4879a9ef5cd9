"""The project as files: what the architecture tests read."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("market", "statemachine", "storage", "adapters", "config", "daemon")
TEXT_SUFFIXES = {".py", ".md", ".toml", ".yaml", ".yml", ".sql", ".txt", ".service", ".sh"}
TEXT_NAMES = {"Makefile", "run"}


def modules(*folders: str) -> list[Path]:
    """Return every Python file under these folders of the project, relative to its root."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


def texts() -> list[Path]:
    """Return every text file somebody wrote, relative to the root; no locks, no bundled data."""
    folders = [ROOT / name for name in (*PACKAGES, "tests", "docs", "deploy", ".ci")]
    found = [path for folder in folders for path in folder.rglob("*")]
    found += list(ROOT.iterdir())
    return sorted(
        path.relative_to(ROOT)
        for path in found
        if path.is_file()
        and (path.suffix in TEXT_SUFFIXES or path.name in TEXT_NAMES)
        and "__pycache__" not in path.parts
        and "runs" not in path.relative_to(ROOT).parts
    )


@cache
def text_of(path: Path) -> str:
    """Return the text of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the parsed module."""
    return ast.parse(text_of(path), filename=str(path))
