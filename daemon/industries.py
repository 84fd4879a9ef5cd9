"""Industries of names from an operator's instruments file; they fill what a pair leaves blank."""

import csv
from contextlib import suppress
from pathlib import Path

from config.loading import ConfigError, ConfigProblem
from market.symbol import Symbol, SymbolError


def read_industries(path: Path | None) -> dict[Symbol, str]:
    """Read ts_code -> industry_l1 from an instruments file; nothing where there is none.

    Rows whose code cannot be used say nothing. Raises ConfigError where the file cannot be read.
    """
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            rows = list(csv.DictReader(source))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, f"cannot be read: {error}") from error
    if rows and not {"ts_code", "industry_l1"} <= rows[0].keys():
        raise _unreadable(path, "needs the columns ts_code and industry_l1")
    industries: dict[Symbol, str] = {}
    for row in rows:
        with suppress(SymbolError):
            symbol = Symbol.parse(row["ts_code"] or "")
            if row["industry_l1"]:
                industries[symbol] = row["industry_l1"]
    return industries


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError((ConfigProblem(str(path), None, "paths.instruments", why),))
