"""Only what a record can keep exactly is read off the wire; anything else does not read."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from adapters.wire import values


def reads(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("text", ["0", "-0.0001", "12.3400", "1000000000000", "-1000000000000"])
def test_money_of_four_decimals_goes_into_the_books(text: str) -> None:
    assert reads(values.BookedMoney, text)


@pytest.mark.parametrize("text", ["0.00001", "1000000000000.0001", "1" * 18, "NaN", "1e3", "", 1.5])
def test_money_that_would_be_rounded_or_overflow_does_not(text: object) -> None:
    assert not reads(values.BookedMoney, text)


def test_an_average_price_may_have_more_decimals() -> None:
    assert reads(values.Money, "10.0583333333")


@pytest.mark.parametrize("number", [10**12 + 1, -(2**63), 10**30])
def test_a_count_that_no_record_holds_does_not_read(number: int) -> None:
    assert not reads(values.WholeNumber, number)
    assert reads(values.WholeNumber, 10**12)


def test_a_trade_of_nothing_is_no_trade() -> None:
    assert not reads(values.TradedShares, 0)
    assert reads(values.TradedShares, -100)


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-12:00", "2025-11-10T09:31:00", "now"],
)
def test_a_moment_at_the_end_of_the_calendar_does_not_read(text: str) -> None:
    assert not reads(values.Moment, text)
    assert reads(values.Moment, "2025-11-10T09:31:00+08:00")
