"""What the READMEs show exists, and what they promise to run is run by CI."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from daemon.cli.main import main
from tests.support.project import ROOT, text_of
from tests.support.readme import CI_SCRIPT, README, Command, commands, left_for_readme_step

PAGES = [
    README,
    Path("README.zh-CN.md"),
    Path("docs/operating.md"),
    Path("docs/operating.zh-CN.md"),
]
MAKE_TARGETS = set(re.findall(r"^([a-z]+):", text_of(Path("Makefile")), re.MULTILINE))


def shown(program: str, page: Path) -> Iterator[list[str]]:
    """Yield the arguments of each call of a program in the page's shell blocks."""
    for command in commands(text_of(page)):
        first, *rest = shlex.split(command.line)
        if Path(first).name == program:
            yield rest


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_make_target_shown_exists(page: Path) -> None:
    targets = {target for targets in shown("make", page) for target in targets}

    assert targets <= MAKE_TARGETS


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_verb_and_option_shown_exists(page: Path) -> None:
    for verb, *arguments in shown("sage-execd", page):
        assert verb in main.commands, verb
        options = {name for parameter in main.commands[verb].params for name in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= options, verb


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_verb_shown_in_a_sentence_exists(page: Path) -> None:
    verbs = set(re.findall(r"`sage-execd ([a-z-]+)", text_of(page)))

    assert verbs <= main.commands.keys()


def test_the_readme_names_every_verb() -> None:
    named = set(re.findall(r"`([a-z-]+)`", text_of(README)))

    assert main.commands.keys() <= named


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_verb_answers_in_json(verb: str) -> None:
    command = main.commands[verb]

    assert "--json" in {name for parameter in command.params for name in parameter.opts}
    assert isinstance(command, click.Command)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", text_of(page))

    assert [link for link in links if not (ROOT / page.parent / link).is_file()] == []


@pytest.mark.parametrize("target", ["test", "lint", "types", "contracts", "demo"])
def test_ci_runs_every_check(target: str) -> None:
    assert f"make {target}" in text_of(CI_SCRIPT).splitlines()


def test_ci_runs_what_the_readme_marks() -> None:
    marked = [command for command in commands(text_of(README)) if command.runs_in_ci]

    assert Command("make demo", runs_in_ci=True) in marked
    assert Command("make test", runs_in_ci=True) in marked
    assert ".venv/bin/python -m tests.support.readme" in text_of(CI_SCRIPT).splitlines()
    for line in left_for_readme_step(text_of(README), text_of(CI_SCRIPT)):
        assert line.startswith(".venv/bin/sage-execd "), line


def test_marked_commands_are_joined_and_told_from_others() -> None:
    page = "<!-- run in CI -->\n```sh\nmake demo\nrun --a \\\n  --b\n```\n\n```sh\nlook\n```\n"

    assert commands(page) == [
        Command("make demo", runs_in_ci=True),
        Command("run --a --b", runs_in_ci=True),
        Command("look", runs_in_ci=False),
    ]
    assert left_for_readme_step(page, "set -e\nmake demo\n") == ["run --a --b"]
