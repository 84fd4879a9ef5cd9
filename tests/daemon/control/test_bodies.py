import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.control.bodies import BadRequest, count_in, stage_in, text_in
from storage.store import Stage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.integers(0, 10**12 - 1))
def test_a_count_is_read_from_a_number_and_from_its_digits(count: int) -> None:
    assert count_in({"n": count}, "n") == count
    assert count_in({"n": str(count)}, "n") == count


@given(JSON)
def test_any_json_is_a_count_or_a_bad_request_that_names_the_field(value: object) -> None:
    count, why = None, ""
    try:
        count = count_in({"quantity": value}, "quantity")
    except BadRequest as error:
        why = str(error)

    if count is None:
        assert why.startswith("quantity is ")
    else:
        assert 0 <= count < 10**12
        assert not isinstance(value, bool | float)


@given(JSON)
def test_any_json_is_a_text_or_a_bad_request_that_names_the_field(value: object) -> None:
    if isinstance(value, str) and "\0" not in value:
        assert text_in({"choice": value}, "choice") == value
    else:
        with pytest.raises(BadRequest, match=r"^choice (is|holds) "):
            text_in({"choice": value}, "choice")


def test_a_field_that_is_not_there_is_missing() -> None:
    with pytest.raises(BadRequest, match="quantity is missing"):
        count_in({}, "quantity")
    with pytest.raises(BadRequest, match="ts_code is missing"):
        text_in({}, "ts_code")


def test_a_stage_is_one_of_its_words_or_none() -> None:
    assert stage_in({}) is None
    assert stage_in({"stage": "SELLS"}) is Stage.SELLS
    for wrong in ("sells", "", 1, ["SELLS"]):
        with pytest.raises(BadRequest, match="stage is one of ALL, SELLS, BUYS"):
            stage_in({"stage": wrong})


def test_a_zero_character_is_of_no_path() -> None:
    with pytest.raises(BadRequest, match="portfolio_path holds a zero character"):
        text_in({"portfolio_path": "/tmp/a\0/portfolio_20260116.csv"}, "portfolio_path")
