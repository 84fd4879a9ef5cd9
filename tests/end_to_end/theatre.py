"""A stage with the real daemon and the paper gateway, driven by a test instead of a rehearsal."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from daemon.inspection import Exhibits, inspect
from daemon.randomness import SystemRandomness
from daemon.rehearsal.daemon_control import DaemonControl
from daemon.rehearsal.driver import Driver
from daemon.rehearsal.folder import prepare_folder
from daemon.rehearsal.options import Pair, RehearsalOptions
from daemon.rehearsal.sample import sample_options
from daemon.rehearsal.stage import Stage
from daemon.rehearsal.venue_control import VenueControl
from market.phases import SHANGHAI
from storage.store import Violation
from tests.support.reconcile_files import require_valid_reports

LOOK_INTERVAL_S = 0.005
PATIENCE_S = 60
SAMPLE_EVENING = datetime(2026, 1, 16, 18, 0, tzinfo=SHANGHAI)


@dataclass(slots=True)
class Theatre:
    """Market time stands still unless `until` lets it run; the daemon sees files at once."""

    options: RehearsalOptions
    stage: Stage
    venue: VenueControl
    daemon: DaemonControl
    said: list[str] = field(default_factory=list)

    @property
    def pair(self) -> Pair:
        """The bundled pair."""
        return self.options.pairs[0]

    def driver(self) -> Driver:
        """Return a driver that plays pairs by itself."""
        return Driver(self.options, self.stage, self.venue, self.said.append)

    async def until(self, moment: datetime) -> None:
        """Let market time run."""
        await self.venue.wait_until(moment)

    def drop(self, csv: bytes, context: bytes | None, day: str = "20260116") -> None:
        """Write a pair into the inbox, the CSV first."""
        (self.stage.inbox / f"portfolio_{day}.csv").write_bytes(csv)
        if context is not None:
            (self.stage.inbox / f"execution_context_{day}.json").write_bytes(context)

    def drop_sample(self) -> None:
        """Write the bundled pair into the inbox."""
        self.drop(self.pair.portfolio.read_bytes(), self.pair.context.read_bytes())

    async def runs(self) -> list[dict[str, Any]]:
        """Return all runs, oldest first."""
        answer = await self.daemon.get("/v1/runs")
        found: list[dict[str, Any]] = answer["runs"]
        return found

    async def show(self, run_id: str) -> dict[str, Any]:
        """Return everything about one run."""
        return await self.daemon.get(f"/v1/runs/{run_id}")

    async def eventually(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait, in real time, for something the daemon does by itself."""
        for _ in range(int(PATIENCE_S / LOOK_INTERVAL_S)):
            if await holds():
                return
            await asyncio.sleep(LOOK_INTERVAL_S)
        raise AssertionError(f"never happened: {what}")

    async def noticed(self, day: str = "20260116") -> None:
        """Wait until the daemon has seen both files of a day, as they are now."""
        csv = self.stage.inbox / f"portfolio_{day}.csv"
        context = self.stage.inbox / f"execution_context_{day}.json"
        written = (_mtime_ns(csv), _mtime_ns(context))

        async def seen() -> bool:
            pairs = (await self.daemon.get("/v1/inbox"))["pairs"]
            return any(
                pair["portfolio"] == csv.name
                and (pair["csv_mtime_ns"], pair["context_mtime_ns"]) == written
                for pair in pairs
            )

        await self.eventually(seen, f"the daemon sees the pair of {day}")

    def kill_daemon(self) -> None:
        """Kill the daemon that runs now, as a power cut would."""
        pids = [text.split()[-1] for text in self.said if text.startswith("daemon pid")]
        os.kill(int(pids[-1]), signal.SIGKILL)

    async def orders_at_venue(self) -> list[dict[str, Any]]:
        """Return what the venue's own ledger has of orders."""
        found: list[dict[str, Any]] = (await self.venue.ledger())["orders"]
        return found

    async def inspected(self) -> tuple[Violation, ...]:
        """Return what the record breaks beside the venue's ledger and the artifacts."""
        state = self.stage.state
        exhibits = Exhibits(
            state / "execd.sqlite",
            anchors=state / "anchors.jsonl",
            ledger=json.dumps(await self.venue.ledger()).encode(),
            artifacts=self.stage.inbox,
        )
        return await asyncio.to_thread(inspect, exhibits)


def _mtime_ns(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


@asynccontextmanager
async def theatre(out: Path, **changes: Any) -> AsyncIterator[Theatre]:
    """Open the theatre on the bundled week; `changes` are fields of RehearsalOptions."""
    options = replace(sample_options(out), **changes)
    prepare_folder(out, replace=False)
    said: list[str] = []
    async with (
        Stage(options, SystemRandomness(), said.append) as stage,
        VenueControl(stage.endpoint) as venue,
    ):
        stage.start_daemon()
        daemon = DaemonControl(stage.socket, stage.check)
        await daemon.get("/v1/status")
        for code, quantity in OWNED:
            body = {"ts_code": code, "quantity": quantity, "owner": "ours"}
            await daemon.post("/v1/adopt", body)
        yield Theatre(options, stage, venue, daemon, said)
    require_valid_reports(out)
    shutil.rmtree(out, ignore_errors=True)


OWNED = (
    ("600295.SH", 6000),
    ("600499.SH", 1000),
    ("600775.SH", 5730),
    ("601698.SH", 2200),
)
