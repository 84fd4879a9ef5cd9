from dataclasses import replace

import pytest
from yarl import URL

from adapters.alerts.channel import Answer, Delivered, Refused, TryLater
from adapters.alerts.wecom import CONTENT_BYTES_MAX, MESSAGES_PER_MINUTE, Robot, WeComRobot
from statemachine.severity import Severity
from tests.adapters.alerts.reached import PAGE, robot
from tests.fakes.fake_clock import FakeMachineClock
from tests.fakes.wecom_double import KEY, Weather, WeComDouble


def platform(clock: FakeMachineClock, weather: Weather = Weather.FINE) -> WeComDouble:
    return WeComDouble(clock.monotonic_ns, lambda: weather)


async def test_a_page_arrives_in_colour_and_mentions_whom_it_should() -> None:
    clock = FakeMachineClock()
    double = platform(clock)
    async with robot(double, clock, users=("wang", "li")) as channel:
        assert await channel.send(PAGE) == Delivered()
        assert await channel.send(replace(PAGE, severity=Severity.P2)) == Delivered()

    assert double.taken == [
        (
            '<font color="warning">【P0 紧急】UNKNOWN_TWICE</font>\n<@wang> <@li>\n'
            "十分钟内两次请求结果未知。"
        ),
        '<font color="info">【P0 紧急】UNKNOWN_TWICE</font>\n十分钟内两次请求结果未知。',
    ]


@pytest.mark.parametrize(
    ("weather", "answer"),
    [
        (Weather.TOO_FAST, TryLater(60, "errcode 45009: too many messages")),
        (Weather.INVALID_URL, Refused("errcode 93000")),
        (Weather.BUSY, TryLater(5, "errcode -1: the platform is busy")),
        (Weather.ERROR_500, TryLater(0, "HTTP 500 without an answer to read")),
        (Weather.NOT_JSON, TryLater(0, "HTTP 200 without an answer to read")),
        (Weather.NO_ERRCODE, TryLater(0, "an answer without an errcode")),
        (Weather.HANGS, TryLater(0, "no answer in time")),
    ],
)
async def test_the_errcode_decides(weather: Weather, answer: Answer) -> None:
    clock = FakeMachineClock()
    double = platform(clock, weather)
    async with robot(double, clock) as channel:
        assert await channel.send(PAGE) == answer

    assert double.taken == []


async def test_a_wrong_key_is_a_broken_channel() -> None:
    clock = FakeMachineClock()
    async with robot(platform(clock), clock, key="other") as channel:
        assert await channel.send(PAGE) == Refused("errcode 93000")


async def test_a_long_message_is_cut_at_a_character_and_is_taken() -> None:
    clock = FakeMachineClock()
    double = platform(clock)
    async with robot(double, clock) as channel:
        for length in (4000, 4001, 4002):
            text = f"{'x' * (length % 3)}告警\n" + "对账差异" * 1000
            assert await channel.send(replace(PAGE, text=text)) == Delivered()

    for content in double.taken:
        assert CONTENT_BYTES_MAX - 3 < len(content.encode()) <= CONTENT_BYTES_MAX
        assert content.endswith("...")
        assert content.isprintable() or "�" not in content


async def test_nobody_s_words_become_a_tag_or_a_mention() -> None:
    clock = FakeMachineClock()
    double = platform(clock)
    async with robot(double, clock) as channel:
        await channel.send(replace(PAGE, text="t\n<@all> <font color='info'>ok</font>"))

    assert "<@all>" not in double.taken[0]
    assert double.taken[0].count("<font") == 1


async def test_the_twenty_first_message_of_a_minute_does_not_leave() -> None:
    clock = FakeMachineClock()
    double = platform(clock)
    async with robot(double, clock) as channel:
        for _ in range(MESSAGES_PER_MINUTE):
            assert await channel.send(PAGE) == Delivered()
        assert channel.room() == 0
        assert isinstance(await channel.send(PAGE), TryLater)
        assert len(double.asked) == MESSAGES_PER_MINUTE

        clock.advance(60)
        assert channel.room() == MESSAGES_PER_MINUTE
        assert await channel.send(PAGE) == Delivered()

    assert set(double.codes) == {0}


async def test_a_platform_that_says_too_fast_is_left_alone_for_a_minute() -> None:
    clock = FakeMachineClock()
    double = platform(clock, Weather.TOO_FAST)
    async with robot(double, clock) as channel:
        await channel.send(PAGE)
        clock.advance(59)
        assert channel.room() == 0
        clock.advance(1)
        assert channel.room() > 0


async def test_an_answer_that_was_lost_means_try_again() -> None:
    clock = FakeMachineClock()
    double = platform(clock, Weather.LOST)
    async with robot(double, clock) as channel:
        assert isinstance(await channel.send(PAGE), TryLater)

    assert len(double.taken) == 1


async def test_the_key_shows_in_no_answer_and_no_representation() -> None:
    clock = FakeMachineClock()
    held = Robot(URL("http://127.0.0.1:1"), KEY)
    async with robot(platform(clock), clock) as channel:
        unreachable = WeComRobot(held, channel._transport, clock.monotonic_ns)
        answer = await unreachable.send(PAGE)

    assert KEY not in repr((held, answer))
    assert answer == TryLater(0, "no answer: ClientConnectorError")
