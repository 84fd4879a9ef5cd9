import pytest

from daemon.console.formats import (
    clock,
    moment,
    money,
    number,
    percent,
    points,
    price,
    shares,
    short_hash,
    whole_money,
)

SHOWN = [
    (money, "1234567.891", "1,234,567.89"),
    (money, "-0.5", "-0.50"),
    (whole_money, "1234.5", "1,234"),
    (price, "10", "10.00"),
    (price, "3.4567", "3.4567"),
    (price, "14.107333333333333333", "14.1073"),
    (shares, 26100, "26,100"),
    (percent, "0.0866", "8.66 %"),
    (points, "12.54", "+12.5"),
    (points, "-4", "-4.0"),
    (moment, "2026-01-19T01:31:05+00:00", "01-19 09:31:05"),
    (clock, "2026-01-19T09:31:05+08:00", "09:31:05"),
    (short_hash, "ab" * 32, "abababababab"),
]
FORMATS = sorted({shown[0] for shown in SHOWN}, key=lambda form: form.__name__)


@pytest.mark.parametrize(("form", "value", "text"), SHOWN)
def test_a_value_looks_the_way_people_read_it(form: object, value: object, text: str) -> None:
    assert callable(form)
    assert form(value) == text


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_shown_as_nothing(form: object, value: object) -> None:
    assert callable(form)
    assert form(value) == "–"


@pytest.mark.parametrize("form", [form for form in FORMATS if form is not short_hash])
@pytest.mark.parametrize("value", ["<b>", "NaN", "sNaN", "Infinity", "1e5x"])
def test_what_cannot_be_read_is_shown_as_it_is(form: object, value: object) -> None:
    assert callable(form)
    assert form(value) == value


def test_a_moment_without_an_offset_is_none() -> None:
    assert moment("2026-01-19T09:31:05") == "2026-01-19T09:31:05"


def test_a_number_that_is_none_is_none() -> None:
    assert number("no") is None
    assert number("Infinity") is None
