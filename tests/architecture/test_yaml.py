"""YAML is read strictly: 000001, 09:30, 1e3, no and a key given twice are refused or are text.

The rule book and the sessions go through market.strict_yaml, the configuration through
config.yaml_document; a rehearsal takes the caller's file apart only after that.
"""

import ast
from pathlib import Path

from tests.support.project import PACKAGES, modules, tree_of

READERS = {"compose", "compose_all", "full_load", "load", "load_all", "parse", "safe_load", "scan"}
ALLOWED = {
    Path("config/yaml_document.py"),
    Path("market/strict_yaml.py"),
    Path("daemon/rehearsal/configuration.py"),
}


def reads_yaml(tree: ast.Module) -> bool:
    """Whether a module asks the yaml package to read something."""
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "yaml"
        and node.attr in READERS
        for node in ast.walk(tree)
    )


def test_nobody_else_reads_yaml() -> None:
    assert {path for path in modules(*PACKAGES) if reads_yaml(tree_of(path))} == ALLOWED


def test_the_yaml_package_is_never_imported_in_parts() -> None:
    imported = [
        path
        for path in modules(*PACKAGES)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module == "yaml"
    ]

    assert imported == []
