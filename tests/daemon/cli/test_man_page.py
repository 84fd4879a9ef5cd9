import click

from daemon.cli.main import main
from daemon.cli.man_page import man_page
from tests.support.project import ROOT

PAGE = ROOT / "docs" / "man" / "sage-execd.1"


def test_the_page_that_ships_is_the_one_the_verbs_make() -> None:
    again = "python -m daemon.cli.man_page > docs/man/sage-execd.1"

    assert PAGE.read_text(encoding="utf-8") == man_page(), f"make it again: {again}"


def test_every_verb_and_option_has_its_place() -> None:
    page = man_page().replace("\\-", "-")

    for name, command in main.commands.items():
        assert f".SS {name} " in page
        options = [each for each in command.params if isinstance(each, click.Option)]
        assert all(option.opts[0] in page for option in options)


def test_no_line_of_a_help_is_read_as_a_request() -> None:
    known = ('.\\"', ".TH", ".SH", ".SS", ".TP", ".B ", ".I ")

    odd = [line for line in man_page().splitlines() if line.startswith((".", "'"))]

    assert all(line.startswith(known) for line in odd)
