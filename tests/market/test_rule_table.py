import re
from pathlib import Path

from market.rule_table import OPEN_QUESTIONS, rules_page
from tests.market.given import rule_book

PAGE = Path(__file__).resolve().parents[2] / "docs" / "market-rules.md"


def test_the_page_in_docs_is_the_rule_book() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page(rule_book()), (
        "run: python -m market.rule_table > docs/market-rules.md"
    )


def test_every_short_name_of_a_source_is_explained_and_none_is_idle() -> None:
    named = {
        name for record in rule_book().records() for name in re.findall(r"S[0-9]+", record.source)
    }

    assert named == rule_book().sources().keys()
    assert all(
        f"- {name}: {title}\n" in PAGE.read_text(encoding="utf-8")
        for name, title in rule_book().sources().items()
    )


def test_every_record_that_is_not_verified_is_an_open_question() -> None:
    unverified = {record.id for record in rule_book().records() if record.confidence == "U"}

    assert unverified == {question.record for question in OPEN_QUESTIONS if question.record}


def test_every_record_has_one_row_with_its_date_source_and_confidence() -> None:
    rows = [line.split(" | ") for line in rules_page(rule_book()).splitlines()]
    told = {row[0].strip("|` "): row for row in rows if row[0].startswith("| `") and len(row) == 8}

    assert told.keys() == {record.id for record in rule_book().records()}
    for record in rule_book().records():
        row = told[record.id]
        assert row[3] == (
            "" if record.effective_from is None else record.effective_from.isoformat()
        )
        assert (row[5], row[6]) == (record.source, record.confidence)
        assert len(row) == 8
