from pathlib import Path

import pytest

from tests.architecture.house_rules import (
    CODE_RULES,
    FUNCTION_LINES_MAX,
    MODULE_LINES_MAX,
    SEAMS,
    TEXT_RULES,
    Rule,
    Source,
)
from tests.support.project import PACKAGES, ROOT, modules, text_of, texts

CODE = modules(*PACKAGES, "tests")

# A rule, and a text that breaks it once; each was seen to be found.
PLANTED = {
    "nothing is left unfinished": "# TO" + "DO: later\n",
    "no registry host is named": "url = 'https://files.python" + "hosted.org/'\n",
    "no path of one machine is named": "path = '/wo" + "rk/main'\n",
    "lines fit the page": "#" * 101,
    "modules stay small": "x = 1\n" * (MODULE_LINES_MAX + 1),
    "functions fit on a screen": "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX,
    "clocks and dice are ports": "moment = datetime.datetime.now(UTC)\n",
    "nobody sleeps on real time": "async def f():\n    await asyncio.sleep(0.1)\n",
    "no exception is swallowed": "try:\n    f()\nexcept Exception:\n    pass\n",
    "there are no stubs": "def f():\n    raise NotImplementedError\n",
    "no float is near money": "price = 10.5\n",
    "an ignored type has a code and a reason": "x = f()  # type: " + "ignore[arg-type]\n",
}
MORE_PLANTED = [
    ("clocks and dice are ports", "import random\n"),
    ("clocks and dice are ports", "from uuid import uuid4\n"),
    ("clocks and dice are ports", "key = os.urandom\n"),
    ("no exception is swallowed", "try:\n    f()\nexcept:\n    log()\n"),
    ("no float is near money", "price = float(text)\n"),
    ("an ignored type has a code and a reason", "x = f()  # type: " + "ignore\n"),
]
INNOCENT = [
    ("clocks and dice are ports", "from datetime import time\nnow = clock.now()\n"),
    ("nobody sleeps on real time", "async def f():\n    await asyncio.sleep(0)\n"),
    ("no exception is swallowed", "try:\n    f()\nexcept OSError:\n    pass\n"),
    ("an ignored type has a code and a reason", "f()  # type: " + "ignore[arg-type] - untyped\n"),
    ("no path of one machine is named", "see docs/work/notes and example.org/home/\n"),
]


def assert_kept(rule: Rule, paths: list[Path]) -> None:
    findings = [
        f"{path}:{finding.line} {finding.message}"
        for path in paths
        for finding in rule(Source(path, text_of(path)))
    ]
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize("name", TEXT_RULES)
def test_every_text_keeps_the_rule(name: str) -> None:
    assert_kept(TEXT_RULES[name], texts())


@pytest.mark.parametrize("name", CODE_RULES)
def test_every_module_keeps_the_rule(name: str) -> None:
    assert_kept(CODE_RULES[name], CODE)


@pytest.mark.parametrize(("name", "text"), [*PLANTED.items(), *MORE_PLANTED])
def test_the_rule_finds_what_breaks_it(name: str, text: str) -> None:
    rule = (TEXT_RULES | CODE_RULES)[name]

    assert len(list(rule(Source(Path("market/planted.py"), text)))) == 1


@pytest.mark.parametrize(("name", "text"), INNOCENT)
def test_the_rule_leaves_the_innocent_alone(name: str, text: str) -> None:
    rule = (TEXT_RULES | CODE_RULES)[name]

    assert list(rule(Source(Path("market/innocent.py"), text))) == []


def test_every_rule_was_seen_to_find_something() -> None:
    assert PLANTED.keys() == (TEXT_RULES | CODE_RULES).keys()


def test_every_seam_is_there() -> None:
    assert {path for path in SEAMS if not (ROOT / path).is_file()} == set()


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {ROOT / path.parent for path in CODE}

    assert {folder for folder in folders if not (folder / "__init__.py").is_file()} == set()
