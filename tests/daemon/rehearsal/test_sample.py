from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq

from daemon.rehearsal.sample import sample_directory, sample_options
from tests.support.build_sample import HOLDINGS, build_sample, portfolio_names
from tests.support.shared_data import shared_data

SAMPLE_BYTES_MAX = 300_000


def sample_files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def test_the_sample_is_small_and_says_where_it_is_from() -> None:
    folder = sample_directory()
    total = sum((folder / path).stat().st_size for path in sample_files(folder))

    assert 0 < total < SAMPLE_BYTES_MAX
    assert Path("PROVENANCE.md") in sample_files(folder)


def test_every_name_that_trades_in_the_next_session_has_its_fifteen_minute_bars() -> None:
    market = sample_directory() / "market"
    minutes = pq.read_table(market / "minute_bars.parquet", columns=["ts_code", "trade_date"])
    rows = minutes.to_pylist()
    suspensions = pyarrow.csv.read_csv(market / "suspensions.csv")
    suspended = set(suspensions["ts_code"].to_pylist())
    monday = [row["ts_code"] for row in rows if row["trade_date"] == "20260119"]
    names = set(pyarrow.csv.read_csv(market / "instruments.csv")["ts_code"].to_pylist())

    assert {code: monday.count(code) for code in names - suspended} == dict.fromkeys(
        names - suspended, 16
    )
    assert suspended == {"600499.SH"}
    assert names >= HOLDINGS.keys()


def test_the_sample_is_a_cut_of_the_real_data(tmp_path: Path) -> None:
    build_sample(shared_data(), tmp_path)
    bundled = sample_directory()

    assert sample_files(tmp_path) == [
        path for path in sample_files(bundled) if path.name != "PROVENANCE.md"
    ]
    for path in sample_files(tmp_path):
        if path.suffix == ".parquet":
            assert pq.read_table(tmp_path / path).equals(pq.read_table(bundled / path)), path
        else:
            assert (tmp_path / path).read_bytes() == (bundled / path).read_bytes(), path


def test_no_holding_is_a_target_so_each_is_sold_in_full() -> None:
    assert portfolio_names(sample_directory() / "runs").isdisjoint(HOLDINGS)


def test_the_demo_plays_the_one_pair_of_the_sample(tmp_path: Path) -> None:
    options = sample_options(tmp_path)

    assert [pair.file_date.isoformat() for pair in options.pairs] == ["2026-01-16"]
    assert (options.market / "daily_bars.parquet").is_file()
    assert options.positions is not None
    assert options.positions.is_file()
