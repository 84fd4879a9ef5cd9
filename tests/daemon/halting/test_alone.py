from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import BrokerRefused, BrokerUnavailable, OrderRequest, SendVerdict
from config.settings import PathSettings, Settings
from daemon.halting.alone import LoneHalt
from daemon.halting.book import OurOrders
from daemon.halting.files import HaltNote
from daemon.halting.receipts import ALONE, HaltReceipt, blank_receipt, read_receipt, receipt_files
from daemon.market_clock import SteppedMarketClock
from market.side import Side
from tests.daemon.planning.builders import calendar, symbol
from tests.fakes.fake_broker import Answer, FakeBroker
from tests.fakes.fake_clock import market_clock
from tests.support.desk import ACCOUNT, BANK, at

BEGAN = datetime(2025, 11, 10, 2, 0, tzinfo=UTC)
NOTE = HaltNote(by="wang", reason="no daemon", at=BEGAN, way="command")
NAMES = tuple(f"S{'A' * 19}{letter}" for letter in "ABCDEFG")
PASSED_ON = Answer(SendVerdict.ACCEPTED)


@dataclass(slots=True)
class TimeThatPasses:
    """Machine time whose sleeps take market time along."""

    clock: SteppedMarketClock
    elapsed_s: float = 0
    happens: dict[int, Callable[[], None]] = field(default_factory=dict)
    sleeps: int = 0

    def utc_now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.elapsed_s)

    def monotonic_ns(self) -> int:
        return int(self.elapsed_s * 1e9)

    async def sleep(self, seconds: float) -> None:
        self.elapsed_s += seconds
        self.sleeps += 1
        self.happens.get(self.sleeps, lambda: None)()
        await self.clock.sleep_until(self.clock.now() + timedelta(seconds=seconds))


def place(broker: FakeBroker, name: str | None, number: int = 0) -> None:
    request = OrderRequest(
        name or f"hand-{number}", symbol(BANK), Side.BUY, Decimal(10), 100, at("14:50:00")
    )
    report = broker.arrive(request)
    if name is None:
        broker.reports[f"hand-{number}"] = replace(report, client_order_id=None)


async def lone(
    tmp_path: Path,
    prepare: Callable[[FakeBroker, TimeThatPasses], None],
    *,
    ids: frozenset[str] | None = frozenset(NAMES),
    adopted: frozenset[str] = frozenset(),
    in_doubt: tuple[str, ...] = (),
    start: str = "10:00:00",
    wait_s: float = 60,
    keep_orders: bool = False,
    account_wide: bool = False,
) -> tuple[HaltReceipt, FakeBroker]:
    async with market_clock(at(start)) as clock:
        machine = TimeThatPasses(clock)
        broker = FakeBroker(clock=clock, account=ACCOUNT)
        prepare(broker, machine)
        note = NOTE.model_copy(update={"keep_orders": keep_orders})
        halt = LoneHalt(
            Settings(paths=PathSettings(state=tmp_path)),
            calendar(),
            machine,
            broker,
            OurOrders(ids, adopted, in_doubt),
            blank_receipt(ACCOUNT, note, ALONE, BEGAN, account_wide=account_wide),
        )
        receipt = await halt.run(wait_s)
    (path,) = receipt_files(tmp_path)
    assert read_receipt(path) == receipt
    return receipt, broker


async def test_it_takes_the_session_cancels_ours_and_proves_it(tmp_path: Path) -> None:
    def prepare(broker: FakeBroker, _machine: TimeThatPasses) -> None:
        for name in NAMES:
            place(broker, name)

    receipt, broker = await lone(tmp_path, prepare)

    assert broker.calls[0] == "open_session"
    assert broker.cancelled == list(NAMES)
    asked = [moment for name, moment in broker.called_at if name == "cancel"]
    assert (asked[4] - asked[0], asked[5] - asked[4]) == (timedelta(), timedelta(seconds=1))
    assert receipt.proven_at is not None
    assert (len(receipt.orders), receipt.resting, receipt.notes) == (7, (), ())
    assert {order.cancels_asked for order in receipt.orders} == {1}


async def test_nothing_live_is_believed_when_two_lists_say_so(tmp_path: Path) -> None:
    def prepare(broker: FakeBroker, machine: TimeThatPasses) -> None:
        machine.happens[1] = lambda: place(broker, NAMES[0])

    receipt, broker = await lone(tmp_path, prepare)

    assert broker.cancelled == [NAMES[0]]
    assert receipt.proven_at is not None
    assert broker.count("orders") >= 3


async def test_a_cancel_is_repeated_every_ten_seconds(tmp_path: Path) -> None:
    def prepare(broker: FakeBroker, _machine: TimeThatPasses) -> None:
        place(broker, NAMES[0])
        broker.cancel_answers.extend([PASSED_ON, PASSED_ON])

    receipt, broker = await lone(tmp_path, prepare)

    asked = [moment for name, moment in broker.called_at if name == "cancel"]
    assert [(moment - asked[0]).seconds for moment in asked] == [0, 10, 20]
    assert receipt.orders[0].cancels_asked == 3


