from dataclasses import replace

import pytest

from adapters.alerts.channel import Answer, Delivered, Refused, TryLater
from adapters.alerts.sms import MESSAGES_PER_MINUTE
from tests.adapters.alerts.reached import NUMBERS, PAGE, phone
from tests.fakes.fake_clock import FakeMachineClock
from tests.fakes.sms_double import SECRET_KEY, SmsDouble, SmsWeather


def platform(clock: FakeMachineClock, weather: SmsWeather = SmsWeather.FINE) -> SmsDouble:
    return SmsDouble(clock.utc_now, lambda: weather)


async def test_every_number_gets_severity_and_code_and_nothing_else() -> None:
    clock = FakeMachineClock()
    double = platform(clock)
    async with phone(double, clock) as channel:
        assert await channel.send(PAGE) == Delivered()

    assert double.taken == [(number, ("P0", "UNKNOWN_TWICE")) for number in NUMBERS]


async def test_a_wrong_secret_is_a_broken_channel() -> None:
    clock = FakeMachineClock()
    double = platform(clock)
    async with phone(double, clock, secret_key="other") as channel:
        assert await channel.send(PAGE) == Refused("AuthFailure.SignatureFailure")
        assert SECRET_KEY not in repr(channel._account)
        assert "other" not in repr(channel._account)

    assert double.taken == []


async def test_a_wrong_clock_is_a_broken_channel() -> None:
    late = FakeMachineClock()
    late.advance(3600)
    async with phone(platform(late), FakeMachineClock()) as channel:
        assert await channel.send(PAGE) == Refused("AuthFailure.SignatureExpire")


@pytest.mark.parametrize(
    ("weather", "answer"),
    [
        (SmsWeather.LIMITED, TryLater(60, SmsWeather.LIMITED)),
        (SmsWeather.NO_MONEY, TryLater(60, SmsWeather.NO_MONEY)),
        (SmsWeather.INTERNAL, TryLater(60, SmsWeather.INTERNAL)),
        (SmsWeather.BAD_NUMBER, Refused(SmsWeather.BAD_NUMBER)),
        (SmsWeather.FIRST_NUMBER_ONLY, Delivered(SmsWeather.BAD_NUMBER)),
        (SmsWeather.NOT_JSON, TryLater(0, "HTTP 502 without an answer to read")),
        (SmsWeather.NO_RESPONSE, TryLater(0, "an answer without a Response")),
        (SmsWeather.NO_STATUS, Refused("no number has a status")),
        (SmsWeather.HANGS, TryLater(0, "no answer in time")),
    ],
)
async def test_the_code_of_every_number_decides(weather: SmsWeather, answer: Answer) -> None:
    clock = FakeMachineClock()
    async with phone(platform(clock, weather), clock) as channel:
        assert await channel.send(PAGE) == answer


async def test_a_code_that_is_too_long_for_the_template_is_cut() -> None:
    clock = FakeMachineClock()
    double = platform(clock)
    async with phone(double, clock) as channel:
        await channel.send(replace(PAGE, code="X" * 100))

    assert double.taken[0][1] == ("P0", "X" * 61 + "...")


async def test_text_messages_have_a_pace_of_their_own() -> None:
    clock = FakeMachineClock()
    async with phone(platform(clock), clock) as channel:
        for _ in range(MESSAGES_PER_MINUTE):
            assert await channel.send(PAGE) == Delivered()
        assert channel.room() == 0
        assert isinstance(await channel.send(PAGE), TryLater)
