"""What a parser would pass over is told with its line, and nothing in a key stops the scan."""

import pytest

from adapters.intake.json_outline import outline_of


@pytest.mark.parametrize("key", ["a", "\\u0061"])
def test_a_key_is_the_same_key_however_it_is_written(key: str) -> None:
    assert outline_of(f'{{\n"a": 1,\n"{key}": 2}}', 9).doubled_keys == (("a", 3),)


def test_a_key_with_an_escape_that_is_none_is_taken_as_written() -> None:
    assert outline_of('{"\\x": 1}', 9).lines == {"\\x": 1}
