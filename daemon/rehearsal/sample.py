"""The real week that travels with the package: one pair, the bars of its names, some holdings."""

from decimal import Decimal
from pathlib import Path

from config.settings import OrderFlowSettings
from daemon.rehearsal.options import RehearsalOptions, pairs_of_runs

CASH = Decimal(1_000_000)


def sample_directory() -> Path:
    """Return the folder of the bundled sample; its PROVENANCE.md says where each fact is from.

    `runs/<YYYYMMDD>/` holds the pair, `market/` the files of a market directory, `positions.csv`
    the account's holdings before the week (ts_code, quantity, cost_price in CNY, owner).
    """
    return Path(__file__).parent / "sample"


def sample_options(out: Path) -> RehearsalOptions:
    """Return the rehearsal of the bundled week that `demo` plays."""
    sample = sample_directory()
    return RehearsalOptions(
        pairs=pairs_of_runs(sample / "runs", None, None, ()),
        market=sample / "market",
        out=out,
        cash=CASH,
        positions=sample / "positions.csv",
        speed=None,
        seed=0,
        approve_gaps=True,
        messages_per_day=OrderFlowSettings().messages_per_day,
        config=None,
    )
