"""A real run of fifty names through daemon and paper gateway, and what the venue says of it."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from daemon.artifacts.files import page_path
from daemon.randomness import SystemRandomness
from daemon.rehearsal.daemon_control import DaemonControl
from daemon.rehearsal.driver import Driver
from daemon.rehearsal.folder import prepare_folder
from daemon.rehearsal.options import RehearsalOptions, pairs_of_runs
from daemon.rehearsal.stage import Stage
from daemon.rehearsal.venue_control import VenueControl

FIFTY_NAMES = "20260724"
CASH = Decimal(18_000_000)
HELD = {"000002.SZ": 60_000, "600036.SH": 20_000, "601318.SH": 15_000}


@dataclass(frozen=True, slots=True)
class Reported:
    """A run that ended: its report, the venue's ledger, and the page the daemon wrote."""

    document: dict[str, Any]
    ledger: dict[str, Any]
    page: Path

    @property
    def cash_moved(self) -> Decimal:
        """What the venue's ledger says that the run's orders did to the cash, CNY."""
        return self._sum("BUY", "SELL", "FEES", "BUST")

    @property
    def fees(self) -> Decimal:
        """What the venue's ledger says that the run's orders were billed, CNY."""
        return -self._sum("FEES")

    def _sum(self, *kinds: str) -> Decimal:
        entries = [
            entry
            for entry in self.ledger["cash_entries"]
            if entry["kind"] in kinds and entry["client_order_id"] is not None
        ]
        assert entries
        return sum((Decimal(entry["amount"]) for entry in entries), Decimal(0))


def run_of_fifty(out: Path, data: Path) -> RehearsalOptions:
    """Return the shared run of fifty names, on an account that holds three others."""
    positions = out.with_suffix(".csv")
    rows = "".join(f"{code},{quantity},10.00\n" for code, quantity in HELD.items())
    positions.write_text(f"ts_code,quantity,cost_price\n{rows}", encoding="utf-8")
    return RehearsalOptions(
        pairs=pairs_of_runs(data / "portfolio_runs", FIFTY_NAMES, FIFTY_NAMES, ()),
        market=data,
        out=out,
        cash=CASH,
        positions=positions,
        speed=None,
        seed=7,
        approve_gaps=True,
        messages_per_day=1000,
        config=None,
    )


async def reported(options: RehearsalOptions, owned: dict[str, int]) -> Reported:
    """Play the one run of the options to its end."""
    prepare_folder(options.out, replace=False)
    said: list[str] = []
    async with (
        Stage(options, SystemRandomness(), said.append) as stage,
        VenueControl(stage.endpoint) as venue,
    ):
        stage.start_daemon()
        daemon = DaemonControl(stage.socket, stage.check)
        await daemon.get("/v1/status")
        for code, quantity in owned.items():
            body = {"ts_code": code, "quantity": quantity, "owner": "ours"}
            await daemon.post("/v1/adopt", body)
        played = await Driver(options, stage, venue, said.append).play(options.pairs[0])
        assert played.differences == ()
        run_id = played.shown["run"]["run_id"]
        document = await daemon.get(f"/v1/runs/{run_id}/report")
        return Reported(document, played.ledger, page_path(stage.inbox, run_id))


def play_fifty(out: Path, data: Path) -> Reported:
    """Play the run of fifty names."""
    return asyncio.run(reported(run_of_fifty(out, data), HELD))
