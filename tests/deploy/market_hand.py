"""Holds the paper market by the hand, inside the container: run by the package's own Python.

market_hand.py until MOMENT | drop | match
"""

import asyncio
import json
import shutil
import sys
from datetime import datetime
from pathlib import Path

from daemon.rehearsal.ledger import differences
from daemon.rehearsal.sample import sample_directory
from daemon.rehearsal.venue_control import VenueControl

ENDPOINT = "http://127.0.0.1:18080"
INBOX = Path("/var/spool/sage-execd/inbox")
DATABASE = Path("/var/lib/sage-execd/execd.sqlite")
DAY = "20260116"


async def until(moment: str) -> int:
    """Let market time run; from the first call on nobody else moves it."""
    async with VenueControl(ENDPOINT) as venue:
        now = await venue.wait_until(datetime.fromisoformat(moment))
    sys.stdout.write(f"{now.isoformat()}\n")
    return 0


def drop() -> int:
    """Drop the bundled pair as the daemon's user would: another name first, then the right one."""
    for name in (f"portfolio_{DAY}.csv", f"execution_context_{DAY}.json"):
        hidden = INBOX / f".{name}.partial"
        shutil.copyfile(sample_directory() / "runs" / DAY / name, hidden)
        hidden.rename(INBOX / name)
    (INBOX / f"portfolio_{DAY}.ready").touch()
    return 0


async def compare() -> int:
    """Hold the daemon's record against the venue's ledger; print where they differ."""
    async with VenueControl(ENDPOINT) as venue:
        ledger = await venue.ledger()
    found = await asyncio.to_thread(differences, DATABASE, ledger)
    counts = {"orders": len(ledger["orders"]), "differences": list(found)}
    sys.stdout.write(json.dumps({"ledger_match": not found, **counts}) + "\n")
    return 1 if found or not ledger["orders"] else 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["until", moment]:
            code = asyncio.run(until(moment))
        case ["drop"]:
            code = drop()
        case _:
            code = asyncio.run(compare())
    sys.exit(code)
