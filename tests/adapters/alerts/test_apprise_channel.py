import asyncio
import sys
from threading import Event

import pytest

from adapters.alerts.apprise_channel import AddressUnusable, AppriseChannel
from adapters.alerts.channel import Delivered, TryLater
from tests.adapters.alerts.reached import PAGE

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise itself


def test_an_address_nobody_understands_is_told_by_its_number_alone() -> None:
    with pytest.raises(AddressUnusable, match="address 2") as caught:
        AppriseChannel(["json://127.0.0.1:1/", "nothing://canary@secret"])

    assert "canary" not in str(caught.value)


def test_a_missing_library_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(AddressUnusable, match="channels"):
        AppriseChannel(["json://127.0.0.1:1/"])


class Addresses:
    """What apprise is to the channel: one call that may take as long as it likes."""

    def __init__(self) -> None:
        self.may_answer = Event()
        self.answer: bool | Exception = True

    def notify(self, **_words: str) -> bool:
        self.may_answer.wait(timeout=10)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def channel_to(monkeypatch: pytest.MonkeyPatch, addresses: Addresses) -> AppriseChannel:
    channel = AppriseChannel(["json://127.0.0.1:1/"])
    monkeypatch.setattr(channel, "_apprise", addresses)
    return channel


async def test_while_an_address_hangs_nothing_else_is_handed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = Addresses()
    channel = channel_to(monkeypatch, addresses)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await channel.send(PAGE)

    assert isinstance(await channel.send(PAGE), TryLater)
    addresses.may_answer.set()
    while isinstance(answer := await channel.send(PAGE), TryLater):  # noqa: ASYNC110 - a thread
        await asyncio.sleep(0)
    assert answer == Delivered()


@pytest.mark.parametrize("answer", [False, ValueError("canary")])
async def test_whatever_is_no_yes_is_tried_again_and_names_no_address(
    monkeypatch: pytest.MonkeyPatch, answer: bool | Exception
) -> None:
    addresses = Addresses()
    addresses.answer = answer
    addresses.may_answer.set()

    said = await channel_to(monkeypatch, addresses).send(PAGE)

    assert said == TryLater(0, "an address did not take it")
