import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from market.side import Side
from market.symbol import Symbol
from statemachine.canonical import Canonical, canonical_json, utc_text
from statemachine.plan import CapitalBase, Disposition, Plan, PlanLine
from statemachine.plan_hash import HashedLine, HashedPlan, hash_of, hashed_plan, plan_hash

NOON = datetime(2025, 11, 7, 4, 0, tzinfo=UTC)
LINE = PlanLine(
    symbol=Symbol.parse("600000.SH"),
    side=Side.BUY,
    disposition=Disposition.TRADE,
    quantity_max=300,
    reference_price=Decimal("10.50"),
    reference_kind="LAST",
    limit_worst=Decimal("10.86"),
    target_weight=Decimal("0.1"),
    target_quantity=300,
    owned_quantity=0,
    sellable_quantity=0,
    fees_estimate=Decimal(5),
    industry="银行",
)
OTHER_LINE = replace(LINE, symbol=Symbol.parse("000001.SZ"), side=Side.SELL)
PLAN = Plan(
    plan_hash="",
    account="A1",
    mode="paper",
    endpoint="http://127.0.0.1:1",
    run_id="20251107-0123456789ab",
    parent_run_id=None,
    signal_date=date(2025, 11, 7),
    session_date=date(2025, 11, 10),
    input_hash="i",
    settings_hash="s",
    snapshot_id="p",
    expires_at=NOON,
    created_at=NOON,
    capital=CapitalBase("fixed", Decimal(0), Decimal(1), Decimal(0), Decimal(1), NOON),
    lines=(LINE, OTHER_LINE),
    shrink_factor=Decimal(1),
    planned_exposure=Decimal("0.9"),
    target_exposure=Decimal("0.9"),
    message_count=2,
)


def _other(value: Any) -> Any:
    match value:
        case Decimal() | int():
            return value + 1
        case datetime() | date():
            return value + timedelta(days=1)
        case Side():
            return Side.SELL
        case Symbol():
            return Symbol.parse("600004.SH")
        case _:
            return f"{value}x"


@pytest.mark.parametrize("name", [f.name for f in fields(HashedPlan) if f.name != "lines"])
def test_each_covered_field_of_the_plan_changes_the_hash(name: str) -> None:
    changed = replace(PLAN, **{name: _other(getattr(PLAN, name))})

    assert plan_hash(changed) != plan_hash(PLAN)


@pytest.mark.parametrize("name", [f.name for f in fields(HashedLine)])
def test_each_covered_field_of_a_line_changes_the_hash(name: str) -> None:
    line = replace(LINE, **{name: _other(getattr(LINE, name))})

    assert plan_hash(replace(PLAN, lines=(line, OTHER_LINE))) != plan_hash(PLAN)


def test_notes_do_not_change_the_hash() -> None:
    line = replace(LINE, industry="other", detail="why")
    noted = replace(PLAN, lines=(line, OTHER_LINE), notes=("n",), plan_hash="x", message_count=9)

    assert plan_hash(noted) == plan_hash(PLAN)


def test_line_order_number_spelling_and_time_zone_do_not_change_the_hash() -> None:
    line = replace(LINE, reference_price=Decimal("10.5"))
    there = NOON.astimezone(timezone(timedelta(hours=8)))
    same = replace(PLAN, lines=(OTHER_LINE, line), expires_at=there)

    assert plan_hash(same) == plan_hash(PLAN)
    assert re.fullmatch(r"[0-9a-f]{64}", plan_hash(PLAN))


def test_a_missing_price_hashes_apart_from_zero() -> None:
    missing = replace(PLAN, lines=(replace(LINE, reference_price=None),))
    zero = replace(PLAN, lines=(replace(LINE, reference_price=Decimal(0)),))

    assert hash_of(hashed_plan(missing)) != hash_of(hashed_plan(zero))


def test_canonical_json_is_sorted_compact_utf8_with_decimal_strings() -> None:
    value: Canonical = {"b": [Decimal("1.50"), None, True], "a": "银行", "d": date(2025, 1, 2)}

    assert canonical_json(value) == '{"a":"银行","b":["1.5",null,true],"d":"2025-01-02"}'.encode()


def test_a_naive_time_has_no_canonical_text() -> None:
    with pytest.raises(ValueError, match="time zone"):
        utc_text(datetime(2025, 1, 1))  # noqa: DTZ001


def test_a_value_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="no canonical text"):
        canonical_json({"a": object()})  # type: ignore[dict-item]  # the refusal is the test


def test_a_name_that_is_not_in_the_plan_has_no_line() -> None:
    with pytest.raises(KeyError, match="688001"):
        PLAN.line_for(Symbol.parse("688001.SH"))
