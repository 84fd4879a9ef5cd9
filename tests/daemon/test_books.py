from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import BrokerError, BrokerUnavailable
from daemon.books import expected_cash, newest_opening, our_book, reconcile_books
from daemon.opening import opening_of
from daemon.tasks.poll import Poller
from market.side import Side
from market.symbol import Symbol
from statemachine.breaks import BreakCause
from statemachine.fill import Fill
from statemachine.position import Movement
from tests.daemon.planning.builders import symbol
from tests.daemon.reconciliation.books import FEES
from tests.daemon.tasks.day import sent
from tests.support.book import make_fill, make_order
from tests.support.desk import (
    BANK,
    MAOTAI,
    SESSION,
    SIGNAL,
    VANKE,
    Room,
    at,
    open_room,
    two_buys,
)


async def traded(room: Room) -> str:
    """Have the first orders filled and booked; returns the run's id."""
    plan = await sent(room)
    room.broker.execute_all()
    await Poller(room.desk).poll()
    return plan.run_id


def dividend(day: date, movement_id: str = "M1") -> Movement:
    return Movement(movement_id, "DIVIDEND", None, 0, Decimal(100), day, "红利")


def purchase_by_hand(room: Room) -> Fill:
    fill = make_fill(make_order(Symbol.parse(MAOTAI), Side.BUY, 100), 100, "P")
    return replace(
        fill,
        client_order_id=None,
        venue_order_id="P1",
        fees=FEES,
        trade_date=SESSION,
        fill_time=room.clock.now(),
    )


async def test_books_that_agree_have_no_breaks(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        await room.adopt(BANK, 500)
        await traded(room)

        assert (await reconcile_books(room.desk)).breaks == ()


async def test_shares_that_somebody_else_owns_are_no_break_and_are_shown(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(MAOTAI, 100)]) as room:
        await room.adopt(MAOTAI, 0, "foreign")

        found = await reconcile_books(room.desk)

        assert found.breaks == ()
        assert found.foreign == {symbol(MAOTAI): 100}


async def test_cash_that_is_gone_is_a_break_of_the_account(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await traded(room)
        room.broker.cash -= Decimal("0.01")

        (found,) = (await reconcile_books(room.desk)).breaks

        assert (found.kind, found.symbol) == ("CASH", None)


async def test_a_dividend_after_the_opening_explains_its_cash(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await traded(room)
        before = await expected_cash(room.desk)
        room.broker.cash += 100
        room.broker.all_movements.append(dividend(SESSION))
        await Poller(room.desk).poll_movements()

        assert (await reconcile_books(room.desk)).breaks == ()
        assert before is not None
        assert await expected_cash(room.desk) == before + 100 == room.broker.cash


async def test_a_dividend_that_the_opening_held_already_is_not_counted_again(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.all_movements.append(dividend(SIGNAL))
        await traded(room)

        assert await expected_cash(room.desk) == room.broker.cash


async def test_a_trade_of_somebody_else_of_an_earlier_session_still_explains_its_cash(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await traded(room)
        trade = purchase_by_hand(room)
        room.broker.all_fills.append(trade)
        room.broker.cash -= trade.amount + FEES.total
        room.broker.hold(symbol(MAOTAI), 100)
        assert (await reconcile_books(room.desk)).breaks == ()
        room.broker.all_fills.clear()
        await room.until(at("09:00:00", date(2025, 11, 11)))

        found = await reconcile_books(room.desk)

        assert found.breaks == ()
        assert {row.cause for row in found.explained} == {BreakCause.FOREIGN_TRADE}


async def test_a_name_that_is_ours_in_part_is_no_break(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 1500)]) as room:
        await room.adopt(BANK, 1000)

        found = await reconcile_books(room.desk)

        assert found.breaks == ()
        assert found.foreign == {symbol(BANK): 500}


async def test_a_correction_that_is_dated_back_is_counted_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await traded(room)
        room.broker.cash += 100
        room.broker.all_movements.append(dividend(SIGNAL - timedelta(days=7)))
        await Poller(room.desk).poll_movements()

        assert (await reconcile_books(room.desk)).breaks == ()


async def test_a_news_item_of_this_minute_is_booked_before_it_is_compared(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        room.broker.execute_all()

        assert (await reconcile_books(room.desk)).breaks == ()
        assert len(await room.desk.store.fills_of(plan.run_id)) == 2


@pytest.mark.parametrize("method", ["orders", "fills", "positions", "funds"])
async def test_a_question_that_fails_is_no_comparison(tmp_path: Path, method: str) -> None:
    async with open_room(tmp_path) as room:
        room.broker.failing[method] = BrokerUnavailable("VENUE_NOT_READY", "later")

        with pytest.raises(BrokerError):
            await reconcile_books(room.desk)


async def test_before_any_books_were_opened_no_cash_is_expected(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        assert await newest_opening(room.desk, ()) == (0, None)
        assert await expected_cash(room.desk) is None
        assert (await reconcile_books(room.desk)).breaks == ()


async def test_our_book_has_the_orders_of_its_session_only_and_fills_since_the_opening(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await traded(room)
        monday = await our_book(room.desk, SESSION)
        tuesday = await our_book(room.desk, date(2025, 11, 11))

        assert (len(monday.orders), len(monday.fills)) == (2, 2)
        assert (len(tuesday.orders), len(tuesday.fills)) == (0, 2)
        assert tuesday.owned == {symbol(BANK): 20_000, symbol(VANKE): 20_000}


async def test_an_opening_is_what_the_broker_showed_when_the_plan_was_made(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        opening = await opening_of(room.desk, plan.run_id)

        assert opening is not None
        assert (opening.cash, opening.at) == (Decimal(1_000_000), at("20:00:05", SIGNAL))
        assert opening.movements == ()
        assert await opening_of(room.desk, "20251107-unknown") is None
