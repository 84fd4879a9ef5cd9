import re
from typing import cast

import pytest

from statemachine.reasons import Reason, text_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_in_both_languages(reason: Reason) -> None:
    text = text_of(reason)

    assert text.english.endswith(".")
    assert not CHINESE.search(text.english)
    assert text.chinese.endswith("。")
    assert CHINESE.search(text.chinese)
    assert "|" not in text.english + text.chinese


def test_no_two_reasons_say_the_same() -> None:
    texts = [text_of(reason) for reason in Reason]

    assert len({text.english for text in texts}) == len(texts)
    assert len({text.chinese for text in texts}) == len(texts)


def test_a_word_that_is_no_reason_has_no_sentence() -> None:
    with pytest.raises(KeyError, match="NONE"):
        text_of(cast("Reason", "NONE"))
