import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from typing import Any

import pytest

from daemon.console.texts.language import Language
from daemon.planning.outcomes import NextStep
from daemon.reconciliation.costs import CostParts
from daemon.reconciliation.report import ReportStatus
from daemon.report.rendering import page_style, report_page
from daemon.report.texts import TEXTS, ReportTexts
from daemon.report.timeline import Moment
from statemachine.reasons import Reason, text_of
from tests.daemon.reconciliation.test_report import inputs
from tests.daemon.report.given import DOUBTFUL, NASTY, document
from tests.support.book import BANK
from tests.support.project import ROOT

HAN = re.compile(r"[一-鿿]")
SAID = re.compile(r"""say\(\s*["']([a-z_.A-Z]+)["']\s*[,)]""")
ELSEWHERE = re.compile(r"""(?:src|href|url|@import|action)\s*[=(]|https?://|<script|<link|<img""")
FOLDER = ROOT / "daemon/report"


def page(found: dict[str, Any] | None = None, language: Language = Language.ENGLISH) -> str:
    return report_page(found or document(), language).decode()


@pytest.mark.parametrize("language", Language)
def test_the_page_needs_nothing_from_elsewhere_and_allows_nothing(language: Language) -> None:
    text = page(language=language)
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()

    assert not ELSEWHERE.search(text)
    assert "style=" not in text.replace("style-src", "")
    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;" in text
    assert style == page_style()


def test_the_same_document_gives_the_same_bytes() -> None:
    assert report_page(document(), Language.CHINESE) == report_page(document(), Language.CHINESE)


@pytest.mark.parametrize("language", Language)
def test_every_name_that_was_not_executed_has_one_reason_and_what_follows(
    language: Language,
) -> None:
    found = document()
    left = [
        name
        for name in found["reconcile"]["names"]
        if name["reason"] and name["disposition"] != "KEEP"
    ]
    section = page(found, language).partition('id="left"')[2].partition("</section>")[0]
    rows = section.split("<tr>")[2:]

    assert len(rows) == len(left) == 3
    for row, name in zip(rows, left, strict=True):
        text = text_of(Reason(name["reason"]))
        assert name["ts_code"] in row
        assert (text.english if language is Language.ENGLISH else text.chinese) in row
        follows = TEXTS[f"report.next.{name['next_step']}"]
        assert follows[language is Language.CHINESE] in row


def test_a_chinese_page_is_chinese_but_for_names_and_the_details_marked_english() -> None:
    text = page(language=Language.CHINESE).partition("<body>")[2]
    text = re.sub(r"""<(\w+)[^>]* lang="en">.*?</\1>""", "", text)
    words = re.findall(r">([^<>]*[A-Za-z]{4,}[^<>]*)<", text)

    assert 'lang="zh-CN"' in page(language=Language.CHINESE)
    assert [word for word in words if not HAN.search(word) and not is_a_name(word)] == []


def is_a_name(word: str) -> bool:
    """Whether it is an id, a file or a person and no sentence."""
    return " " not in word.strip()


def test_what_somebody_else_wrote_is_text_and_never_markup() -> None:
    found = document()
    found["run"]["champion_id"] = found["run"]["portfolio"] = NASTY
    found["reconcile"]["names"][0]["detail"] = NASTY
    found["reconcile"]["breaks"][0]["detail"] = NASTY
    found["timeline"][0]["actor"] = NASTY

    assert NASTY not in page(found)


def test_what_could_not_be_compared_and_what_nobody_knows_is_said() -> None:
    found = document(replace(inputs(), orders=(DOUBTFUL,), fills=()))
    text = page(found)

    assert "did not come whole and was not compared: positions." in text
    assert DOUBTFUL.client_order_id in text


@pytest.mark.parametrize("language", Language)
def test_a_name_is_told_by_its_code_and_by_what_people_call_it(language: Language) -> None:
    assert f"{BANK}</span> 浦发银行</td>" in page(language=language)


def test_books_that_agree_and_a_run_that_was_done_say_so() -> None:
    found = document()
    found["reconcile"]["breaks"] = []
    found["reconcile"]["complete"] = dict.fromkeys(found["reconcile"]["complete"], True)
    found["reconcile"]["names"] = []
    found["cash"] = None
    text = page(found)

    for key in ("report.no_breaks", "report.all_executed", "report.no_cash"):
        assert TEXTS[key][0] in unescape(text)


def test_every_sentence_is_there_in_both_languages_and_is_said_somewhere() -> None:
    sources = [*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.html")]
    said = {key for path in sources for key in SAID.findall(path.read_text(encoding="utf-8"))}
    built = {
        *(f"report.{status}" for status in ReportStatus),
        *(f"report.next.{step}" for step in NextStep),
        *(f"report.part.{part}" for part in CostParts.__dataclass_fields__),
        *(f"report.{kind}" for kind in Moment if "_" in kind),
        *(f"report.{what}.word" for what in document()["reconcile"]["complete"]),
        "report.approval.APPROVED",
        "report.halt.HALTED",
        "report.halt.RESUMED",
    }

    assert TEXTS.keys() == {key for key in said | built if key.startswith("report.")}
    for english, chinese in TEXTS.values():
        assert HAN.search(chinese)
        assert not HAN.search(english)


def test_an_event_nobody_wrote_a_sentence_for_is_told_by_its_name() -> None:
    row = {"kind": "APPROVAL", "value": "EXPIRED"}

    assert ReportTexts(Language.CHINESE).event(row) == "EXPIRED"
