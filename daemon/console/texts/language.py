"""The two languages of the console: every sentence once, in both."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property

from daemon.console.texts import acts, pages, words
from statemachine.reason_texts.details import in_chinese
from statemachine.reasons import Reason, text_of

Pair = tuple[str, str]


class Language(StrEnum):
    """What a page is written in; the value is its `lang` attribute."""

    ENGLISH = "en"
    CHINESE = "zh-CN"


class Texts:
    """The catalogue in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    @cached_property
    def _column(self) -> int:
        return 0 if self.language is Language.ENGLISH else 1

    def say(self, key: str, **fields: object) -> str:
        """Return a sentence; KeyError for one that nobody wrote."""
        return CATALOGUE[key][self._column].format(**fields)

    def word(self, kind: str, value: str | None) -> str:
        """Return the word for a value of ours, or the value itself where it has none."""
        pair = words.WORDS.get(kind, {}).get(str(value))
        return str(value if value is not None else "–") if pair is None else pair[self._column]

    def detail(self, text: str | None) -> str:
        """Return the daemon's own detail in this language, other people's words as they are."""
        return in_chinese(text or "") if self.language is Language.CHINESE else text or ""

    def reason(self, code: str | None) -> str:
        """Return the sentence of a reason code, or the code where it is none of ours."""
        try:
            text = text_of(Reason(str(code)))
        except ValueError:
            return str(code or "")
        return text.english if self.language is Language.ENGLISH else text.chinese


CATALOGUE: Mapping[str, Pair] = {**pages.TEXTS, **acts.TEXTS}


def chosen(cookie: str | None, accept: str) -> Language:
    """Return the language of a cookie, else the first that the browser asks for and we speak."""
    for language in Language:
        if cookie == language.value:
            return language
    for part in accept.split(","):
        tag = part.partition(";")[0].strip().lower()
        if tag.startswith("zh"):
            return Language.CHINESE
        if tag.startswith("en"):
            return Language.ENGLISH
    return Language.CHINESE
