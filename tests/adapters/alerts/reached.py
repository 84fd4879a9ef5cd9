"""Channels over real HTTP to their doubles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from adapters.alerts.channel import Message
from adapters.alerts.sms import SmsAccount, TencentSms
from adapters.alerts.wecom import Robot, WeComRobot
from adapters.pingan.transport import HttpTransport
from statemachine.severity import Severity
from tests.fakes import sms_double, wecom_double
from tests.fakes.fake_clock import FakeMachineClock
from tests.fakes.sms_double import SECRET_ID, SECRET_KEY, SmsDouble
from tests.fakes.wecom_double import KEY, WeComDouble

TIMEOUT_S = Decimal("0.2")
NUMBERS = ("+8613800000000", "+8613900000000")
PAGE = Message(Severity.P0, "UNKNOWN_TWICE", "【P0 紧急】UNKNOWN_TWICE\n十分钟内两次请求结果未知。")


@asynccontextmanager
async def robot(
    double: WeComDouble, clock: FakeMachineClock, *, key: str = KEY, users: tuple[str, ...] = ()
) -> AsyncIterator[WeComRobot]:
    """Give a robot that talks to the double."""
    async with wecom_double.served(double) as endpoint:
        channel = WeComRobot(
            Robot(endpoint, key, users), HttpTransport(TIMEOUT_S), clock.monotonic_ns
        )
        try:
            yield channel
        finally:
            await channel.close()


@asynccontextmanager
async def phone(
    double: SmsDouble, clock: FakeMachineClock, *, secret_key: str = SECRET_KEY
) -> AsyncIterator[TencentSms]:
    """Give a channel of text messages that talks to the double."""
    async with sms_double.served(double) as endpoint:
        account = SmsAccount(
            endpoint=endpoint,
            region="ap-guangzhou",
            app_id="1400006666",
            sign_name="量化",
            template_id="1110",
            phone_numbers=NUMBERS,
            secret_id=SECRET_ID,
            secret_key=secret_key,
        )
        channel = TencentSms(
            account,
            HttpTransport(TIMEOUT_S),
            utc_now=clock.utc_now,
            monotonic_ns=clock.monotonic_ns,
        )
        try:
            yield channel
        finally:
            await channel.close()
