from datetime import date
from pathlib import Path

import pytest

from daemon.rehearsal.options import RehearsalError, pairs_of_runs, single_pair


def put_pair(folder: Path, day: str) -> tuple[Path, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    portfolio = folder / f"portfolio_{day}.csv"
    context = folder / f"execution_context_{day}.json"
    portfolio.touch()
    context.touch()
    return portfolio, context


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for day in ("20251107", "20251031", "20251114"):
        put_pair(tmp_path / day, day)
    (tmp_path / "notes").mkdir()
    return tmp_path


def days(runs: Path, first: str | None, last: str | None, *excluded: str) -> list[str]:
    return [f"{pair.file_date:%Y%m%d}" for pair in pairs_of_runs(runs, first, last, excluded)]


def test_pairs_come_in_the_order_of_their_dates(runs: Path) -> None:
    assert days(runs, None, None) == ["20251031", "20251107", "20251114"]


def test_the_period_includes_both_ends_and_leaves_out_what_is_named(runs: Path) -> None:
    assert days(runs, "20251107", None) == ["20251107", "20251114"]
    assert days(runs, None, "20251107") == ["20251031", "20251107"]
    assert days(runs, None, None, "20251107") == ["20251031", "20251114"]


def test_a_choice_of_nothing_is_an_error(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="was chosen"):
        pairs_of_runs(runs, "20260101", None, ())
    with pytest.raises(RehearsalError, match="not a directory"):
        pairs_of_runs(tmp_path / "missing", None, None, ())


def test_a_folder_without_its_pair_is_an_error_that_names_the_file(runs: Path) -> None:
    (runs / "20251114" / "execution_context_20251114.json").unlink()

    with pytest.raises(RehearsalError, match=r"execution_context_20251114\.json is not a file"):
        pairs_of_runs(runs, None, None, ())


def test_a_single_pair_has_the_date_of_its_portfolio(tmp_path: Path) -> None:
    assert single_pair(*put_pair(tmp_path, "20251107")).file_date == date(2025, 11, 7)


@pytest.mark.parametrize("day", ["20251399", "20250229", "00000000"])
def test_a_date_no_calendar_has_is_an_error(tmp_path: Path, day: str) -> None:
    pair = put_pair(tmp_path / day, day)

    with pytest.raises(RehearsalError, match=f"{day} is not a date"):
        single_pair(*pair)
    with pytest.raises(RehearsalError, match=f"{day} is not a date"):
        pairs_of_runs(tmp_path, None, None, ())


def test_a_name_without_a_date_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="carries no date"):
        single_pair(*put_pair(tmp_path, "latest"))
