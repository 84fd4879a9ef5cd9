"""What a good pair says, in every spelling the producer uses."""

import itertools
from datetime import date
from decimal import Decimal

import pytest

from adapters.intake.pair import Unreadable, read_pair
from config.settings import IntakeSettings
from market.symbol import Symbol
from statemachine.portfolio import TargetPortfolio
from statemachine.reasons import Reason
from tests.support.pairs import (
    CONTEXT_NAME,
    CSV_NAME,
    ROWS,
    context_bytes,
    context_without,
    csv_bytes,
    csv_text,
    row,
)

BANK = Symbol.parse("600000.SH")


def read(
    csv: bytes | None = None,
    context: bytes | None = None,
    industry_of: dict[Symbol, str] | None = None,
) -> TargetPortfolio | Unreadable:
    return read_pair(
        CSV_NAME,
        csv_bytes() if csv is None else csv,
        CONTEXT_NAME,
        context_bytes() if context is None else context,
        IntakeSettings(),
        industry_of,
    )


def good(
    csv: bytes | None = None,
    context: bytes | None = None,
    industry_of: dict[Symbol, str] | None = None,
) -> TargetPortfolio:
    outcome = read(csv, context, industry_of)
    assert isinstance(outcome, TargetPortfolio), outcome
    return outcome


def bad(csv: bytes | None = None, context: bytes | None = None) -> Unreadable:
    outcome = read(csv, context)
    assert isinstance(outcome, Unreadable)
    return outcome


def test_a_good_pair_is_read_exactly_and_sorted_by_code() -> None:
    portfolio = good()

    assert [(str(t.symbol), t.weight, t.industry, t.line) for t in portfolio.targets] == [
        ("000001.SZ", Decimal("0.1"), "银行", 3),
        ("300750.SZ", Decimal("0.15"), "电力设备", 4),
        ("600000.SH", Decimal("0.2"), "银行", 2),
    ]
    assert portfolio.signal_date == date(2025, 11, 7)
    assert portfolio.champion_id == "seed_balance_strategy"
    assert portfolio.target_exposure == Decimal("0.45")
    assert portfolio.market_volatility_known
    assert portfolio.run_id == f"20251107-{portfolio.input_hash[:12]}"
    assert portfolio.notes == ()


def test_the_order_of_columns_and_rows_and_extra_columns_change_nothing() -> None:
    expected = good().input_hash
    for rows in itertools.permutations(ROWS):
        assert good(csv_bytes(rows)).input_hash == expected

    other = (
        "weight,note,industry_l1,ts_code\n0.2,x,银行,600000.SH\n"
        '0.1,,银行,000001.SZ\n0.15,"a, b",电力设备,300750.SZ\n'
    )
    assert good(other.encode()).input_hash == expected


@pytest.mark.parametrize(
    ("csv", "context"),
    [
        (csv_bytes((row("0.25"), row("0.2", "000001.SZ"))), context_bytes()),
        (csv_bytes((row("0.45", "000002.SZ"),)), context_bytes()),
        (csv_bytes(), context_bytes(active_champion_id="other")),
        (csv_bytes(), context_bytes(target_exposure=0.451)),
        (csv_bytes(), context_bytes(trade_date="20251110")),
        (csv_bytes(), context_bytes(risk_checks={})),
    ],
)
def test_each_contract_field_is_part_of_the_identity(csv: bytes, context: bytes) -> None:
    assert good(csv, context).run_id != good().run_id


def test_other_fields_and_paths_are_no_part_of_the_identity() -> None:
    again = good(context=context_bytes(signal_contract_path="/elsewhere", entry_model={"rows": 1}))

    assert again.run_id == good().run_id


def test_a_corrected_row_date_is_another_content() -> None:
    old = good(csv_bytes((row("0.45", day="20251106"),)))
    corrected = good(csv_bytes((row("0.45"),)))

    assert old.run_id != corrected.run_id


@pytest.mark.parametrize("day", ["20251107", "20251107.0", "2025-11-07"])
def test_row_dates_are_kept_in_every_spelling_of_pandas(day: str) -> None:
    (target,) = good(csv_bytes((row("0.45", day=day),))).targets

    assert target.row_date == date(2025, 11, 7)


def test_a_blank_row_date_is_none() -> None:
    (target,) = good(csv_bytes((row("0.45", day=""),))).targets

    assert target.row_date is None


