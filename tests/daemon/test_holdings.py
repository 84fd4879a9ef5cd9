from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import BrokerUnavailable
from daemon.holdings import held_now
from daemon.refusals import ActionRefused
from market.side import Side
from statemachine.fill import Fill
from statemachine.position import Movement
from tests.daemon.planning.builders import symbol
from tests.support.book import make_fill, make_order
from tests.support.desk import BANK, SIGNAL, Room, open_room


def purchase_by_hand(room: Room, quantity: int) -> Fill:
    """Have somebody buy at the terminal."""
    name = symbol(BANK)
    fill = make_fill(make_order(name, Side.BUY, quantity), quantity)
    return replace(
        fill, client_order_id=None, venue_order_id="P1", trade_date=room.clock.now().date()
    )


async def test_what_led_to_a_holding_is_booked_before_it_is_counted(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 800)]) as room:
        room.broker.all_fills.append(purchase_by_hand(room, 300))
        room.broker.all_movements.append(
            Movement("M1", "BONUS_SHARES", symbol(BANK), 100, Decimal(0), SIGNAL, "")
        )

        assert await held_now(room.desk, symbol(BANK)) == 800
        await room.adopt(BANK, 500)

        assert await room.desk.store.owned() == {symbol(BANK): 500}
        assert await room.desk.store.other_shares() == {symbol(BANK): 300}
        assert len(await room.desk.store.movements_from(SIGNAL)) == 1


@pytest.mark.parametrize("name", ["fills", "positions"])
async def test_a_list_in_part_counts_nothing(tmp_path: Path, name: str) -> None:
    async with open_room(tmp_path, held=[(BANK, 800)]) as room:
        room.broker.incomplete.add(name)

        with pytest.raises(ActionRefused, match="not complete now"):
            await held_now(room.desk, symbol(BANK))


async def test_movements_in_part_are_not_booked(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 800)]) as room:
        room.broker.incomplete.add("movements")
        room.broker.all_movements.append(
            Movement("M1", "BONUS_SHARES", symbol(BANK), 100, Decimal(0), SIGNAL, "")
        )

        await held_now(room.desk, symbol(BANK))

        assert await room.desk.store.movements_from(SIGNAL) == ()


async def test_a_name_left_to_others_needs_no_broker(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 800)]) as room:
        room.broker.failing["positions"] = BrokerUnavailable("VENUE_NOT_READY", "later")
        await room.adopt(BANK, 0, "foreign")

        assert await room.desk.store.decided_symbols() == {symbol(BANK): "foreign"}
