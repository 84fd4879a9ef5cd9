"""The real week that travels with the package: one pair, the bars of its names, some holdings."""

from pathlib import Path


def sample_directory() -> Path:
    """Return the folder of the bundled sample; its PROVENANCE.md says where each fact is from.

    `runs/<YYYYMMDD>/` holds the pair, `market/` the files of a market directory, `positions.csv`
    the account's holdings before the week (ts_code, quantity, cost_price in CNY, owner).
    """
    return Path(__file__).parent / "sample"
