from pathlib import Path

import pytest

from daemon.manual_list import SEEN, Severity, list_refused, raise_alarm, stop_sending
from statemachine.reasons import Reason
from tests.daemon.tasks.day import orders_of, released
from tests.support.desk import open_room, two_buys


async def test_an_item_about_an_order_carries_its_run_and_its_name(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room, *two_buys())
        order = (await orders_of(room, plan))[0]
        await raise_alarm(
            room.desk,
            Severity.P1,
            Reason.SEND_UNKNOWN,
            "who knows",
            order=order,
            choices=("leave",),
        )

        (item,) = await room.desk.store.manual_items()
    assert (item.run_id, item.client_order_id) == (plan.run_id, order.client_order_id)
    assert (item.symbol, item.choices) == (order.symbol, ("leave",))
    assert (item.reason, item.detail) == (Reason.SEND_UNKNOWN, "who knows")


async def test_an_item_about_no_order_only_asks_to_be_seen(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await raise_alarm(room.desk, Severity.P1, Reason.PAIR_INCOMPLETE, "no CSV")

        (item,) = await room.desk.store.manual_items()
    assert (item.run_id, item.client_order_id, item.symbol) == (None, None, None)
    assert (item.choices, item.detail) == (SEEN, "no CSV")


async def test_a_refusal_of_an_order_nobody_knows_is_a_bug(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        with pytest.raises(KeyError, match="S-nobody"):
            await list_refused(room.desk, "S-nobody")


async def test_an_alarm_is_on_the_list_and_in_the_log_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        told = [
            await raise_alarm(room.desk, Severity.P0, Reason.BATCH_FAILED, "none went", run_id="r1")
            for _ in range(2)
        ]

        assert told == [True, False]
        assert len(await room.desk.store.manual_items()) == 1
        assert room.logged() == ["a person must look"]
        entry = room.log_entry("a person must look")
        assert (entry["log_level"], entry["severity"]) == ("error", "P0")


async def test_what_stops_sends_is_a_p0(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await stop_sending(room.desk, "HALT", Reason.BROKER_BREAK, "the books differ")

        (standing,) = await room.desk.store.halts()
        assert (standing.kind, standing.cause) == ("HALT", "BROKER_BREAK")
        assert room.log_entry("a person must look")["severity"] == "P0"
