"""Cut the bundled sample out of the real market data; run by hand, and by a test that compares.

    .venv/bin/python -m tests.support.build_sample SOURCE [TARGET]

SOURCE is a folder of real data; TARGET is the sample of `daemon.rehearsal` unless told otherwise.
What was chosen by hand stands below as constants; everything else is copied, never computed.
"""

import csv
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daemon.rehearsal.sample import sample_directory

RUN = "20260116"
DAILY_WINDOW = ("20260105", "20260123")
MINUTE_WINDOW = ("20260116", "20260122")
COST_DATE = "20260112"

# Three names of the pair of the week before, one of them with an odd lot, and one that is suspended
# over the whole window but for its first days.
HOLDINGS = {"600295.SH": 6000, "600499.SH": 1000, "600775.SH": 5730, "601698.SH": 2200}


def portfolio_names(runs: Path) -> set[str]:
    """Return the codes of the chosen pair, from a folder of pairs."""
    with (runs / RUN / f"portfolio_{RUN}.csv").open(encoding="utf-8") as stream:
        return {row["code"] for row in csv.DictReader(stream)}


def build_sample(source: Path, target: Path) -> None:
    """Write runs/, market/ and positions.csv under `target`; PROVENANCE.md is written by hand."""
    names = portfolio_names(source / "portfolio_runs") | HOLDINGS.keys()
    market = target / "market"
    market.mkdir(parents=True, exist_ok=True)
    _copy_pair(source / "portfolio_runs" / RUN, target / "runs" / RUN)
    daily = _cut_bars(source / "daily_bars.parquet", names, DAILY_WINDOW)
    _write_bars(daily, market / "daily_bars.parquet")
    minutes = _cut_bars(source / "minute_bars.parquet", names, MINUTE_WINDOW)
    _write_bars(minutes, market / "minute_bars.parquet")
    _cut_csv(source / "instruments.csv", market, names, None)
    _cut_csv(source / "suspensions.csv", market, names, DAILY_WINDOW)
    _cut_csv(source / "ex_rights.csv", market, names, DAILY_WINDOW)
    shutil.copyfile(source / "trade_calendar.csv", market / "trade_calendar.csv")
    _write_positions(daily, target / "positions.csv")


def _copy_pair(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        shutil.copyfile(path, target / path.name)


def _cut_bars(path: Path, names: Collection[str], window: tuple[str, str]) -> pa.Table:
    first, last = window
    wanted = (
        pc.field("ts_code").isin(sorted(names))
        & (pc.field("trade_date") >= first)
        & (pc.field("trade_date") <= last)
    )
    return pq.read_table(path, filters=wanted).replace_schema_metadata(None)


def _write_bars(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _cut_csv(
    path: Path, folder: Path, names: Collection[str], window: tuple[str, str] | None
) -> None:
    """Keep the header and the rows of `names`; the second column is a date where there is one."""
    header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if _wanted(line, names, window)]
    (folder / path.name).write_text("".join([header, *kept]), encoding="utf-8")


def _wanted(line: str, names: Collection[str], window: tuple[str, str] | None) -> bool:
    code, second, *_ = line.split(",")
    return code in names and (window is None or window[0] <= second <= window[1])


def _write_positions(daily: pa.Table, path: Path) -> None:
    closes = {
        row["ts_code"]: row["close"]
        for row in daily.select(["ts_code", "trade_date", "close"]).to_pylist()
        if row["trade_date"] == COST_DATE
    }
    rows = [f"{code},{quantity},{closes[code]:.2f},ours" for code, quantity in HOLDINGS.items()]
    path.write_text("\n".join(["ts_code,quantity,cost_price,owner", *rows, ""]), encoding="utf-8")


if __name__ == "__main__":
    build_sample(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else sample_directory())
