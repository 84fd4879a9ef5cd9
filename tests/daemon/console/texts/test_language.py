"""One catalogue, both languages, nothing missing and nothing mixed."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment

from config.settings import Mode
from daemon.console.acting import ACTS
from daemon.console.texts.language import CATALOGUE, Language, Texts, chosen
from daemon.console.texts.words import WORDS
from daemon.planning.plan_differences import Change, Predecessor
from market.phases import Phase
from market.side import Side
from statemachine.breaks import BreakCause, BreakKind
from statemachine.order import FinalReason, Initiator, OrderState, SendState
from statemachine.plan import Disposition
from statemachine.run import RunState
from storage.alerts import DeliveryState
from storage.manual import Choice
from storage.store import Stage
from tests.support.project import ROOT

TEMPLATES = sorted((ROOT / "daemon/console/templates").glob("*.html"))
SAID = re.compile(r"""say\(\s*["']([a-z_.]+)["']""")
LISTED = re.compile(r"""["']((?:nav|told|login)\.(?!html)[a-z_]+)["']""")
CHARTS = sorted((ROOT / "daemon/console").rglob("*.py"))
HAN = re.compile(r"[一-鿿]")
KINDS: dict[str, type[StrEnum]] = {
    "mode": Mode,
    "phase": Phase,
    "run_state": RunState,
    "order_state": OrderState,
    "send_state": SendState,
    "side": Side,
    "disposition": Disposition,
    "choice": Choice,
    "break": BreakKind,
    "cause": BreakCause,
    "final": FinalReason,
    "initiator": Initiator,
    "change": Change,
    "delivery": DeliveryState,
    "predecessor": Predecessor,
    "stage": Stage,
}


def keys_said() -> Iterator[str]:
    for path in (*TEMPLATES, *CHARTS):
        text = path.read_text(encoding="utf-8")
        yield from SAID.findall(text)
        if "texts/" not in str(path):
            yield from LISTED.findall(text)
    yield from (f"told.{act.verb}" for act in ACTS)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_sentence_that_is_said_is_written_and_the_other_way_round() -> None:
    assert set(keys_said()) == CATALOGUE.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_of_ours_has_a_word(kind: str) -> None:
    assert WORDS[kind].keys() == {member.value for member in KINDS[kind]}


@pytest.mark.parametrize("key", CATALOGUE)
def test_no_sentence_mixes_the_languages(key: str) -> None:
    english, chinese = CATALOGUE[key]

    assert key == "shell.other_language" or not HAN.search(english)
    assert key == "shell.other_language" or HAN.search(chinese)
    assert fields(english) == fields(chinese)


@pytest.mark.parametrize("kind", WORDS)
def test_no_word_mixes_the_languages(kind: str) -> None:
    for english, chinese in WORDS[kind].values():
        assert not HAN.search(english)
        assert HAN.search(chinese)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_sentence_of_its_own(path: Path) -> None:
    tokens = Environment(autoescape=True).lex(path.read_text(encoding="utf-8"))
    text = "".join(value if kind == "data" else "~" for _, kind, value in tokens)
    bare = re.sub(r"<code>.*?</code>|<[^>]*>", " ", text, flags=re.DOTALL)

    assert not re.search(r"[A-Za-z一-鿿]{2,}", bare.replace("sage-execd", ""))


@pytest.mark.parametrize(
    ("cookie", "accept", "language"),
    [
        ("en", "zh-CN", Language.ENGLISH),
        ("zh-CN", "en", Language.CHINESE),
        (None, "en-GB,en;q=0.9,zh;q=0.8", Language.ENGLISH),
        (None, "de, zh-TW;q=0.9, en;q=0.5", Language.CHINESE),
        (None, "", Language.CHINESE),
        ("<script>", "fr", Language.CHINESE),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers(
    cookie: str | None, accept: str, language: Language
) -> None:
    assert chosen(cookie, accept) is language


def test_what_has_no_word_is_shown_as_it_is() -> None:
    texts = Texts(Language.CHINESE)

    assert texts.word("run_state", "<b>") == "<b>"
    assert texts.word("final", None) == "–"
    assert texts.reason("no such code") == "no such code"
    assert texts.reason(None) == ""
    assert texts.reason("HALTED") != Texts(Language.ENGLISH).reason("HALTED")
