import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from config.settings import CheckSettings, DaySettings
from daemon.planning.checks import check_run
from daemon.planning.dates import check_dates
from statemachine.portfolio import Refusal, TargetPortfolio
from statemachine.reason_texts.details import SENTENCES, in_chinese
from tests.daemon.planning.builders import calendar, portfolio, target
from tests.support.desk import BANK, EVENING, MAOTAI, SIGNAL, VANKE

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH_WORD = re.compile(r"\b(?!risk|checks|true)[a-z]{4,}\b")
CHECKS, DAY = CheckSettings(), DaySettings()
GOOD = portfolio(target(BANK, "0.05"))


def refused(wanted: TargetPortfolio) -> list[Refusal]:
    return list(check_run(wanted, CHECKS))


def late(signal: date) -> list[Refusal]:
    return list(check_dates(signal, EVENING, calendar(), CHECKS, DAY).refusals)


REAL = [
    *refused(portfolio()),
    *refused(portfolio(target(BANK, "0.9"))),
    *refused(portfolio(target(BANK, "0.3"), target(VANKE, "0.3"), target(MAOTAI, "0.3"))),
    *refused(replace(GOOD, risk_checks=())),
    *refused(replace(GOOD, risk_checks=(("single_position_ok", False),))),
    *late(SIGNAL + timedelta(days=1)),
    *late(SIGNAL + timedelta(days=3)),
    *late(SIGNAL - timedelta(days=21)),
]


@pytest.mark.parametrize("refusal", REAL, ids=lambda refusal: refusal.message)
def test_what_a_run_is_really_refused_for_is_said_in_chinese_with_its_figures(
    refusal: Refusal,
) -> None:
    said = in_chinese(refusal.message)

    assert CHINESE.search(said), refusal.message
    assert not ENGLISH_WORD.search(said), said
    assert sorted(re.findall(r"\d+", said)) == sorted(re.findall(r"\d+", refusal.message))


@pytest.mark.parametrize(("english", "chinese"), SENTENCES)
def test_every_figure_of_a_sentence_has_its_place(english: str, chinese: str) -> None:
    groups = re.compile(english).groups

    assert {int(number) for number in re.findall(r"\{(\d+)\}", chinese)} == set(
        range(1, groups + 1)
    )
    assert CHINESE.search(chinese)


def test_a_place_in_a_file_is_named_in_chinese() -> None:
    where = "portfolio_20251107.csv, line 3, field weight"

    assert in_chinese(f"{where}: -0.1 is outside 0 to 1") == (
        "文件 portfolio_20251107.csv，第 3 行，字段 weight：-0.1 不在 0 到 1 之间"
    )
    assert in_chinese("p.json: the JSON is not an object") == "文件 p.json：JSON 不是对象"


def test_several_sentences_are_said_one_by_one_and_strange_words_stay() -> None:
    assert in_chinese("12 shares are no lot; who knows") == "12 股不足一手；who knows"
    assert in_chinese("broker: 委托已撤; no") == "broker: 委托已撤；no"
    assert in_chinese("") == ""


def test_the_notes_of_a_plan_are_said_in_chinese() -> None:
    assert in_chinese("the account was read 0 s before planning") == "账户于计划前 0 秒读取"
    short = "all buy budgets were multiplied by 0.9731: cash is short"
    assert in_chinese(short) == "资金不足，所有买入预算均乘以 0.9731"
