from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import BrokerUnavailable
from daemon.account import (
    Unbelievable,
    believed_snapshot,
    check_book,
    check_sums,
    read_account,
    undecided_symbols,
)
from statemachine.position import Movement
from tests.daemon.planning.builders import position, snapshot, symbol
from tests.support.desk import BANK, MAOTAI, SESSION, VANKE, open_room

TOLERANCE = Decimal("0.001")


async def test_two_reads_five_seconds_apart_that_agree_are_believed(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        started = room.clock.now()
        believed = await believed_snapshot(room.desk)

        reads = [when for what, when in room.broker.called_at if what == "positions"]
        assert reads == [started, started + timedelta(seconds=5)]
        assert believed.verified_at == started + timedelta(seconds=5)
        assert await room.desk.store.latest_snapshot() == believed


async def test_two_reads_that_disagree_are_not_believed(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:

        def another_yuan() -> None:
            room.broker.cash += 1

        room.broker.before_funds = another_yuan

        with pytest.raises(Unbelievable, match="disagree"):
            await believed_snapshot(room.desk)
        assert await room.desk.store.latest_snapshot() is None


async def test_an_incomplete_position_list_is_no_account(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.incomplete.add("positions")

        with pytest.raises(BrokerUnavailable, match="incomplete"):
            await read_account(room.desk)


async def test_a_verified_snapshot_serves_for_sixty_seconds(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        kept = await believed_snapshot(room.desk)
        await room.until(room.clock.now() + timedelta(seconds=60))
        assert await believed_snapshot(room.desk) == kept
        assert room.broker.count("positions") == 2

        await room.until(room.clock.now() + timedelta(seconds=1))
        assert await believed_snapshot(room.desk) != kept
        assert room.broker.count("positions") == 4


async def test_an_account_whose_parts_do_not_add_up_is_not_believed(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.asset_error = Decimal(1100)

        with pytest.raises(Unbelievable, match="1100"):
            await believed_snapshot(room.desk)


@pytest.mark.parametrize("error", [Decimal(1000), Decimal(-1000), Decimal(0)])
def test_a_difference_of_a_tenth_of_a_percent_is_believed(error: Decimal) -> None:
    funds = snapshot(cash="1000000").funds

    check_sums(replace(funds, available=funds.available + error), TOLERANCE)


@pytest.mark.parametrize("error", [Decimal("1000.01"), Decimal("-1000.01")])
def test_a_cent_more_is_not(error: Decimal) -> None:
    funds = snapshot(cash="1000000").funds

    with pytest.raises(Unbelievable):
        check_sums(replace(funds, available=funds.available + error), TOLERANCE)


def test_an_account_that_shows_less_than_is_ours_is_not_believed_and_more_is() -> None:
    held = {symbol(BANK): 500}
    check_book(held, snapshot(position(BANK, 500)))
    check_book(held, snapshot(position(BANK, 600)))

    with pytest.raises(Unbelievable, match="ours 500, the broker shows 499"):
        check_book(held, snapshot(position(BANK, 499)))
    with pytest.raises(Unbelievable, match="ours 500, the broker shows 0"):
        check_book(held, snapshot())


async def test_the_identity_of_a_snapshot_does_not_move_with_prices(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 500), (VANKE, 100)]) as room:
        first = await read_account(room.desk)
        room.broker.prices[symbol(BANK)] = Decimal(11)
        second = await read_account(room.desk)
        room.broker.hold(symbol(BANK), 501)
        third = await read_account(room.desk)

        assert first.snapshot_id == second.snapshot_id != third.snapshot_id


async def test_a_stock_that_nobody_decided_about_is_found(tmp_path: Path) -> None:
    held = [(BANK, 500), (VANKE, 100), (MAOTAI, 100), ("511880.SH", 100)]
    async with open_room(tmp_path, held=held) as room:
        await room.adopt(BANK, 500)
        await room.adopt(VANKE, 0, "foreign")
        believed = await believed_snapshot(room.desk)

        assert await undecided_symbols(room.desk, believed) == (symbol(MAOTAI),)


async def test_a_stock_that_came_by_a_movement_needs_no_decision(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(VANKE, 100)]) as room:
        await room.adopt(VANKE, 100)
        await believed_snapshot(room.desk)
        won = Movement("M1", "IPO", symbol(MAOTAI), 500, Decimal(-5000), SESSION, "中签")
        await room.desk.store.apply_news([], [], [won], {}, now=room.clock.now())
        room.broker.hold(symbol(MAOTAI), 500)
        explained = await read_account(room.desk)
        room.broker.hold(symbol(MAOTAI), 600)
        beyond = await read_account(room.desk)

        assert await undecided_symbols(room.desk, explained) == ()
        assert await undecided_symbols(room.desk, beyond) == (symbol(MAOTAI),)
