"""Kills a daemon with 200 orders working and tells how long the next one takes to reconcile.

`python -m tests.chaos.restart` plays a wide real run on a market that hardly trades, until enough
orders are live. Before the kill a second daemon is started on the same state: how soon it is gone,
and what it sent, is told too. Both times begin at exec and include all imports. Nothing is
asserted: what is printed is for a person, on the machine of that person.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.venues.simulated.statuses import RESTING
from daemon.cli.socket_client import DaemonUnreachable, call
from daemon.rehearsal.driver import Driver
from daemon.rehearsal.ledger import differences
from daemon.rehearsal.options import RehearsalOptions, single_pair
from daemon.rehearsal.sample import sample_options
from daemon.rehearsal.venue_control import VenueControl
from statemachine.events import VenueStatus
from storage.database import connect_read_only
from tests.chaos.births import Births
from tests.chaos.stage import SECRETS, Company
from tests.support.shared_data import shared_data

RUN = "20260716"
CASH = Decimal(100_000_000)
PARTICIPATION = ("--participation", "0.000001")
STEP = timedelta(seconds=30)
LOOK_INTERVAL_S = 0.02
LEDGER_INTERVAL_S = 0.5
PATIENCE_S = 300
# Quotes that never fill would be cancelled and asked again: they are left to rest.
SETTINGS = """
flow:
  sell_requote_s: 14400
  buy_requote_s: 14400
"""


@dataclass(frozen=True, slots=True)
class Timed:
    """What one daemon did between its exec and the moment it was waited for."""

    wall_s: float
    said: str


def wide_run(data: Path, out: Path) -> RehearsalOptions:
    """Return the rehearsal of the widest run there is, on an account of cash alone."""
    folder = data / "portfolio_runs" / RUN
    pair = single_pair(folder / f"portfolio_{RUN}.csv", folder / f"execution_context_{RUN}.json")
    out.mkdir(parents=True, exist_ok=True)
    (out / "given.yaml").write_text(SETTINGS, encoding="utf-8")
    (out / "positions.csv").write_text("ts_code,quantity,cost_price,owner\n", encoding="utf-8")
    return replace(
        sample_options(out),
        pairs=(pair,),
        market=data,
        cash=CASH,
        positions=out / "positions.csv",
        config=out / "given.yaml",
    )


class Measuring:
    """Daemons that are started as a service manager starts them, one after another."""

    def __init__(self, company: Company, venue: VenueControl, out: Path) -> None:
        self._company = company
        self._venue = venue
        caches = {"PYTHONPYCACHEPREFIX": str(out / "bytecode")}
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        self._environment = {**inherited, **SECRETS, **caches}
        self._log = out / "daemon.log"
        self._processes: list[Process] = []

    async def start(self, stderr: int | None = None) -> Process:
        """Start a daemon."""
        words = ("-m", "daemon.cli.main", "run", "--config", str(self._company.config))
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *words,
                env=self._environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=stderr or log,
            )
        self._processes.append(process)
        return process

    async def end(self) -> None:
        """End whoever is left."""
        for process in self._processes:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def live_orders(self) -> set[str]:
        """Return the ids that are working at the venue."""
        orders: list[dict[str, Any]] = (await self._venue.ledger())["orders"]
        return {
            order["client_order_id"] for order in orders if VenueStatus(order["status"]) in RESTING
        }

    async def second(self) -> Timed:
        """Start a daemon beside the living one and wait for its end."""
        began_s = time.monotonic()
        process = await self.start(PIPE)
        _, words = await process.communicate()
        wall_s = time.monotonic() - began_s
        with closing(connect_read_only(self._company.database)) as connection:
            query = "SELECT COUNT(*) FROM wire WHERE epoch > (SELECT MIN(epoch) FROM wire)"
            (sent,) = connection.execute(query).fetchone()
        return Timed(wall_s, f"exit {process.returncode}, {sent} sends; {words.decode().strip()}")

    async def answers(self) -> None:
        """Wait until the control socket answers: it opens once everything is reconciled."""
        while True:
            with suppress(DaemonUnreachable):
                await asyncio.to_thread(call, self._company.socket, "GET", "/v1/status")
                return
            await asyncio.sleep(LOOK_INTERVAL_S)


async def measure(data: Path, out: Path, live_min: int) -> None:
    """Play, kill, start again, and print the two times."""
    options = wide_run(data, out)
    async with (
        Births() as births,
        Company(options, births, (), PARTICIPATION) as company,
        VenueControl(company.endpoint) as venue,
    ):
        measuring = Measuring(company, venue, out)
        first = await measuring.start()
        driver = Driver(options, company, venue, _silent, STEP)
        playing = asyncio.create_task(driver.play(options.pairs[0]))
        try:
            await _patiently(_until_live(measuring, playing, live_min))
            second = await measuring.second()
            live = await measuring.live_orders()
            first.kill()
            await first.wait()
            began_s = time.monotonic()
            again = await measuring.start()
            await _patiently(measuring.answers())
            wall_s = time.monotonic() - began_s
            again.terminate()
            await again.wait()
            found = differences(company.database, await venue.ledger())
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            await measuring.end()
    _say(f"second instance: gone after {second.wall_s:.2f} s, {second.said}")
    _say(f"restart: {len(live)} orders working, reconciled {wall_s:.2f} s after exec,")
    _say(f"  {len(found)} differences between both books {' '.join(found[:3])}")


async def _until_live(measuring: Measuring, playing: asyncio.Task[Any], live_min: int) -> None:
    while len(await measuring.live_orders()) < live_min:
        if playing.done():
            raise SystemExit(f"the run ended before {live_min} orders worked: {playing!r}")
        await asyncio.sleep(LEDGER_INTERVAL_S)


async def _patiently(awaited: Awaitable[None]) -> None:
    await asyncio.wait_for(awaited, PATIENCE_S)


def _silent(_words: str) -> None:
    pass


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def main() -> None:
    """Measure, or say why not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--live", type=int, default=200)
    words = parser.parse_args()
    try:
        data = shared_data()
    except pytest.skip.Exception as skipped:
        return _say(f"restart: skipped, {skipped}")
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        asyncio.run(measure(data, Path(folder), words.live))
    return None


if __name__ == "__main__":
    main()
