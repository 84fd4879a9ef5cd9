"""All 26 pairs the real producer wrote read to what their index says."""

import csv
from collections.abc import Mapping
from decimal import Decimal

import pytest

from adapters.intake.pair import read_pair
from config.settings import IntakeSettings
from market.symbol import Symbol
from statemachine.portfolio import TargetPortfolio
from tests.support.shared_data import shared_data

FOLDERS = {
    "2025": "1105 1107 1114 1121 1128 1203 1205 1213 1219 1226 1231",
    "2026": "0109 0116 0123 0130 0703 0708 0710 0714 0716 0717 0722 0724 0728 0730 0731",
}
DAYS = [year + day for year, days in FOLDERS.items() for day in days.split()]
EMPTY = {"20260728", "20260730"}
VOLATILITY_UNKNOWN = {"20251105", "20260710", "20260714", "20260716", "20260722", "20260724"}


def read_day(day: str) -> TargetPortfolio:
    folder = shared_data() / "portfolio_runs" / day
    csv_name, context_name = f"portfolio_{day}.csv", f"execution_context_{day}.json"
    outcome = read_pair(
        csv_name,
        (folder / csv_name).read_bytes(),
        context_name,
        (folder / context_name).read_bytes(),
        IntakeSettings(),
    )
    assert isinstance(outcome, TargetPortfolio), outcome
    return outcome


def index_of_runs() -> dict[str, Mapping[str, str]]:
    with (shared_data() / "portfolio_runs" / "runs_index.csv").open(encoding="utf-8") as stream:
        return {line["file_date"]: line for line in csv.DictReader(stream)}


def test_every_run_of_the_index_is_in_this_table() -> None:
    assert sorted(index_of_runs()) == DAYS


@pytest.mark.parametrize("day", DAYS)
def test_a_real_pair_reads_to_what_the_index_says(day: str) -> None:
    portfolio, expected = read_day(day), index_of_runs()[day]

    assert f"{portfolio.signal_date:%Y%m%d}" == expected["trade_date"]
    assert len(portfolio.targets) == int(expected["distinct_codes"])
    assert portfolio.run_id.startswith(f"{expected['trade_date']}-")
    assert portfolio.champion_id
    assert portfolio.market_volatility_known is (day not in VOLATILITY_UNKNOWN)
    if day not in EMPTY:
        total = sum((target.weight for target in portfolio.targets), Decimal(0))
        assert abs(total - portfolio.target_exposure) < Decimal("1e-12")
        assert abs(total - Decimal(expected["weight_sum"])) < Decimal("1e-6")


@pytest.mark.parametrize("day", DAYS)
def test_the_risk_checks_are_those_of_the_index(day: str) -> None:
    checks = dict(read_day(day).risk_checks)
    failed = [name for name, passed in checks.items() if not passed]
    told = index_of_runs()[day]["risk_checks"]

    if told == "{}":
        assert checks == {}
    elif told == "all true":
        assert len(checks) == 3
        assert failed == []
    else:
        assert failed == [told.removeprefix("false: ")]


def test_20251203_is_one_stock_thirty_times_with_rows_months_old() -> None:
    portfolio = read_day("20251203")

    (target,) = portfolio.targets
    assert target.symbol == Symbol.parse("000001.SZ")
    assert target.weight == Decimal("0.015999999999999997") * 30
    assert target.line == 2
    assert f"{target.row_date:%Y%m%d}" == "20250102"
    assert portfolio.notes[0].startswith("NAME_MERGED: 000001.SZ is on lines 2, 3, 4")


def test_20260717_merges_the_stock_whose_ts_code_is_blank() -> None:
    portfolio = read_day("20260717")

    merged = {str(target.symbol): target for target in portfolio.targets}["688808.SH"]
    assert merged.weight == Decimal("0.012137713436447484") + Decimal("0.03641314030934245")
    assert portfolio.notes[0].startswith("NAME_MERGED: 688808.SH is on lines 5, 9 of ")


@pytest.mark.parametrize("day", sorted(EMPTY))
def test_an_empty_real_portfolio_is_read_as_empty(day: str) -> None:
    portfolio = read_day(day)

    assert portfolio.targets == ()
    assert portfolio.risk_checks == ()


def test_no_two_real_pairs_share_an_identity() -> None:
    assert len({read_day(day).run_id for day in DAYS}) == len(DAYS)
