"""A whole rehearsal: set the stage, play every pair, compare both books, say how it ended."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.randomness import Randomness
from daemon.rehearsal.daemon_control import DaemonControl
from daemon.rehearsal.driver import Driver
from daemon.rehearsal.options import RehearsalError, RehearsalOptions
from daemon.rehearsal.results import RunResult, result_of
from daemon.rehearsal.stage import Stage
from daemon.rehearsal.venue_control import VenueControl

EXIT_DATA = 65
EXIT_SOFTWARE = 70


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All runs in the order they were played."""

    results: tuple[RunResult, ...]

    @property
    def exit_code(self) -> int:
        """70 if anything is left unequal or unfinished, else 65 if a run was refused, else 0."""
        if any(result.is_faulty for result in self.results):
            return EXIT_SOFTWARE
        if any(result.is_refused for result in self.results):
            return EXIT_DATA
        return 0


async def rehearse(
    options: RehearsalOptions,
    randomness: Randomness,
    say: Callable[[str], None],
    on_result: Callable[[RunResult], None],
) -> Rehearsal:
    """Play every pair on one account; `on_result` is called as each run ends."""
    results: list[RunResult] = []
    async with Stage(options, randomness, say) as stage, VenueControl(stage.endpoint) as venue:
        stage.start_daemon()
        daemon = DaemonControl(stage.socket, stage.check)
        await daemon.get("/v1/status")
        await _declare_owners(options.positions, daemon, say)
        driver = Driver(options, stage, venue, say)
        for pair in options.pairs:
            result = result_of(await driver.play(pair))
            results.append(result)
            on_result(result)
    return Rehearsal(tuple(results))


async def _declare_owners(
    positions: Path | None, daemon: DaemonControl, say: Callable[[str], None]
) -> None:
    """Positions are ours unless marked foreign; "unmarked" leaves the decision open (rule 11)."""
    for row in _position_rows(positions):
        owner = (row.get("owner") or "ours").strip()
        if owner == "unmarked":
            continue
        body: dict[str, Any] = {
            "ts_code": row["ts_code"],
            "quantity": row["quantity"],
            "owner": owner,
        }
        await daemon.post("/v1/adopt", body)
        say(f"{row['ts_code']} {row['quantity']} is {owner}")


def _position_rows(positions: Path | None) -> list[dict[str, str]]:
    if positions is None:
        return []
    with positions.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    for number, row in enumerate(rows, start=2):
        if not row.get("ts_code") or not row.get("quantity"):
            raise RehearsalError(f"{positions}:{number} needs ts_code and quantity")
    return rows
