"""Our dated records against marina-rules, which this project did not write, wherever both speak.

Its dates are days in force from, and until but not including; ours include both ends.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import marina_rules
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.board import board_of
from market.limits import daily_limits
from market.phases import Phase, market_time, phase_for
from market.records import RuleRecord
from market.rules import LimitRounding, Rules, SecurityStatus
from market.symbol import Symbol
from tests.differential.questions import DELISTING, NORMAL, ST, TOPICS, WIDE, Question, questions
from tests.differential.rule_differences import RULE_DIFFERENCES, RuleDifference
from tests.market.given import calendar, rule_book, rules_of

TODAY = date(2026, 11, 20)
MARKETS = {"SH": "XSHG", "SZ": "XSHE", "BJ": "BJSE"}


def our_record(question: Question, day: date) -> RuleRecord | None:
    """Return our record of that topic alone: other topics may be silent so long ago."""
    symbol = Symbol.parse(question.code)
    found = [
        record
        for record in rule_book().records()
        if isinstance(record.value, TOPICS[question.topic].kind)
        and symbol.exchange in record.exchanges
        and board_of(symbol) in record.boards
        and question.status in record.statuses
        and record.holds_on(day)
        and (not record.prefixes or symbol.code.startswith(record.prefixes))
    ]
    return max(found, key=lambda record: bool(record.prefixes), default=None)


def our_answer(question: Question, day: date) -> str | None:
    record = our_record(question, day)
    return None if record is None else TOPICS[question.topic].our_words(record.value)


def their_answer(question: Question, day: date) -> str | None:
    topic, market = TOPICS[question.topic], MARKETS[question.code[-2:]]
    try:
        value = marina_rules.rule_at(topic.their_rule, day.isoformat(), question.scope, market)
    except KeyError:
        return None
    return topic.their_words(value)


def regime_days() -> list[date]:
    """Return the day of every change on either side, the day before it, and today."""
    ours = [record.effective_from for record in rule_book().records()]
    ends = [record.effective_until for record in rule_book().records()]
    theirs = [date.fromisoformat(record.effective_from) for record in marina_rules.records()]
    one = timedelta(days=1)
    starts = {day for day in (*ours, *theirs) if day} | {day + one for day in ends if day}
    return sorted({TODAY, *starts, *(day - one for day in starts)})


def differences(question: Question) -> Iterable[RuleDifference]:
    """Return the stretches of days over which both speak and do not agree."""
    found: list[RuleDifference] = []
    for day in regime_days():
        ours, theirs = our_answer(question, day), their_answer(question, day)
        apart = ours is not None and theirs is not None and ours != theirs
        if found and found[-1].last is None and (not apart or found[-1].theirs != theirs):
            found[-1] = replace(found[-1], last=(day - timedelta(days=1)).isoformat())
        if apart and (not found or found[-1].last is not None):
            key = (question.topic, question.code, question.scope)
            found.append(RuleDifference(*key, day.isoformat(), None, str(ours), str(theirs)))
    return found


def test_every_question_finds_a_day_on_which_both_speak() -> None:
    silent = [
        question
        for question in questions()
        if not any(our_answer(question, d) and their_answer(question, d) for d in regime_days())
    ]

    assert silent == []


def test_every_record_of_theirs_that_we_have_a_topic_for_is_asked_about() -> None:
    rules = {topic.their_rule for topic in TOPICS.values()}
    asked = {(TOPICS[question.topic].their_rule, question.scope) for question in questions()}

    left = {
        (record.rule, record.scope) for record in marina_rules.records() if record.rule in rules
    } - asked

    assert {(rule, scope) for rule, scope in left if "b_share" not in scope} == {
        (
            "price_limit_pct",
            "ipo_day1_main",
        )  # the first day before 2023-04-10 has no record of ours
    }


def test_the_records_differ_where_the_table_says_and_nowhere_else() -> None:
    found = {difference for question in questions() for difference in differences(question)}

    assert found == RULE_DIFFERENCES.keys()


LIMIT_DAYS = ["2023-04-10", "2024-06-03", "2026-07-03", "2026-07-06", "2026-11-20"]
LIMIT_SCOPES = [
    ("600000.SH", NORMAL, "main_board"),
    ("000001.SZ", NORMAL, "main_board"),
    ("600000.SH", ST, "st_main"),
    ("000001.SZ", ST, "st_main"),
    ("600000.SH", DELISTING, "delisting"),
    ("300750.SZ", NORMAL, "chinext"),
    ("302132.SZ", ST, "st_chinext"),
    ("688981.SH", NORMAL, "star"),
    ("688981.SH", ST, "st_star"),
    ("510300.SH", NORMAL, "etf"),
    ("588000.SH", WIDE, "etf_20pct"),
    ("159915.SZ", WIDE, "etf_20pct"),
]


def our_limits(rules: Rules, prev_close: Decimal) -> tuple[Decimal, Decimal]:
    limits = daily_limits(rules, prev_close)
    assert limits is not None
    return limits.up, limits.down


def their_limits(code: str, scope: str, day: str, prev_close: Decimal) -> tuple[Decimal, Decimal]:
    market = MARKETS[code[-2:]]
    up, down = marina_rules.limit_price(float(prev_close), scope, day, market)
    return Decimal(f"{up:.3f}"), Decimal(f"{down:.3f}")


@pytest.mark.parametrize(("code", "status", "scope"), LIMIT_SCOPES)
@pytest.mark.parametrize("day", LIMIT_DAYS)
def test_low_limit_prices_agree_to_the_tick(
    code: str, status: SecurityStatus, scope: str, day: str
) -> None:
    rules = rules_of(code, day, status)
    prices = [rules.tick * number for number in range(2, 402)]

    assert [our_limits(rules, price) for price in prices] == [
        their_limits(code, scope, day, price) for price in prices
    ]


@given(
    st.sampled_from(LIMIT_SCOPES),
    st.sampled_from(LIMIT_DAYS),
    st.integers(min_value=2, max_value=300_000),
)
def test_limit_prices_agree_to_the_tick(
    which: tuple[str, SecurityStatus, str], day: str, ticks: int
) -> None:
    code, status, scope = which
    rules = rules_of(code, day, status)
    price = rules.tick * ticks

    assert our_limits(rules, price) == their_limits(code, scope, day, price)


@given(st.sampled_from(["bse", "st_bse"]), st.integers(min_value=20, max_value=300_000))
def test_beijing_differs_by_the_direction_of_rounding_and_by_nothing_else(
    scope: str, cents: int
) -> None:
    rules = rules_of("920002.BJ", status=ST if scope == "st_bse" else NORMAL)
    price = rules.tick * cents
    rounded_like_theirs = replace(rules, limit_rounding=LimitRounding.HALF_UP)

    assert rules.limit_rounding is LimitRounding.INWARD
    assert our_limits(rounded_like_theirs, price) == their_limits(
        "920002.BJ", scope, "2026-09-01", price
    )


SESSION_DAYS = [date(2024, 6, 3), date(2026, 7, 3), date(2026, 7, 6), TODAY]
SESSION_CODES = [
    ("600000.SH", "stock"),
    ("688981.SH", "stock"),
    ("000001.SZ", "stock"),
    ("300750.SZ", "stock"),
    ("510300.SH", "etf"),
    ("159919.SZ", "etf"),
]
WORDS = {
    Phase.OPENING_CALL: "open_call",
    Phase.OPENING_CALL_NO_CANCEL: "open_call",
    Phase.MORNING: "continuous",
    Phase.AFTERNOON: "continuous",
    Phase.CLOSING_CALL: "close_call",
}


def their_phase(schedule: dict[str, Any], clock: str) -> str | None:
    windows = [("open_call", schedule["open_call"]), ("close_call", schedule["close_call"])]
    windows += [("continuous", window) for window in schedule["continuous"]]
    inside = [name for name, window in windows if window and window[0] <= clock < window[1]]
    return inside[0] if inside else None


@pytest.mark.parametrize(("code", "scope"), SESSION_CODES)
@pytest.mark.parametrize("day", SESSION_DAYS)
def test_every_minute_of_a_session_is_of_the_same_phase(code: str, scope: str, day: date) -> None:
    market = MARKETS[code[-2:]]
    schedule = marina_rules.rule_at("session_schedule", day.isoformat(), scope, market)
    rules = rules_of(code, day.isoformat())
    clocks = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(60)]

    ours = {
        clock: WORDS.get(phase_for(market_time(day, clock), calendar(), rules)) for clock in clocks
    }

    assert ours == {clock: their_phase(schedule, clock) for clock in clocks}