@pytest.mark.parametrize(
    ("text", "weight"),
    [("0.45", "0.45"), ("4.5e-1", "0.45"), ("4.5E-01", "0.45"), ("0.45000", "0.45")],
)
def test_numbers_are_read_as_pandas_writes_them(text: str, weight: str) -> None:
    (target,) = good(csv_bytes((row(text),))).targets

    assert target.weight == Decimal(weight)


def test_a_tiny_weight_in_scientific_notation_is_exact() -> None:
    portfolio = good(csv_bytes((row("0.45"), row("1e-05", "000001.SZ"))))

    assert portfolio.targets[0].weight == Decimal("0.00001")


def test_a_name_given_twice_has_its_weights_added_and_is_noted() -> None:
    portfolio = good(csv_bytes((row("0.2"), row("0.15"), row("0.1", "", "600000.SH"))))

    (target,) = portfolio.targets
    assert (target.weight, target.line) == (Decimal("0.45"), 2)
    (note,) = portfolio.notes
    assert note.startswith("NAME_MERGED: 600000.SH is on lines 2, 3, 4 of portfolio_20251107.csv")


def test_a_merged_name_carries_its_oldest_row_and_first_industry() -> None:
    rows = (
        "20251107,600000.SH,,1,,,0.2",
        "20251105,600000.SH,,1,银行,,0.2",
        "20251106,600000.SH,,1,保险,,0.05",
    )
    portfolio = good(csv_bytes(rows))

    (target,) = portfolio.targets
    assert (target.line, target.row_date) == (3, date(2025, 11, 5))
    assert target.industry == "银行"
    assert "industries differ" in portfolio.notes[0]


def test_a_blank_row_date_is_never_the_oldest() -> None:
    (target,) = good(csv_bytes((row("0.4", day=""), row("0.05", day="20251106")))).targets

    assert (target.line, target.row_date) == (3, date(2025, 11, 6))


def test_sums_of_weights_never_round() -> None:
    long = "0.0000000000000000000000000000000000000000000000000000000001"
    (target,) = good(csv_bytes((row("0.45"), row(long)))).targets

    assert target.weight == Decimal("0.45" + "0" * 55 + "1")


def test_bare_digits_of_a_stock_get_their_suffix_with_a_note() -> None:
    portfolio = good(csv_bytes((row("0.45", "600000", "600000.SH"),)))

    assert portfolio.targets[0].symbol == BANK
    assert portfolio.notes == (
        "SUFFIX_INFERRED: portfolio_20251107.csv, line 2: 600000 was read as 600000.SH",
    )


@pytest.mark.parametrize(
    ("header", "cells", "industry"),
    [
        ("industry_l1,sector,industry", "a,b,c", "a"),
        ("industry,sector,industry_l1", "c,b,", "b"),
        ("sector,industry,industry_l1", ",c, ", "c"),
        ("industry", "", None),
        ("sector2", "x", None),
    ],
)
def test_the_industry_is_the_first_that_is_not_blank(
    header: str, cells: str, industry: str | None
) -> None:
    csv = f"ts_code,weight,{header}\n600000.SH,0.45,{cells}\n"

    assert good(csv.encode()).targets[0].industry == industry


def test_a_blank_industry_is_filled_from_instrument_data_and_noted() -> None:
    csv = csv_bytes(("20251107,600000.SH,,1,,,0.25", "20251107,000001.SZ,,1,,,0.2"))
    portfolio = good(csv, industry_of={BANK: "银行"})

    assert [target.industry for target in portfolio.targets] == [None, "银行"]
    assert portfolio.notes == (
        "INDUSTRY_FILLED: industry of 600000.SH taken from instrument data",
        "INDUSTRY_UNKNOWN: industry of 000001.SZ is not known",
    )
    assert portfolio.run_id == good(csv).run_id


def test_target_weight_serves_as_well_and_both_may_stand_if_they_agree() -> None:
    one = b"code,target_weight\n600000.SH,0.45\n"
    both = b"code,weight,target_weight\n600000.SH,0.45,4.5e-1\n"

    assert good(one).input_hash == good(both).input_hash


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_are_read_exactly(end: str) -> None:
    assert good(csv_text(end=end).encode()).input_hash == good().input_hash


