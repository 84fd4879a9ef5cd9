from datetime import date
from decimal import Decimal

import pytest

from market.records import RuleValue
from market.rules import Confidence, RuleBook, RuleBookError, RuleMissingError, SecurityStatus
from market.strict_yaml import StrictYamlError
from market.symbol import Symbol
from tests.market.given import BSE, CHINEXT, FUND, MAIN, STAR, rule_book, rules_of

BSE_MAXIMUM = """
records:
  - id: "order_maximum.bse"
    exchanges: ["BJ"]
    boards: ["BSE"]
    effective_from: null
    source: "broker's letter"
    confidence: "B"
    value: {kind: "order_maximum", limit: 500000, market: 1, after_hours: 1}
"""


def refusal_on(code: str, day: str, status: SecurityStatus) -> RuleMissingError:
    with pytest.raises(RuleMissingError) as refusal:
        rules_of(code, day, status)
    return refusal.value


def test_every_record_says_who_says_so() -> None:
    records = rule_book().records()

    assert len({record.id for record in records}) == len(records)
    assert all(record.source and record.confidence in Confidence for record in records)
    assert all(record.id.startswith(record.kind) for record in records)


def test_every_kind_of_rule_has_a_record() -> None:
    kinds = {type(record.value) for record in rule_book().records()}

    assert kinds == set(RuleValue.__args__)


@pytest.mark.parametrize("code", [MAIN, CHINEXT, STAR, BSE])
@pytest.mark.parametrize(
    "status",
    [
        SecurityStatus.NORMAL,
        SecurityStatus.ST,
        SecurityStatus.DELISTING,
        SecurityStatus.UNLIMITED,
    ],
)
@pytest.mark.parametrize("day", ["2024-04-22", "2025-10-09", "2026-07-06", "2026-08-31"])
def test_every_stock_board_is_complete_in_every_state(
    code: str, status: SecurityStatus, day: str
) -> None:
    rules = rules_of(code, day, status)

    assert rules.day == date.fromisoformat(day)
    assert rules.no_trade is (status in {SecurityStatus.DELISTING, SecurityStatus.UNLIMITED})
    assert (rules.limit_ratio is None) is (status is SecurityStatus.UNLIMITED)


def test_the_answer_names_the_records_it_came_from() -> None:
    known = {record.id for record in rule_book().records()}

    assert set(rules_of(STAR).record_ids) <= known
    assert len(rules_of(STAR).record_ids) == len(RuleValue.__args__)
    assert "daily_limit.star" in rules_of(STAR).record_ids


def test_a_missing_rule_is_named() -> None:
    refusal = refusal_on("113001.SH", "2026-09-01", SecurityStatus.NORMAL)

    assert refusal.code == "RULE_MISSING"
    assert "113001.SH (CONVERTIBLE, NORMAL) on 2026-09-01" in refusal.message
    assert "no record for lot, order_maximum" in refusal.message
    assert "tick" not in refusal.message
    assert "缺少 lot" in refusal.message_zh


def test_a_board_before_its_first_day_has_no_rules() -> None:
    refusal = refusal_on(STAR, "2019-07-21", SecurityStatus.NORMAL)

    assert "daily_limit" in refusal.message


def test_no_status_is_guessed_where_none_is_recorded() -> None:
    refusal = refusal_on(STAR, "2026-09-01", SecurityStatus.UNREFORMED)

    assert refusal.message.endswith("no record for daily_limit")


@pytest.mark.parametrize(
    ("code", "day", "valid"),
    [
        ("430047.BJ", "2025-10-08", True),
        ("430047.BJ", "2025-10-09", False),
        ("920002.BJ", "2024-04-19", False),
        ("920002.BJ", "2024-04-22", True),
    ],
)
def test_beijing_codes_changed_in_october_2025(code: str, day: str, valid: bool) -> None:
    if valid:
        assert rules_of(code, day).lot_minimum == 100
    else:
        refusal = refusal_on(code, day, SecurityStatus.NORMAL)
        assert refusal.code == "CODE_NOT_VALID_ON_DATE"


