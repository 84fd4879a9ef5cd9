"""Two weeks in which everything happens to the account that is no trade of ours.

Real pairs and bars, the real daemon, the paper gateway over HTTP. Each event states its true cause;
the daemon must name all of them, lock for the one that took what is ours, and for nothing else.
"""

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from daemon.inspection import Exhibits, inspect
from daemon.randomness import SystemRandomness
from daemon.rehearsal.daemon_control import DaemonControl
from daemon.rehearsal.driver import Driver
from daemon.rehearsal.folder import prepare_folder
from daemon.rehearsal.options import RehearsalOptions, pairs_of_runs
from daemon.rehearsal.stage import Stage
from daemon.rehearsal.venue_control import VenueControl
from market.phases import SHANGHAI
from tests.end_to_end.bars import Bars, cents
from tests.support.reconcile_files import require_valid_reports
from tests.support.shared_data import shared_data

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# Real ex-days of the fortnight: ours goes ex on the Monday it is sold, theirs on the Wednesday.
GOES_EX, THEIRS_GOES_EX = "601658.SH", "600919.SH"
POSITIONS = f"""\
ts_code,quantity,cost_price,owner
{GOES_EX},2000,5.30,ours
{THEIRS_GOES_EX},1000,10.10,foreign
"""
WON, BOUGHT_BY_HAND, NEW_CODE, REPO = "601211.SH", "601398.SH", "601988.SH", "204001.SH"
SOLD_BY_HAND = 100


class Named(NamedTuple):
    """One difference as the daemon must name it: first seen on this day, for this cause."""

    day: date
    cause: str
    kind: str
    ts_code: str | None


def january(day: int) -> date:
    return date(2026, 1, day)


def moment(day: int, clock: str) -> datetime:
    return datetime.combine(january(day), time.fromisoformat(clock), SHANGHAI)


def close_of(play: "Fortnight", code: str, day: int) -> str:
    """Return the real close of a day, so that a trade of the next day is inside its limits."""
    bar = Bars(play.options.market).day(code, january(day))
    assert bar is not None
    return str(cents(bar["close"]))


@dataclass(slots=True)
class Fortnight:
    """The stage, and what is scripted on it with its true causes."""

    options: RehearsalOptions
    stage: Stage
    venue: VenueControl
    daemon: DaemonControl
    driver: Driver
    events: list[dict[str, Any]] = field(default_factory=list)
    truth: list[Named] = field(default_factory=list)

    def script(self, day: int, clock: str, kind: str, **what: Any) -> None:
        """Write down an event; `happens` says what it truly is."""
        self.events.append({"at": moment(day, clock).isoformat(), "kind": kind, **what})

    def happens(self, day: int, cause: str, ts_code: str | None, *kinds: str) -> None:
        """State the true cause of what is going to differ, and where it shows."""
        self.truth += [Named(january(day), cause, kind, ts_code) for kind in kinds]

    async def play_script(self) -> None:
        """Hand the events to the venue."""
        await self.post("script", self.events)
        self.events.clear()

    async def post(self, what: str, body: list[dict[str, Any]]) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.stage.endpoint}/sim/{what}", json=body) as answer,
        ):
            assert answer.ok, await answer.text()

    async def held(self) -> dict[str, int]:
        """Return what the venue's own ledger holds."""
        rows = (await self.venue.ledger())["positions"]
        return {row["symbol"]: row["quantity"] for row in rows if row["quantity"]}

    async def locking(self) -> list[dict[str, Any]]:
        """Return the breaks that lock now."""
        found: list[dict[str, Any]] = (await self.daemon.get("/v1/breaks"))["breaks"]
        return found


