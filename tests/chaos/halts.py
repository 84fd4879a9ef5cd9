"""Halts at random moments of a session, through every door, some with the daemon killed first.

`python -m tests.chaos.halts --moments 50` prints a line a way in: no send later than a second
after the halt, nothing live at the broker at the end, and a receipt each time. The broker's end is
read off the venue's own ledger; a send is a row of the write-ahead log whose bytes may have left.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from daemon.halting.files import Grade, HaltFiles
from daemon.halting.receipts import HaltReceipt, read_receipt, receipt_files
from daemon.rehearsal.driver import DROP_TIME, Driver
from daemon.rehearsal.venue_control import VenueControl
from daemon.session_fence import allow_take_over
from market.phases import SHANGHAI, market_time
from statemachine.order_id import is_own_order_id
from storage import anchors
from storage.database import connect_read_only
from storage.verify import verify
from tests.chaos.births import Births, Life
from tests.chaos.campaign import Case, Result, Tally, play_all
from tests.chaos.nursery import Birth
from tests.chaos.play import Scenario, Week, given
from tests.chaos.stage import SECRETS, Company

SLOW = """
flow: {deferred_retest_interval_s: 60}
"""
# Little trades in a moment, so that orders are live whenever the halt comes.
THIN = Scenario(settings=SLOW, gateway_words=("--participation", "0.002"))
DAY = (9 * 3600 + 31 * 60, 14 * 3600 + 59 * 60)
STEP, STEP_PAUSE_S = timedelta(seconds=5), 0.05
LEAD = timedelta(seconds=60)
RACE_MAX_S = 0.5
LATE_MAX_S = 1
# The no-cancel minutes around lunch pass here in about a minute: a command has to outwait them.
COMMAND_WAIT_S, GIVE_UP_S = 200, 240
ENDED = {"PART_CANCEL", "CANCELED", "SUCCEEDED", "JUNK"}
SENDS = (
    "SELECT opened_utc FROM wire WHERE kind = 'SUBMIT' AND IFNULL(outcome, '') <> 'NOT_SENT'"
    " ORDER BY opened_utc DESC LIMIT 1"
)
WAYS = ("command", "signal", "file", "folder", "dangling link")
DEAD, DEAD_SHARE = "command, daemon killed", 5
HUNG, HUNG_SHARE = "command, daemon hung", 12
ALONE = (DEAD, HUNG)


@dataclass(frozen=True, slots=True)
class Moment:
    """One halt: through which door, at which market time, and how far into a race (real time)."""

    number: int
    way: str
    at: datetime
    race_s: float


@dataclass(slots=True)
class Stop:
    """A halt that is under way: since when, and the command that does it, if one does."""

    since: datetime
    command: Life | None = None


def moments(count: int, session: datetime) -> list[Moment]:
    """Draw the moments; every fifth finds the daemon dead."""
    found = []
    for number in range(count):
        dice = random.Random(f"halt {number}")
        way = WAYS[(number + number // DEAD_SHARE) % len(WAYS)]
        if number % DEAD_SHARE == 0:
            way = DEAD
        elif number % HUNG_SHARE == 1:
            way = HUNG
        second = dice.randrange(*DAY)
        found.append(
            Moment(number, way, session + timedelta(seconds=second), dice.uniform(0, RACE_MAX_S))
        )
    return found


async def play_halt(births: Births, moment: Moment, out: Path) -> Result:
    """Play one case to its proof."""
    options, words = given(THIN, out)
    async with (
        Company(options, births, (), words) as company,
        VenueControl(company.endpoint) as venue,
    ):
        week = Week(company, venue, THIN)
        daemon = await company.start()
        await _working(week)
        await venue.wait_until(moment.at - LEAD)
        walking = asyncio.create_task(_walk(venue))
        await asyncio.sleep(moment.race_s)
        stop = await _halt(moment, week, births, daemon, out)
        found = [line async for line in _proven(moment, week, stop, daemon)]
        walking.cancel()
        ledger = await venue.ledger()
        found += _live(ledger)
        found += [line async for line in _after(moment, week, daemon)]
    found += _late(company.state, stop.since)
    proof = _proof(company.state)
    live = 0 if proof is None else len(proof.orders)
    sys.stderr.write(f"{moment.at:%H:%M:%S} {moment.way}: {live} orders were live\n")
    return Result(moment.way, f"{moment.at:%H:%M:%S}", tuple(found), was_hit=live > 0)


async def _working(week: Week) -> None:
    """Have the bundled pair approved, so that it works from the opening on."""
    for code, quantity in week.scenario.owned:
        body: dict[str, Any] = {"ts_code": code, "quantity": quantity, "owner": "ours"}
        await week.daemon.post("/v1/adopt", body)
    options = week.company.options
    driver = Driver(options, week.company, week.venue, week.said.append)
    pair = options.pairs[0]
    await driver._until(datetime.combine(pair.file_date, DROP_TIME, SHANGHAI))
    await driver._drop(pair)
    run_id = await driver._planned(pair, set())
    while (await driver._run(run_id))["state"] == "AWAITING_APPROVAL":
        await driver._approve(run_id)


async def _walk(venue: VenueControl) -> None:
    """Let market time run, a hundred times as fast as the real one."""
    while True:
        await venue.wait_until(await venue.now() + STEP)
        await asyncio.sleep(STEP_PAUSE_S)


async def _halt(moment: Moment, week: Week, births: Births, daemon: Life, out: Path) -> Stop:
    """Halt through the door of the case."""
    path = week.company.state / "HALT"
    since = datetime.now(UTC)
    match moment.way:
        case "signal":
            daemon.signal(signal.SIGUSR1)
        case "file":
            path.touch()
        case "folder":
            path.mkdir()
        case "dangling link":
            path.symlink_to("nowhere")
        case _:
            if moment.way == DEAD:
                daemon.signal(signal.SIGKILL)
                await daemon.wait()
            if moment.way == HUNG:
                daemon.signal(signal.SIGSTOP)
            if moment.way in ALONE:
                await week.venue._post("leave", {"participant": "daemon"})
            verb = ("halt", "--config", str(week.company.config), "--reason", "drill", "--json")
            place = ("--socket", str(week.company.socket), "--wait", str(COMMAND_WAIT_S))
            log = str(out / "halt.log")
            return Stop(since, await births.birth(Birth((*verb, *place), log, SECRETS)))
    return Stop(since)


async def _proven(moment: Moment, week: Week, stop: Stop, daemon: Life) -> AsyncIterator[str]:
    """Wait for the receipt that proves the halt; yield what is missing."""
    state = week.company.state
    give_up_s = time.monotonic() + GIVE_UP_S
    proof = _proof(state)
    while proof is None and time.monotonic() < give_up_s:
        await asyncio.sleep(STEP_PAUSE_S)
        proof = _proof(state)
    if proof is None:
        yield f"no receipt proves the halt: {receipt_files(state)}"
        return
    if moment.way == "command":
        stop.since = proof.halted_at
    if stop.command is not None:
        code = await stop.command.wait()
        if code != os.EX_OK:
            yield f"the command ended with {code}"
    if daemon.code is not None and moment.way not in ALONE:
        yield f"the daemon ended with {daemon.code}"


def _proof(state: Path) -> HaltReceipt | None:
    for path in receipt_files(state):
        receipt = read_receipt(path)
        if receipt is not None and receipt.proven_at is not None:
            return receipt
    return None


def _live(ledger: dict[str, Any]) -> Iterator[str]:
    for order in ledger["orders"]:
        if is_own_order_id(order["client_order_id"]) and order["status"] not in ENDED:
            yield f"{order['client_order_id']} is {order['status']} at the broker"


async def _after(moment: Moment, week: Week, daemon: Life) -> AsyncIterator[str]:
    """A daemon that lives, or lives again, stands halted, and its record is sound.

    One that hung wakes up to a session that is another's: it ends by itself.
    """
    if moment.way == HUNG:
        await week.venue._post("join", {"participant": "daemon"})
        daemon.signal(signal.SIGCONT)
        if await daemon.wait() != os.EX_NOPERM:
            yield f"the daemon that hung ended with {daemon.code}"
        allow_take_over(week.company.state, "drill")
    life = await week.company.start() if moment.way in ALONE else daemon
    status = await week.daemon.get("/v1/status")
    if status["grade"] != Grade.HALTED:
        yield f"afterwards the grade is {status['grade']}"
    manual = (await week.daemon.get("/v1/manual"))["items"]
    told = [item for item in manual if item["reason"] == "HALTED_ALONE"]
    if len(told) != (moment.way in ALONE):
        yield f"{len(told)} receipts were taken over"
    await life.end()
    if HaltFiles(week.company.state).grade() is not Grade.HALTED:
        yield "the HALT file is gone"
    key = bytes.fromhex((week.company.state / "approval.key").read_text(encoding="ascii"))
    anchored = anchors.read(week.company.state / "anchors.jsonl")
    with closing(connect_read_only(week.company.database)) as connection:
        for bad in verify(connection, key, anchored):
            yield f"{bad.invariant} {bad.detail}"


def _late(state: Path, since: datetime) -> Iterator[str]:
    with closing(connect_read_only(state / "execd.sqlite")) as connection:
        row = connection.execute(SENDS).fetchone()
    if row is None:
        return
    late_s = (datetime.fromisoformat(row["opened_utc"]) - since).total_seconds()
    if late_s > LATE_MAX_S:
        yield f"an order left {late_s:.2f} s after the halt"


async def campaign(count: int, folder: Path) -> Tally:
    """Play every moment and return what came out."""
    drawn = moments(count, market_time(datetime(2026, 1, 19, tzinfo=SHANGHAI).date(), "00:00:00"))
    tally = Tally(sorted({moment.way for moment in drawn}))
    async with Births() as births:
        cases = [Case(moment.way, partial(play_halt, births, moment)) for moment in drawn]
        await play_all(cases, folder, tally)
        tally.cpu_s = births.cpu_s
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=50)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="halts-") as folder:
        tally = asyncio.run(campaign(words.moments, Path(folder)))
    sys.stdout.write(tally.table("halts"))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
