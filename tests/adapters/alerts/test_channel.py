"""What every channel promises, whoever is at the other end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from adapters.alerts.apprise_channel import AppriseChannel
from adapters.alerts.channel import Channel, Delivered, Message, TryLater, cut
from statemachine.severity import Severity
from tests.adapters.alerts.reached import phone, robot
from tests.fakes.fake_clock import FakeMachineClock
from tests.fakes.sms_double import SmsDouble, SmsWeather
from tests.fakes.wecom_double import Weather, WeComDouble

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise itself


@dataclass(slots=True)
class Stand:
    """A channel, and its other end that can fall silent."""

    channel: Channel
    fall_silent: Callable[[], None]


async def wecom(stack: AsyncExitStack) -> Stand:
    clock = FakeMachineClock()
    double = WeComDouble(clock.monotonic_ns)
    channel = await stack.enter_async_context(robot(double, clock))
    return Stand(channel, lambda: setattr(double, "weather", lambda: Weather.HANGS))


async def sms(stack: AsyncExitStack) -> Stand:
    clock = FakeMachineClock()
    double = SmsDouble(clock.utc_now)
    channel = await stack.enter_async_context(phone(double, clock))
    return Stand(channel, lambda: setattr(double, "weather", lambda: SmsWeather.HANGS))


async def apprise(stack: AsyncExitStack) -> Stand:
    statuses = {"now": 200}

    async def post(_request: web.Request) -> web.Response:
        return web.Response(status=statuses["now"])

    app = web.Application()
    app.router.add_post("/", post)
    server = await stack.enter_async_context(TestServer(app, host="127.0.0.1"))
    channel = AppriseChannel([f"json://127.0.0.1:{server.port}/"])
    stack.push_async_callback(channel.close)
    return Stand(channel, lambda: statuses.update(now=500))


@pytest.fixture(params=[wecom, sms, apprise], ids=lambda make: make.__name__)
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    make: Callable[[AsyncExitStack], Awaitable[Stand]] = request.param
    async with AsyncExitStack() as stack:
        yield await make(stack)


@pytest.mark.parametrize("severity", Severity)
async def test_a_message_is_delivered_and_takes_room(stand: Stand, severity: Severity) -> None:
    assert stand.channel.room() > 0
    assert isinstance(await stand.channel.send(Message(severity, "C", "告警\n内容")), Delivered)


async def test_silence_is_no_error_but_a_message_to_send_again(stand: Stand) -> None:
    stand.fall_silent()

    assert isinstance(await stand.channel.send(Message(Severity.P0, "C", "告警")), TryLater)


async def test_whatever_fits_its_traits_is_taken(stand: Stand) -> None:
    text = cut("告警\n" + "长" * 4096, stand.channel.traits.text_bytes_max)

    assert isinstance(await stand.channel.send(Message(Severity.P0, "C" * 99, text)), Delivered)


def test_only_the_last_resort_waits_and_only_apprise_is_not_believed() -> None:
    traits = [AppriseChannel.traits.is_believed, AppriseChannel.traits.is_last_resort]

    assert traits == [False, False]


@given(st.text(), st.integers(4, 64))
def test_a_cut_text_fits_and_begins_as_it_did(text: str, bytes_max: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    found = cut(text, bytes_max)

    assert len(found.encode()) <= bytes_max
    assert found == text or text.startswith(found.removesuffix("..."))
    assert (found == text) == (len(text.encode()) <= bytes_max)