@asynccontextmanager
async def fortnight(folder: Path) -> AsyncIterator[Fortnight]:
    """Set the stage: two Fridays, some holdings."""
    data, out = shared_data(), folder / "out"
    positions = folder / "positions.csv"
    positions.write_text(POSITIONS, encoding="utf-8")
    options = RehearsalOptions(
        pairs=pairs_of_runs(data / "portfolio_runs", "20260109", "20260116", ()),
        market=data,
        out=out,
        cash=Decimal(1_000_000),
        positions=positions,
        speed=None,
        seed=0,
        approve_gaps=True,
        messages_per_day=1000,
        config=None,
    )
    prepare_folder(out, replace=False)
    async with (
        Stage(options, SystemRandomness(), print) as stage,
        VenueControl(stage.endpoint) as venue,
    ):
        stage.start_daemon()
        daemon = DaemonControl(stage.socket, stage.check)
        await daemon.get("/v1/status")
        await adopt(daemon, GOES_EX, 2000)
        await adopt(daemon, THEIRS_GOES_EX, 0, "foreign")
        yield Fortnight(options, stage, venue, daemon, Driver(options, stage, venue, print))
    shutil.rmtree(out, ignore_errors=True)


async def adopt(daemon: DaemonControl, code: str, quantity: int, owner: str = "ours") -> None:
    await daemon.post("/v1/adopt", {"ts_code": code, "quantity": quantity, "owner": owner})


async def script_the_first_week(play: Fortnight, bonus: str, dividend: str, sold: str) -> None:
    play.script(13, "08:30", "BONUS_SHARES", symbol=bonus, ratio="0.2", sellable_on="2026-01-14")
    play.happens(13, "BONUS_SHARES", bonus, "POSITION")
    play.happens(13, "NOT_LISTED_YET", bonus, "SELLABLE")
    play.script(14, "08:30", "DIVIDEND", symbol=dividend, cash="0.35", tax="0.07")
    play.happens(14, "DIVIDEND", dividend, "CASH")
    play.happens(14, "TAX", dividend, "CASH")
    play.happens(14, "DIVIDEND", THEIRS_GOES_EX, "CASH")
    won = {"symbol": WON, "quantity": 500, "price": "8.60", "sellable_on": "2026-01-26"}
    play.script(14, "10:00", "IPO", **won)
    play.happens(14, "IPO", WON, "POSITION", "CASH")
    play.script(15, "14:00", "REPO", symbol=REPO, units=200, rate="1.85")
    play.happens(15, "REPO", REPO, "POSITION", "CASH")
    play.happens(16, "REPO", REPO, "POSITION", "CASH")
    play.happens(16, "INTEREST", REPO, "CASH")
    sale = {"name": "wang", "symbol": sold, "side": "SELL", "quantity": SOLD_BY_HAND}
    play.script(16, "10:00", "TRADE", **sale, price=close_of(play, sold, 15))
    play.happens(16, "FOREIGN_TRADE", sold, "POSITION", "CASH", "OWNERSHIP")
    await play.play_script()


async def script_the_second_week(play: Fortnight, renamed: str) -> None:
    play.script(20, "08:30", "CASH", reason="FEE_CORRECTION", amount="-12.34")
    play.happens(20, "FEE_CORRECTION", None, "CASH")
    purchase = {"name": "li", "symbol": BOUGHT_BY_HAND, "side": "BUY", "quantity": 300}
    play.script(20, "13:30", "TRADE", **purchase, price="7.54")
    play.happens(20, "FOREIGN_TRADE", BOUGHT_BY_HAND, "POSITION", "CASH")
    play.script(21, "08:30", "CODE_CHANGE", symbol=renamed, new_symbol=NEW_CODE)
    play.happens(21, "CODE_CHANGE", renamed, "POSITION")
    play.happens(21, "CODE_CHANGE", NEW_CODE, "POSITION")
    play.script(21, "13:30", "SHARES", symbol=BOUGHT_BY_HAND, quantity=200)
    play.happens(21, "TRANSFER", BOUGHT_BY_HAND, "POSITION")
    play.script(22, "09:00", "CASH", reason="DEPOSIT", amount="20000.00")
    play.happens(22, "DEPOSIT", None, "CASH")
    await play.play_script()


