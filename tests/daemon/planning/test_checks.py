from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from config.settings import CheckSettings
from daemon.planning.checks import check_run
from statemachine.portfolio import Refusal, TargetPortfolio
from statemachine.reasons import Reason
from tests.daemon.planning.builders import SIGNAL, portfolio, target

SETTINGS = CheckSettings()
GOOD = portfolio(
    target("600000.SH", "0.3", "银行"),
    target("600036.SH", "0.1", "银行"),
    target("600519.SH", "0.3", "食品饮料"),
    target("000858.SZ", "0.1", "食品饮料"),
)


def codes(refusals: tuple[Refusal, ...]) -> list[Reason]:
    return [refusal.code for refusal in refusals]


def check(candidate: TargetPortfolio) -> list[Reason]:
    return codes(check_run(candidate, SETTINGS))


def test_a_portfolio_exactly_at_every_cap_passes() -> None:
    assert check_run(GOOD, SETTINGS) == ()


def test_an_empty_file_is_refused_as_empty_and_for_its_empty_risk_checks_alone() -> None:
    empty = replace(portfolio(exposure="0.19"), risk_checks=())

    assert check(empty) == [Reason.EMPTY_PORTFOLIO, Reason.RISK_CHECKS_EMPTY]


def test_each_missing_required_check_is_named() -> None:
    only_one = replace(GOOD, risk_checks=(("single_position_ok", True),))

    refusals = check_run(only_one, SETTINGS)

    assert [(refusal.code, refusal.field) for refusal in refusals] == [
        (Reason.RISK_CHECK_MISSING, "risk_checks.sector_exposure_ok"),
        (Reason.RISK_CHECK_MISSING, "risk_checks.total_position_ok"),
    ]


@pytest.mark.parametrize("name", ["sector_exposure_ok", "an_extra_check"])
def test_every_entry_must_be_true_required_or_not(name: str) -> None:
    checks = dict(GOOD.risk_checks) | {name: False}
    failed = replace(GOOD, risk_checks=tuple(checks.items()))

    refusals = check_run(failed, SETTINGS)

    assert codes(refusals) == [Reason.RISK_CHECK_FAILED]
    assert refusals[0].field == f"risk_checks.{name}"
    assert refusals[0].file == GOOD.context_name


def test_a_blank_champion_is_refused() -> None:
    assert check(replace(GOOD, champion_id="  ")) == [Reason.CHAMPION_MISSING]


def test_more_than_the_whole_account_is_refused_with_the_figure() -> None:
    whole = [target(f"60000{digit}.SH", "0.2001", f"行业{digit}") for digit in range(5)]
    over = [*whole, target("600010.SH", "0.0001", "行业9")]

    assert check(portfolio(*whole)) == []
    refusals = check_run(portfolio(*over), SETTINGS)
    assert codes(refusals) == [Reason.TOTAL_WEIGHT]
    assert "100.06 %" in refusals[0].message


@pytest.mark.parametrize(("weight", "expected"), [("0.3005", []), ("0.30051", ["SINGLE"])])
def test_the_single_name_cap_has_exactly_its_tolerance(weight: str, expected: list[str]) -> None:
    refusals = check_run(portfolio(target("600000.SH", weight, line=7)), SETTINGS)

    assert [refusal.code.value[:6] for refusal in refusals] == expected
    if expected:
        assert refusals[0].line == 7
        assert "30.051 %" in refusals[0].message
        assert "30 %" in refusals[0].message


def test_the_industry_cap_adds_up_all_names_of_an_industry() -> None:
    crowded = portfolio(
        target("600000.SH", "0.2", "电子"),
        target("600001.SH", "0.2", "电子"),
        target("600002.SH", "0.0006", "电子"),
    )

    refusals = check_run(crowded, SETTINGS)

    assert codes(refusals) == [Reason.INDUSTRY_CAP]
    assert "40.06 %" in refusals[0].message
    assert "电子" in refusals[0].message


def test_names_without_an_industry_share_one_cap() -> None:
    unknown = portfolio(target("600000.SH", "0.25", None), target("600001.SH", "0.25", None))

    assert check(unknown) == [Reason.INDUSTRY_CAP]


def test_a_row_older_than_the_context_is_refused_with_its_line() -> None:
    old = replace(target("600000.SH", "0.1", line=9), row_date=date(2025, 11, 6))
    same = replace(target("600036.SH", "0.1"), row_date=SIGNAL)

    refusals = check_run(portfolio(old, same), SETTINGS)

    assert [(refusal.code, refusal.line) for refusal in refusals] == [(Reason.ROW_DATE_OLD, 9)]


def test_all_refusals_are_collected_not_only_the_first() -> None:
    bad = replace(
        portfolio(target("600000.SH", "1.2"), exposure="1.2"),
        champion_id="",
        risk_checks=(("single_position_ok", False),),
    )

    assert check(bad) == [
        Reason.RISK_CHECK_MISSING,
        Reason.RISK_CHECK_MISSING,
        Reason.RISK_CHECK_FAILED,
        Reason.CHAMPION_MISSING,
        Reason.TOTAL_WEIGHT,
        Reason.SINGLE_NAME_CAP,
        Reason.INDUSTRY_CAP,
    ]


def test_a_weight_that_no_binary_float_holds_is_compared_exactly() -> None:
    cap = SETTINGS.single_name_weight_max + SETTINGS.weight_tolerance

    assert check(portfolio(target("600000.SH", str(cap)))) == []
    assert check(portfolio(target("600000.SH", str(cap + Decimal("1e-18"))))) == [
        Reason.SINGLE_NAME_CAP
    ]
