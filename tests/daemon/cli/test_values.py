from datetime import datetime, time, timedelta
from decimal import Decimal

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.cli.values import ClockType, MomentType, MoneyType


@given(st.decimals(0, 10**12, places=4))
def test_an_amount_is_read_exactly(amount: Decimal) -> None:
    assert MoneyType().convert(f"{amount:f}", None, None) == amount
    assert MoneyType().convert(f"{amount:,f}", None, None) == amount
    assert MoneyType().convert(amount, None, None) is amount


@pytest.mark.parametrize("text", ["", "-1", "1e5", "NaN", "1.", ".5", "1.2.3", "１", "10\n", "0x1"])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="not a plain decimal"):
        MoneyType().convert(text, None, None)


def test_a_moment_without_an_offset_is_shanghai_time() -> None:
    found = MomentType().convert("2026-01-16T17:00:00", None, None)

    assert found.utcoffset() == timedelta(hours=8)
    assert found == datetime.fromisoformat("2026-01-16T09:00:00+00:00")


def test_a_moment_with_an_offset_keeps_it() -> None:
    found = MomentType().convert("2026-01-16T09:00:00+00:00", None, None)

    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["", "yesterday", "16/01/2026", "2026-02-30"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="not an ISO 8601 moment"):
        MomentType().convert(text, None, None)


def test_a_time_of_day_is_read() -> None:
    assert ClockType().convert("15:30", None, None) == time(15, 30)
    assert ClockType().convert(time(18), None, None) == time(18)


@pytest.mark.parametrize("text", ["", "noon", "25:00", "15:30+08:00"])
def test_what_is_no_time_of_day_of_the_market_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        ClockType().convert(text, None, None)