async def test_what_rests_over_lunch_is_told_and_nothing_is_asked(tmp_path: Path) -> None:
    receipt, broker = await lone(
        tmp_path, lambda broker, _machine: place(broker, NAMES[0]), start="12:00:00", wait_s=5
    )

    assert broker.cancelled == []
    assert receipt.proven_at is None
    assert receipt.resting[0].rests_until == at("13:00:30")


async def test_orders_to_be_kept_are_listed_once_and_left(tmp_path: Path) -> None:
    receipt, broker = await lone(
        tmp_path, lambda broker, _machine: place(broker, NAMES[0]), keep_orders=True
    )

    assert broker.cancelled == []
    assert (receipt.proven_at is not None, len(receipt.resting)) == (True, 1)


async def test_orders_of_others_are_left_and_ours_of_another_book_are_named(
    tmp_path: Path,
) -> None:
    def prepare(broker: FakeBroker, _machine: TimeThatPasses) -> None:
        place(broker, None, 1)
        place(broker, NAMES[0])

    receipt, broker = await lone(tmp_path, prepare, ids=frozenset())

    assert broker.cancelled == []
    assert receipt.proven_at is not None
    assert receipt.notes == (f"{NAMES[0]} has our shape, is live and is not in our book",)


@pytest.mark.parametrize("account_wide", [False, True])
async def test_an_adopted_order_is_ours_and_only_the_whole_account_cancels_it(
    tmp_path: Path, account_wide: bool
) -> None:
    def prepare(broker: FakeBroker, _machine: TimeThatPasses) -> None:
        place(broker, None, 1)

    number = "V1"
    receipt, broker = await lone(
        tmp_path, prepare, adopted=frozenset({number}), account_wide=account_wide, wait_s=3
    )

    assert broker.cancelled == []
    assert broker.count("cancel_account") == account_wide
    assert (receipt.proven_at is not None) is account_wide
    assert receipt.notes == (f"{number} was adopted: cancel it at the terminal",)


async def test_without_a_book_the_shape_of_an_id_tells(tmp_path: Path) -> None:
    def prepare(broker: FakeBroker, _machine: TimeThatPasses) -> None:
        place(broker, None, 1)
        place(broker, NAMES[0])

    _, broker = await lone(tmp_path, prepare, ids=None)

    assert broker.cancelled == [NAMES[0]]


async def test_the_whole_account_is_ours_first_and_then_everybodys_at_once(tmp_path: Path) -> None:
    def prepare(broker: FakeBroker, _machine: TimeThatPasses) -> None:
        place(broker, None, 1)
        place(broker, NAMES[0])

    receipt, broker = await lone(tmp_path, prepare, account_wide=True)

    assert [call for call in broker.calls if call.startswith("cancel")] == [
        "cancel",
        "cancel_account",
    ]
    assert receipt.resting == ()
    assert [order.ours for order in receipt.orders] == [False, True]


async def test_a_broker_that_cannot_be_asked_is_tried_until_the_time_is_over(
    tmp_path: Path,
) -> None:
    def prepare(broker: FakeBroker, machine: TimeThatPasses) -> None:
        broker.failing["open_session"] = BrokerUnavailable("CONNECT", "no route")
        machine.happens[3] = broker.failing.clear

    receipt, broker = await lone(tmp_path, prepare)
    assert receipt.proven_at is not None
    assert broker.count("open_session") == 4

    def never(broker: FakeBroker, _machine: TimeThatPasses) -> None:
        broker.failing["orders"] = BrokerUnavailable("CONNECT", "no route")

    (tmp_path / "other").mkdir()
    receipt, _ = await lone(tmp_path / "other", never, wait_s=3)
    assert (receipt.proven_at, receipt.read_at) == (None, None)
    assert receipt.notes == ("the broker could not be asked: CONNECT: no route",)


@pytest.mark.parametrize("trouble", ["incomplete", "refused"])
async def test_no_answer_that_is_none_proves_anything(tmp_path: Path, trouble: str) -> None:
    def prepare(broker: FakeBroker, _machine: TimeThatPasses) -> None:
        if trouble == "incomplete":
            broker.incomplete.add("orders")
        else:
            broker.failing["open_session"] = BrokerRefused("AUTH_FORBIDDEN", "no")

    receipt, broker = await lone(tmp_path, prepare, wait_s=3)

    assert receipt.proven_at is None
    assert len(receipt.notes) == 1
    assert (broker.count("open_session") == 1) == (trouble in {"refused", "incomplete"})


async def test_what_the_book_is_unsure_of_and_the_list_does_not_show_is_named(
    tmp_path: Path,
) -> None:
    def prepare(broker: FakeBroker, _machine: TimeThatPasses) -> None:
        place(broker, NAMES[0])

    receipt, broker = await lone(tmp_path, prepare, in_doubt=NAMES[:2])

    assert broker.cancelled == [NAMES[0]]
    assert receipt.in_doubt == (NAMES[1],)
    assert receipt.proven_at is not None, "the session is ours: nothing can arrive any more"