async def fail_queries(play: Fortnight) -> None:
    """Positions fail three ways: in part, shorter than they are, not at all."""
    await play.venue.wait_until(moment(21, "15:09"))
    positions = {"method": "GET", "path": "/v1/positions"}
    await play.post("faults", [{"kind": "EMPTY_PAGE", **positions}])
    play.happens(21, "QUERY_INCOMPLETE", None, "POSITION")
    await play.venue.wait_until(moment(22, "15:09"))
    await play.post("faults", [{"kind": "LIST_SHRINK", **positions}])
    await play.venue.wait_until(moment(22, "15:14"))
    await play.post("faults", [{"kind": "SERVER_ERROR_BEFORE", **positions}])


async def test_a_fortnight_is_explained_break_by_break(tmp_path: Path) -> None:
    async with fortnight(tmp_path) as play:
        play.happens(12, "DIVIDEND", GOES_EX, "CASH")
        monday = await play.driver.play(play.options.pairs[0])
        bought = sorted(set(await play.held()) - {GOES_EX, THEIRS_GOES_EX})
        bonus, dividend, sold = bought[:3]
        await script_the_first_week(play, bonus, dividend, sold)
        await play.venue.wait_until(moment(16, "15:40"))
        (lock,) = await play.locking()
        left = (await play.held())[sold]
        await adopt(play.daemon, sold, left)
        await play.daemon.post("/v1/reconcile", {})
        assert await play.locking() == []

        next_monday = await play.driver.play(play.options.pairs[1])
        owned = (await play.daemon.get("/v1/account"))["owned"]
        renamed = min(owned)
        await script_the_second_week(play, renamed)
        await fail_queries(play)
        await play.venue.wait_until(moment(23, "15:40"))

        assert (lock["kind"], lock["cause"], lock["ts_code"]) == (
            "OWNERSHIP",
            "FOREIGN_TRADE",
            sold,
        )
        assert (lock["ours"], lock["theirs"]) == (str(left + SOLD_BY_HAND), str(left))
        for played in (monday, next_monday):
            assert played.shown["run"]["state"].startswith("COMPLETED"), played.shown["run"]
            assert played.differences == ()
        after = (await play.daemon.get("/v1/account"))["owned"]
        assert after == {NEW_CODE if code == renamed else code: n for code, n in owned.items()}
        await compare(play, [lock])


async def compare(play: Fortnight, locks: list[dict[str, Any]]) -> None:
    """Every cause named, on its day; no other name; nothing locked but what was to be."""
    ledger = await play.venue.ledger()
    assert [event for event in ledger["script"] if event["refused"]] == []
    assert len(ledger["faults_struck"]) == 3
    rows = list(stored_breaks(play.stage.database))
    named = Counter(
        Named(day_of(row["opened_at"]), row["cause"], row["kind"], row["ts_code"]) for row in rows
    )
    assert named == Counter(play.truth)
    assert [row["kind"] for row in rows if not row["explained"]] == [lock["kind"] for lock in locks]
    moved = {row["movement_id"]: row for row in ledger["movements"]}
    told = {row["subject"] for row in rows} & moved.keys()
    assert told == moved.keys()
    assert halts(play.stage.database) == []
    state = play.stage.state
    exhibits = Exhibits(
        play.stage.database,
        anchors=state / "anchors.jsonl",
        ledger=json.dumps(ledger).encode(),
        artifacts=play.stage.inbox,
    )
    assert inspect(exhibits) == ()
    assert require_valid_reports(play.stage.inbox) == 2


def stored_breaks(database: Path) -> Iterator[sqlite3.Row]:
    """Return every break there ever was."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield from connection.execute("SELECT * FROM breaks ORDER BY break_id").fetchall()


def halts(database: Path) -> list[str]:
    """Return why sends were ever stopped."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute("SELECT cause FROM halts")]


def day_of(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(SHANGHAI).date()
