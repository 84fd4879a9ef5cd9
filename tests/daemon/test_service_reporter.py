import socket
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.notify_socket import NotifySocket
from daemon.progress import ORDER_LOOP
from daemon.service_reporter import ServiceReporter, next_phase, status_words
from market.calendar import TradingCalendar
from statemachine.order import Order, OrderState, SendState
from tests.daemon.planning.builders import calendar
from tests.statemachine.orders import new_order
from tests.support.desk import FIRST_SEND, at, open_room, two_buys

LIVE = replace(new_order(), state=OrderState.ACK)
DOUBTFUL = new_order(SendState.UNKNOWN)


@pytest.mark.parametrize(
    ("orders", "halts", "words"),
    [
        ((), (), "0 orders working, next phase 13:00"),
        ((LIVE,), (), "1 order working, next phase 13:00"),
        ((LIVE, LIVE, LIVE), (), "3 orders working, next phase 13:00"),
        ((LIVE, DOUBTFUL), (), "1 order working, 1 in doubt, next phase 13:00"),
        ((), ("行情异常",), "0 orders working, halted: 行情异常, next phase 13:00"),
    ],
)
def test_the_status_counts_what_works_and_names_halts(
    orders: tuple[Order, ...], halts: tuple[str, ...], words: str
) -> None:
    assert status_words(orders, halts, "next phase 13:00") == words


def test_the_next_phase_has_its_day_where_it_is_not_today() -> None:
    assert next_phase(at("12:00:00"), calendar()) == "next phase 13:00"
    assert next_phase(at("20:00:00"), calendar()) == "next phase 2025-11-11 09:15"
    last = TradingCalendar.load().last_session
    assert next_phase(at("20:00:00", last), TradingCalendar.load()) == "the session file ends"


def messages(manager: socket.socket) -> list[str]:
    found: list[str] = []
    while True:
        try:
            found.append(manager.recv(1000).decode())
        except BlockingIOError:
            return found


async def test_a_sign_of_life_is_given_only_while_the_order_loop_moves(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(tmp_path / "notify"))
            manager.settimeout(0)
            reporter = ServiceReporter(room.desk, NotifySocket(str(tmp_path / "notify"), 30))
            for beat in range(2):
                room.desk.progress.beats.update(dict.fromkeys(ORDER_LOOP, beat))
                await reporter.look()
            assert messages(manager).count("WATCHDOG=1") == 2

            for _ in range(5):
                await reporter.look()
            told = messages(manager)

    # Seen for the first time without a beat 10 s ago, then 20 s and 30 s: that may still be.
    assert told.count("WATCHDOG=1") == 3
    assert told[-1].startswith("STATUS=0 orders working")
    assert room.logged().count("order loop stands still") == 1
    assert "poll" in room.log_entry("order loop stands still")["tasks"]


async def test_the_run_in_work_is_the_one_the_log_names(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        reporter = ServiceReporter(room.desk, NotifySocket())
        await reporter.look()
        assert room.desk.progress.run_id is None

        plan = await room.approved(*two_buys())
        await room.until(FIRST_SEND)
        await reporter.look()

        assert room.desk.progress.run_id == plan.run_id
