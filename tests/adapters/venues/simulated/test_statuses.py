import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated import statuses
from adapters.venues.simulated.script import CASH_WORD, CashKind
from adapters.venues.simulated.statuses import PHASE_WORD, RAW_STATUS, RAW_WORD
from market.phases import Phase
from statemachine.events import VenueStatus
from tests.adapters.venues.simulated.markets import new_order, on_monday, venue_at, write_market

SOURCES = sorted(Path(statuses.__file__).parent.glob("*.py"))


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese words and no others."""
    has_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in text)
    return has_chinese and not any(letter.isascii() and letter.isalpha() for letter in text)


def refusals(tree: ast.AST) -> Iterator[str]:
    """The words of every refusal written down in a module, without what is filled in."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id not in {"VenueRefused", "Objection"} or len(node.args) < 2:
            continue
        parts = [
            part.value
            for part in ast.walk(node.args[1])
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if parts:
            yield "".join(parts)


def test_every_refusal_of_the_counter_is_in_chinese() -> None:
    texts = [
        text for path in SOURCES for text in refusals(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(texts) > 15
    assert [text for text in texts if not is_chinese(text)] == []


def test_every_status_and_phase_has_its_chinese_word() -> None:
    assert set(RAW_WORD) == set(RAW_STATUS) == set(VenueStatus)
    assert set(PHASE_WORD) == set(Phase)
    assert [
        word for word in (*RAW_WORD.values(), *PHASE_WORD.values()) if not is_chinese(word)
    ] == []


@pytest.mark.parametrize(("clock", "word"), [("09:26:00", "静默"), ("12:00:00", "午间休市")])
async def test_a_closed_market_is_told_in_chinese(tmp_path: Path, clock: str, word: str) -> None:
    venue = venue_at(write_market(tmp_path), on_monday(clock))
    with pytest.raises(VenueRefused, match=word) as caught:
        await venue.place(new_order(1))
    assert is_chinese(caught.value.message)


@pytest.mark.parametrize("kind", CashKind)
def test_cash_that_moved_is_told_in_chinese(kind: CashKind) -> None:
    assert is_chinese(CASH_WORD[kind])
