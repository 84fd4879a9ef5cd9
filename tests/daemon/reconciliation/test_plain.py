from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

import pytest

from daemon.reconciliation.plain import plain, plain_record
from market.symbol import Symbol


class Word(StrEnum):
    ONE = "one"


@dataclass(frozen=True)
class Inner:
    ts_code: Symbol


@dataclass(frozen=True)
class Outer:
    money: Decimal
    moment: datetime
    day: date
    inner: tuple[Inner, ...]
    by_name: dict[Symbol, int]
    word: Word
    sure: bool
    nothing: None


BANK = Symbol.parse("600000.SH")


def test_a_record_becomes_strings_and_numbers() -> None:
    record = Outer(
        money=Decimal("1.230"),
        moment=datetime(2025, 11, 10, 7, 35, tzinfo=UTC),
        day=date(2025, 11, 10),
        inner=(Inner(BANK),),
        by_name={BANK: 100},
        word=Word.ONE,
        sure=True,
        nothing=None,
    )

    assert plain_record(record) == {
        "money": "1.23",
        "moment": "2025-11-10T15:35:00+08:00",
        "day": "2025-11-10",
        "inner": [{"ts_code": "600000.SH"}],
        "by_name": {"600000.SH": 100},
        "word": "one",
        "sure": True,
        "nothing": None,
    }


def test_a_float_has_no_plain_form() -> None:
    with pytest.raises(TypeError, match="float"):
        plain(0.1)


def test_a_time_without_a_zone_has_no_plain_form() -> None:
    with pytest.raises(ValueError, match="time zone"):
        plain(datetime(2025, 11, 10, 15, 35))  # noqa: DTZ001 - the naive time is the point
