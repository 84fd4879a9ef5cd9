"""The ledger re-adds: opening and movements make closing, and nothing was spent that was not."""

import json
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.gateway.venue import VenueRefused, VenueUncertain
from adapters.venues.simulated.desk import CounterDown
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.faults import VenueFault, VenueFaultKind
from adapters.venues.simulated.script import read_script
from adapters.venues.simulated.statement import statement
from market.phases import market_time
from market.side import Side
from tests.adapters.venues.simulated.markets import (
    BANK,
    STEEL,
    TUESDAY,
    new_order,
    on_monday,
    venue_at,
    write_market,
)

NEW_SHARE = "601999.SH"
START = on_monday("09:31:00")
PRICES = {BANK: 1005, STEEL: 505}

Event = dict[str, object]


def money(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


@st.composite
def foreign_events(draw: st.DrawFn) -> list[Event]:
    """What other people do on one and a half days, mostly possible, sometimes not."""
    code = draw(st.sampled_from([BANK, STEEL]))
    cents = PRICES[code] + draw(st.integers(-15, 15))
    quantity = draw(st.integers(1, 80)) * 100
    person = {
        "symbol": code,
        "side": draw(st.sampled_from(["BUY", "SELL"])),
        "quantity": quantity,
        "name": draw(st.sampled_from(["one", "two"])),
    }
    shares = {"symbol": code, "sellable_on": draw(st.sampled_from(["2025-11-10", "2025-11-12"]))}
    amount = draw(st.integers(-20_000_000, 20_000_000))
    events: list[Event] = [
        {"kind": "ORDER", "limit_price": money(cents), **person},
        {"kind": "TRADE", "price": money(cents), **person},
        {"kind": "CANCEL", "name": person["name"]},
        {"kind": "IPO", **shares, "symbol": NEW_SHARE, "quantity": quantity, "price": "18.30"},
        {"kind": "RIGHTS", **shares, "quantity": quantity, "price": "4.00"},
        {"kind": "BONUS_SHARES", **shares, "ratio": "0.3"},
        {"kind": "DIVIDEND", "symbol": code, "cash": "0.123", "tax": "0.0246"},
        {"kind": "REPO", "symbol": "204001.SH", "units": quantity, "rate": "1.5"},
        {"kind": "STANDARD_BOND", "quantity": draw(st.sampled_from([100, -100]))},
        {"kind": "CASH", "reason": "MANUAL", "amount": money(amount)},
        {"kind": "SHARES", "symbol": code, "quantity": draw(st.sampled_from([500, -500]))},
        {"kind": "CODE_CHANGE", "symbol": NEW_SHARE, "new_symbol": BANK},
    ]
    seconds = st.integers(0, 90_000)
    chosen = draw(st.lists(st.tuples(st.sampled_from(events), seconds), max_size=8))
    return [
        {**event, "at": (START + timedelta(seconds=after)).isoformat()} for event, after in chosen
    ]


@st.composite
def own_orders(draw: st.DrawFn) -> list[tuple[int, str, Side, int, int]]:
    """Seconds to wait, code, side, cents, lots."""
    code = st.sampled_from([BANK, STEEL])
    step = st.tuples(
        st.sampled_from([0, 60, 900, 6000]),
        code,
        st.sampled_from(Side),
        st.integers(-15, 15),
        st.integers(1, 90),
    )
    return draw(st.lists(step, min_size=1, max_size=8))


faults = st.lists(
    st.builds(
        VenueFault,
        kind=st.sampled_from(VenueFaultKind),
        rate=st.just(Decimal("0.4")),
        delay_s=st.sampled_from([1, 30, 7200, 90_000]),
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_market(tmp_path_factory.mktemp("market"))


async def play(
    venue: SimulatedVenue, orders: list[tuple[int, str, Side, int, int]]
) -> dict[str, Any]:
    for number, (seconds, code, side, cents, lots) in enumerate(orders):
        venue.advance_to(venue.now() + timedelta(seconds=seconds))
        order = new_order(number, code, side, money(PRICES[code] + cents), lots * 100)
        with suppress(VenueRefused, VenueUncertain, CounterDown):
            await venue.place(order)
        if number % 3 == 2:
            with suppress(VenueRefused):
                await venue.cancel(f"ORDER{number - 1:04d}")
    venue.advance_to(market_time(TUESDAY, "15:40:00"))
    told: dict[str, Any] = json.loads(json.dumps(await statement(venue)))
    return told


def require_cash_adds_up(ledger: dict[str, Any]) -> None:
    balance = Decimal(0)
    for entry in ledger["cash_entries"]:
        balance += Decimal(entry["amount"])
        assert Decimal(entry["balance"]) == balance
    assert Decimal(ledger["cash"]["total"]) == balance
    trades = sum((_cash_of(fill) for fill in ledger["fills"]), Decimal(0))
    moved = sum((Decimal(row["amount"]) for row in ledger["movements"]), Decimal(0))
    assert Decimal(ledger["opening"]["cash"]) + trades + moved == balance


def _cash_of(fill: dict[str, Any]) -> Decimal:
    fees = sum((Decimal(fee) for fee in fill["fees"].values()), Decimal(0))
    return -Side(fill["side"]).sign * Decimal(fill["amount"]) - fees


def require_shares_add_up(ledger: dict[str, Any]) -> None:
    told = Counter(ledger["opening"]["positions"])
    for fill in ledger["fills"]:
        told[fill["symbol"]] += Side(fill["side"]).sign * fill["quantity"]
    for row in ledger["movements"]:
        if row["symbol"] is not None:
            told[row["symbol"]] += row["quantity"]
    noted: Counter[str] = Counter()
    for entry in ledger["share_entries"]:
        noted[entry["symbol"]] += entry["quantity"]
        assert entry["balance"] == noted[entry["symbol"]] >= 0
    held = {row["symbol"]: row["quantity"] for row in ledger["positions"]}
    assert {code: quantity for code, quantity in noted.items() if quantity} == held
    assert {code: quantity for code, quantity in told.items() if quantity} == held
    for row in ledger["positions"]:
        assert row["sellable"] + row["frozen"] + row["in_transit"] == row["quantity"]
        assert min(row["sellable"], row["frozen"], row["in_transit"]) >= 0


def require_nothing_was_overspent(ledger: dict[str, Any]) -> None:
    for entry in [*ledger["cash_entries"], *ledger["holds"]]:
        assert Decimal(entry["available"]) >= 0
    frozen = sum((Decimal(entry["amount"]) for entry in ledger["holds"]), Decimal(0))
    assert frozen == Decimal(ledger["cash"]["frozen"]) == 0
    shares: Counter[str] = Counter()
    for entry in ledger["holds"]:
        shares[entry["symbol"]] += entry["quantity"]
        assert 0 <= entry["frozen_shares"] == shares[entry["symbol"]]
    assert not any(shares.values())


def require_lives_are_whole(ledger: dict[str, Any]) -> None:
    for order in ledger["orders"]:
        last = order["changes"][-1]
        assert (last["status"], last["filled_quantity"]) == (
            order["status"],
            order["filled_quantity"],
        )
        filled = [change["filled_quantity"] for change in order["changes"]]
        assert filled == sorted(filled)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(orders=own_orders(), events=foreign_events(), armed=faults)
async def test_opening_and_movements_make_closing_and_nothing_is_overspent(
    market: Path, orders: list[tuple[int, str, Side, int, int]], events: list[Event], armed: Any
) -> None:
    held = {STEEL: (4500, "4.80"), BANK: (2000, "9.00")}
    venue = venue_at(market, START, cash="300000", positions=held)
    venue.faults.arm(armed)
    venue.play_script(read_script(json.dumps(events)))
    ledger = await play(venue, orders)
    require_cash_adds_up(ledger)
    require_shares_add_up(ledger)
    require_nothing_was_overspent(ledger)
    require_lives_are_whole(ledger)


async def test_the_ledger_tells_every_step_of_an_order_and_every_hold(market: Path) -> None:
    venue = venue_at(market, on_monday("09:46:00"))
    await venue.place(new_order(1))
    venue.advance_to(on_monday("09:47:00"))
    ledger = await statement(venue)
    (order,) = json.loads(json.dumps(ledger["orders"]))
    assert [(change["at"], change["raw_status"]) for change in order["changes"]] == [
        (on_monday("09:46:00").isoformat(), 50),
        (on_monday("09:46:15").isoformat(), 56),
    ]
    holds = json.loads(json.dumps(ledger["holds"]))
    assert [(hold["kind"], hold["amount"]) for hold in holds] == [
        ("FREEZE", "10155.1"),
        ("RELEASE", "-10155.1"),
    ]


async def test_the_ledger_tells_the_truth_while_others_are_told_something_else(
    market: Path,
) -> None:
    venue = venue_at(market, on_monday("09:46:00"))
    venue.faults.arm([VenueFault(kind=VenueFaultKind.UNKNOWN_STATUS, delay_s=600)])
    venue.faults.arm([VenueFault(kind=VenueFaultKind.LATE_FILL, delay_s=600)])
    await venue.place(new_order(1))
    venue.advance_to(on_monday("09:47:00"))
    told = await venue.order("ORDER0001")
    assert told is not None
    assert told.raw_status == 255
    assert (await venue.fills_since(0))[0] == []
    ledger = json.loads(json.dumps(await statement(venue)))
    assert [order["raw_status"] for order in ledger["orders"]] == [56]
    assert len(ledger["fills"]) == 1
    assert [strike["kind"] for strike in ledger["faults_struck"]] == [
        "UNKNOWN_STATUS",
        "LATE_FILL",
    ]
