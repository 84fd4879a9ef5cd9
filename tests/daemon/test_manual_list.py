from pathlib import Path

import pytest

from daemon.manual_list import SEEN, list_for_a_person, list_refused
from statemachine.reasons import Reason
from tests.daemon.tasks.day import orders_of, released
from tests.support.desk import open_room, two_buys


async def test_an_item_about_an_order_carries_its_run_and_its_name(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room, *two_buys())
        order = (await orders_of(room, plan))[0]
        await list_for_a_person(
            room.desk, Reason.SEND_UNKNOWN, "who knows", order=order, choices=("leave",)
        )

        (item,) = await room.desk.store.manual_items()
    assert (item.run_id, item.client_order_id) == (plan.run_id, order.client_order_id)
    assert (item.symbol, item.choices) == (order.symbol, ("leave",))
    assert (item.reason, item.detail) == (Reason.SEND_UNKNOWN, "who knows")


async def test_an_item_about_no_order_only_asks_to_be_seen(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await list_for_a_person(room.desk, Reason.PAIR_INCOMPLETE, "no CSV")

        (item,) = await room.desk.store.manual_items()
    assert (item.run_id, item.client_order_id, item.symbol) == (None, None, None)
    assert (item.choices, item.detail) == (SEEN, "no CSV")


async def test_a_refusal_of_an_order_nobody_knows_is_a_bug(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        with pytest.raises(KeyError, match="S-nobody"):
            await list_refused(room.desk, "S-nobody")