@pytest.mark.parametrize(
    ("code", "day", "maximum"),
    [
        (MAIN, "2026-09-01", 500_000),
        (BSE, "2026-08-28", None),
        (BSE, "2026-08-31", 200_000),
    ],
)
def test_a_day_of_buying_an_st_name_is_capped(code: str, day: str, maximum: int | None) -> None:
    assert rules_of(code, day, SecurityStatus.ST).daily_buy_maximum == maximum
    assert rules_of(code, day).daily_buy_maximum is None


def test_an_unreformed_share_keeps_5_percent() -> None:
    rules = rules_of("600182.SH", "2026-09-24", SecurityStatus.UNREFORMED)

    assert rules.limit_ratio == Decimal("0.05")


@pytest.mark.parametrize(
    ("code", "t_plus"),
    [(MAIN, 1), (FUND, 1), ("159915.SZ", 1), ("511880.SH", 0), ("518880.SH", 0), ("513100.SH", 0)],
)
def test_only_some_funds_settle_the_same_day(code: str, t_plus: int) -> None:
    assert rules_of(code).t_plus == t_plus


@pytest.mark.parametrize(
    ("code", "listing_day", "delisting_day", "unlimited"),
    [
        (MAIN, 5, None, True),
        (MAIN, 6, None, False),
        (BSE, 1, None, True),
        (BSE, 2, None, False),
        (STAR, None, 1, True),
        (STAR, None, 2, False),
        (STAR, None, None, False),
    ],
)
def test_the_first_days_have_no_limit(
    code: str, listing_day: int | None, delisting_day: int | None, unlimited: bool
) -> None:
    assert rules_of(code).is_unlimited_day(listing_day, delisting_day) is unlimited


def test_an_operator_replaces_a_record_by_its_id() -> None:
    book = RuleBook.load([BSE_MAXIMUM])
    rules = book.on(Symbol.parse(BSE), date(2026, 9, 1))

    assert rules.order_quantity_maximum == 500_000
    assert len(book.records()) == len(rule_book().records())


def test_two_records_for_the_same_question_are_refused() -> None:
    with pytest.raises(RuleBookError, match="answer the same question"):
        RuleBook.load([BSE_MAXIMUM.replace("order_maximum.bse", "order_maximum.other")])


def test_a_record_id_given_twice_in_a_file_is_refused() -> None:
    doubled = BSE_MAXIMUM + BSE_MAXIMUM.replace("records:", "")

    with pytest.raises(RuleBookError, match="appears twice"):
        RuleBook.load([doubled])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("limit: 500000", "limit: 0"),
        ("limit: 500000", 'limit: "500000"'),
        ('kind: "order_maximum"', 'kind: "order_max"'),
        ('boards: ["BSE"]', 'boards: ["MOON"]'),
        ("effective_from: null", "effective_from: 20260101"),
        ("effective_from: null", 'effective_from: "2026-02-30"'),
        ("source:", "origin:"),
        ('exchanges: ["BJ"]', "exchanges: []"),
    ],
)
def test_a_record_of_another_shape_is_refused(old: str, new: str) -> None:
    with pytest.raises(RuleBookError, match="override 1"):
        RuleBook.load([BSE_MAXIMUM.replace(old, new)])


def test_an_unquoted_rate_is_refused() -> None:
    text = BSE_MAXIMUM.replace("{kind", "{rate: 0.1, kind")

    with pytest.raises(StrictYamlError, match="must be quoted"):
        RuleBook.load([text])


def test_a_repeated_question_is_answered_from_memory() -> None:
    assert rules_of(MAIN) is rules_of("600519.SH")
    assert rules_of(MAIN) is not rules_of(MAIN, status=SecurityStatus.ST)
