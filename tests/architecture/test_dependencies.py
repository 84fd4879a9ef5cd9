"""What the code imports is what pyproject.toml declares."""

import ast
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.project import PACKAGES, modules, text_of, tree_of

# Imported under names of their own, but released and pinned together with what is declared.
PARTS_OF_A_DECLARED_ONE = {"pydantic_core"}
OURS = {*PACKAGES, "tests", "deploy"}


def foreign_imports(paths: Iterable[Path]) -> set[str]:
    """Return the top-level names of other people that these modules import, however deep."""
    names: set[str] = set()
    for path in paths:
        for node in ast.walk(tree_of(path)):
            match node:
                case ast.Import(names=aliases):
                    names |= {alias.name.partition(".")[0] for alias in aliases}
                case ast.ImportFrom(module=str() as module, level=0):
                    names.add(module.partition(".")[0])
    return names - OURS - PARTS_OF_A_DECLARED_ONE - sys.stdlib_module_names


def declared(*groups: str) -> set[str]:
    """Return the distributions that pyproject.toml names: at run time, and in extra groups."""
    project = tomllib.loads(text_of(Path("pyproject.toml")))["project"]
    lines = list(project["dependencies"])
    for group in groups:
        lines += project["optional-dependencies"][group]
    return {canonicalize_name(Requirement(line).name) for line in lines}


owners_of_names = cache(packages_distributions)


def undeclared(imports: set[str], allowed: set[str]) -> set[str]:
    """Return the imports that no allowed distribution brings."""
    owners = owners_of_names()
    return {
        name
        for name in imports
        if not {canonicalize_name(owner) for owner in owners.get(name, ())} & allowed
    }


def test_the_program_imports_only_what_it_declares() -> None:
    assert undeclared(foreign_imports(modules(*PACKAGES)), declared("channels", "charts")) == set()


def test_the_tests_import_only_what_is_declared_for_them() -> None:
    assert undeclared(foreign_imports(modules("tests", "deploy")), declared("dev")) == set()


def test_an_undeclared_import_would_be_found() -> None:
    assert undeclared({"pytest", "no_such_module"}, declared()) == {"pytest", "no_such_module"}
