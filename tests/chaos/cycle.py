"""Cuts the bundled week down: a few names wanted, a few owned, the market left as it is."""

import csv
import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from daemon.rehearsal.options import RehearsalOptions, single_pair

# A Tuesday, so that one night and no weekend lies between the pair and its session.
FILE_DATE = "20260120"


def cut_down(
    options: RehearsalOptions, names: Collection[str], owned: Collection[str], folder: Path
) -> RehearsalOptions:
    """Return the rehearsal with only these names wanted and owned; its files lie in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (pair,) = options.pairs
    rows = [
        {**row, "trade_date": FILE_DATE} for row in _read(pair.portfolio) if row["code"] in names
    ]
    portfolio = folder / f"portfolio_{FILE_DATE}.csv"
    _write(portfolio, rows)
    content = json.loads(pair.context.read_text(encoding="utf-8"))
    content["trade_date"] = FILE_DATE
    content["target_exposure"] = sum(float(row["weight"]) for row in rows)
    context = folder / f"execution_context_{FILE_DATE}.json"
    context.write_text(json.dumps(content), encoding="utf-8")
    assert options.positions is not None
    positions = folder / options.positions.name
    _write(positions, [row for row in _read(options.positions) if row["ts_code"] in owned])
    return replace(options, pairs=(single_pair(portfolio, context),), positions=positions)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