def test_a_byte_order_mark_is_accepted_and_noted_in_both_files() -> None:
    mark = b"\xef\xbb\xbf"
    portfolio = good(mark + csv_bytes(), mark + context_bytes())

    assert portfolio.run_id == good().run_id
    assert portfolio.notes == (
        "BOM_ACCEPTED: portfolio_20251107.csv begins with a byte order mark",
        "BOM_ACCEPTED: execution_context_20251107.json begins with a byte order mark",
    )


@pytest.mark.parametrize("csv", [b"\n", b"\r\n", csv_bytes(()), b"code,weight\n"])
def test_an_empty_portfolio_is_read_and_its_exposure_not_questioned(csv: bytes) -> None:
    assert good(csv).targets == ()


def test_an_exposure_within_the_tolerance_is_accepted() -> None:
    assert good(context=context_bytes(target_exposure=0.455)).target_exposure == Decimal("0.455")


def test_only_json_true_passes_a_risk_check() -> None:
    checks = {"b": 1, "a": True, "c": "true", "d": None, "e": False}
    portfolio = good(context=context_bytes(risk_checks=checks))

    assert portfolio.risk_checks == (
        ("a", True),
        ("b", False),
        ("c", False),
        ("d", False),
        ("e", False),
    )


@pytest.mark.parametrize("champion", [None, "", "  "])
def test_a_missing_champion_is_planning_s_to_refuse(champion: str | None) -> None:
    assert good(context=context_bytes(active_champion_id=champion)).champion_id == ""
    assert good(context=context_without("active_champion_id")).champion_id == ""


@pytest.mark.parametrize("info", [{"market_volatility": None}, {}, None])
def test_an_unknown_market_volatility_is_told(info: object) -> None:
    assert not good(context=context_bytes(position_info=info)).market_volatility_known


def test_the_date_of_the_context_decides_over_that_of_the_file_name() -> None:
    portfolio = good(context=context_bytes(trade_date="20251110"))

    assert portfolio.run_id.startswith("20251110-")


def test_all_problems_of_both_files_are_told() -> None:
    csv = csv_bytes((row("x"), row("2", "1.SZ"), "short", row("0.1", "", "")))
    outcome = bad(csv, context_bytes(trade_date="2025", target_exposure=None))

    assert [(refusal.code, refusal.line, refusal.field) for refusal in outcome.refusals] == [
        (Reason.NUMBER_SYNTAX, 2, "weight"),
        (Reason.CODE_SYNTAX, 3, "ts_code"),
        (Reason.WEIGHT_RANGE, 3, "weight"),
        (Reason.CSV_FIELD_COUNT, 4, None),
        (Reason.CODE_MISSING, 5, "ts_code"),
        (Reason.DATE_SYNTAX, 2, "trade_date"),
        (Reason.CONTEXT_FIELD, 8, "target_exposure"),
    ]
    assert outcome.signal_date is None


def test_problems_are_bounded_and_the_last_tells_how_many_more() -> None:
    outcome = bad(csv_bytes([row("x")] * 250))

    assert len(outcome.refusals) == 100
    assert outcome.refusals[-1].line == 101
    assert outcome.refusals[-1].message.endswith("(and 150 more problems)")


def test_a_message_names_file_line_and_field_and_quotes_little() -> None:
    (refusal,) = bad(csv_bytes((row("9" * 500),))).refusals

    assert refusal.message.startswith("portfolio_20251107.csv, line 2, field weight: '999")
    assert len(refusal.message) < 200


def test_an_unreadable_pair_is_named_after_its_file_and_bytes() -> None:
    outcome = bad(b"x\n")

    assert outcome.run_id == f"20251107-{outcome.input_hash[:12]}"
    assert outcome.signal_date == date(2025, 11, 7)
    assert bad(b"x\n").run_id == outcome.run_id
    assert bad(b"y\n").run_id != outcome.run_id


def test_bytes_cannot_move_from_one_file_to_the_other() -> None:
    assert bad(b"ab", b"c").run_id != bad(b"a", b"bc").run_id


def test_a_record_over_several_lines_is_named_by_its_first() -> None:
    csv = b'ts_code,note,weight\n600000.SH,"a\nb",0.45\n000001.SZ,,x\n'
    (refusal,) = bad(csv).refusals

    assert refusal.line == 4
