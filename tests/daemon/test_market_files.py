from datetime import date
from pathlib import Path

import pytest

from config.loading import ConfigError
from config.settings import MarketSettings
from daemon.market_files import load_calendar, load_rules
from market.symbol import Symbol

BEIJING_MAXIMUM = """
records:
  - id: "order_maximum.bse"
    exchanges: ["BJ"]
    boards: ["BSE"]
    effective_from: "2021-11-15"
    source: "our broker, by telephone"
    confidence: "C"
    value: {kind: "order_maximum", limit: QUANTITY, market: 50000, after_hours: 50000}
"""
NEW_YEAR = """
first: "2027-01-01"
last: "2027-12-31"
closed: ["2027-01-01"]
"""
DAY = date(2026, 9, 1)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_without_files_the_shipped_rules_and_sessions_hold() -> None:
    book, calendar = load_rules(MarketSettings()), load_calendar(MarketSettings())

    assert book.on(Symbol.parse("920002.BJ"), DAY).order_quantity_maximum == 1_000_000
    assert calendar.last_session == date(2026, 12, 31)


def test_a_rule_file_replaces_a_record_that_is_not_verified_and_the_last_file_wins(
    tmp_path: Path,
) -> None:
    files = tuple(
        written(tmp_path, f"{quantity}.yaml", BEIJING_MAXIMUM.replace("QUANTITY", quantity))
        for quantity in ("200000", "100000")
    )

    book = load_rules(MarketSettings(rule_files=files))

    assert book.on(Symbol.parse("920002.BJ"), DAY).order_quantity_maximum == 100_000


def test_a_calendar_file_adds_a_year(tmp_path: Path) -> None:
    path = written(tmp_path, "2027.yaml", NEW_YEAR)

    calendar = load_calendar(MarketSettings(calendar_file=path))

    assert calendar.next_session(date(2026, 12, 31)) == date(2027, 1, 4)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("records: [", "override 1, line 1"),
        ("records: []\nrecords: []\n", "appears twice"),
        ("records:\n  - {id: 000001}\n", "must be quoted"),
        ('records:\n  - {id: "x"}\n', "override 1"),
    ],
)
def test_a_rule_file_that_cannot_be_used_is_named(tmp_path: Path, text: str, why: str) -> None:
    path = written(tmp_path, "rules.yaml", text)

    with pytest.raises(ConfigError, match=why) as caught:
        load_rules(MarketSettings(rule_files=(path,)))

    assert caught.value.problems[0].file == str(path)


@pytest.mark.parametrize("text", ["first: 2027-01-01\n", NEW_YEAR.replace("2027", "2028")])
def test_a_calendar_file_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, "calendar.yaml", text)

    with pytest.raises(ConfigError, match="calendar"):
        load_calendar(MarketSettings(calendar_file=path))


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match="cannot be read"):
        load_calendar(MarketSettings(calendar_file=tmp_path / "none.yaml"))
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_rules(MarketSettings(rule_files=(binary,)))
