import json
from contextlib import suppress
from pathlib import Path

from adapters.gateway.venue import VenueUncertain
from adapters.venues.simulated.clock import RunningClock, SteppedClock
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.fault_plan import arm_faults, read_faults
from adapters.venues.simulated.inputs import Call, NoInputs
from adapters.venues.simulated.journal import VenueJournal, remove_journal, resume
from adapters.venues.simulated.script import read_script
from adapters.venues.simulated.statement import statement
from adapters.venues.simulated.wire_faults import WireFaultKind, WireFaultPlan
from tests.adapters.venues.simulated.markets import (
    STEEL,
    new_order,
    on_monday,
    venue_at,
    write_market,
)
from tests.adapters.venues.simulated.test_clock import Timer

FAULTS = '[{"kind": "UNKNOWN_LATE", "client_order_id": "ORDER0002", "delay_s": 90}]'


def fresh(folder: Path) -> SimulatedVenue:
    return venue_at(folder, on_monday("09:46:00"), positions={STEEL: (1000, "4.80")})


async def asked(venue: SimulatedVenue) -> None:
    """Ask a little of everything."""
    arm_faults(read_faults(FAULTS), venue.faults, WireFaultPlan())
    venue.inputs.record(Call.ARM, venue.now(), json.loads(FAULTS))
    deposit = {"kind": "CASH", "at": on_monday("09:48:00").isoformat(), "reason": "DEPOSIT"}
    venue.play_script(read_script(json.dumps([{**deposit, "amount": "12.34"}])))
    await venue.place(new_order(1, price="9.50"))
    venue.advance_to(on_monday("09:46:07"))
    with suppress(VenueUncertain):
        await venue.place(new_order(2))
    await venue.place(new_order(3))
    await venue.place(new_order(4, price="9.50"))
    venue.advance_to(on_monday("09:47:00"))
    await venue.cancel("ORDER0001")
    await venue.cancel_at_counter("20251110000003")
    venue.advance_to(on_monday("09:47:30.250"))


async def resumed(journal: VenueJournal, folder: Path) -> SimulatedVenue:
    venue = fresh(folder)
    await resume(journal, venue, SteppedClock(venue, Timer()), WireFaultPlan())
    return venue


async def test_a_venue_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    folder = write_market(tmp_path / "market")
    journal = VenueJournal.open(tmp_path / "venue.jsonl")
    first = await resumed(journal, folder)
    await asked(first)
    # nothing is closed: the process is gone
    second = await resumed(VenueJournal.open(tmp_path / "venue.jsonl"), folder)
    assert second.now() == first.now() == on_monday("09:47:30.250")
    assert await statement(second) == await statement(first)
    for venue in (first, second):
        venue.inputs = NoInputs()
        venue.advance_to(on_monday("10:30:00"))
    assert await statement(second) == await statement(first)


async def test_what_was_asked_after_a_restart_is_remembered_too(tmp_path: Path) -> None:
    folder = write_market(tmp_path / "market")
    for number in (1, 2, 3):
        journal = VenueJournal.open(tmp_path / "venue.jsonl")
        venue = await resumed(journal, folder)
        await venue.place(new_order(number, price="9.50"))
        journal.close()
    venue = await resumed(VenueJournal.open(tmp_path / "venue.jsonl"), folder)
    orders, _ = await venue.orders_since(0)
    assert [order.client_order_id for order in orders] == ["ORDER0001", "ORDER0002", "ORDER0003"]


async def test_a_line_that_was_cut_off_was_a_call_nobody_was_answered(tmp_path: Path) -> None:
    folder = write_market(tmp_path / "market")
    path = tmp_path / "venue.jsonl"
    first = await resumed(VenueJournal.open(path), folder)
    await first.place(new_order(1, price="9.50"))
    with path.open("ab") as file:
        file.write(b'{"call":"place","at":"2025-11-10T09:46')
    second = await resumed(VenueJournal.open(path), folder)
    await second.place(new_order(2, price="9.50"))
    third = await resumed(VenueJournal.open(path), folder)
    assert len((await third.orders_since(0))[0]) == 2


async def test_participants_faults_and_strikes_are_taken_over(tmp_path: Path) -> None:
    folder = write_market(tmp_path / "market")
    journal = VenueJournal.open(tmp_path / "venue.jsonl")
    armed = json.loads('[{"kind": "DROP_AFTER", "times": 1}, {"kind": "BUST"}]')
    strike = {"fault": 1, "method": "POST", "path": "/v1/orders", "count": 1}
    for call, content in [
        (Call.JOIN, "daemon"),
        (Call.JOIN, "driver"),
        (Call.LEAVE, "driver"),
        (Call.ARM, armed),
        (Call.STRUCK, strike),
    ]:
        journal.record(call, on_monday("09:46:00"), content)
    venue, wire = fresh(folder), WireFaultPlan()
    clock = SteppedClock(venue, Timer())
    assert await resume(journal, venue, clock, wire) == 5
    assert clock.participants() == ("daemon",)
    assert [fault["kind"] for fault in venue.faults.as_json()] == ["BUST"]
    assert [strike.kind for strike in wire.strikes] == [WireFaultKind.DROP_AFTER]
    assert wire.strike("POST", "/v1/orders") is None
    journal.record(Call.DISARM, on_monday("09:46:00"), None)
    running = fresh(folder)
    await resume(journal, running, RunningClock(running, Timer()), wire)
    assert running.faults.as_json() == wire.as_json() == []


async def test_a_removed_journal_is_forgotten(tmp_path: Path) -> None:
    folder, path = write_market(tmp_path / "market"), tmp_path / "venue.jsonl"
    await asked(await resumed(VenueJournal.open(path), folder))
    remove_journal(path)
    remove_journal(path)
    journal = VenueJournal.open(path)
    assert (list(journal.entries()), journal.reached()) == ([], None)
