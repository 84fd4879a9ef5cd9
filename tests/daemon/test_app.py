import asyncio
import logging
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
import structlog
from pydantic import SecretStr
from structlog.testing import LogCapture

from adapters.broker import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    BrokerUnknown,
    SessionSuperseded,
)
from adapters.pingan.adapter import PingAnAdapter
from config.secrets import Secrets
from config.settings import MarketSettings, Mode
from daemon import app
from daemon.app import (
    assemble,
    host_ports,
    keep_synchronised,
    open_session,
)
from daemon.instance_lock import AlreadyRunning, InstanceLock
from daemon.keys import KeyUnusable
from daemon.market_clock import FollowingMarketClock
from daemon.ports import Ports
from storage.store import StampMismatch
from tests.fakes.fake_clock import FakeMachineClock
from tests.support.desk import at, settings_in

CANARY = "canary-7f3a"
SECRETS = Secrets(SecretStr(CANARY), SecretStr(CANARY), SecretStr(CANARY))


def ports() -> Ports:
    return host_ports(MarketSettings(), as_json=True)


class Door:
    """A broker whose session opens after some failures."""

    def __init__(self, *failures: BrokerError) -> None:
        self.failures = list(failures)
        self.knocks = 0

    async def open_session(self) -> None:
        self.knocks += 1
        if self.failures:
            raise self.failures.pop(0)


def adapter(door: Door) -> PingAnAdapter:
    return cast("PingAnAdapter", door)


async def test_opening_a_session_is_tried_again_while_the_gateway_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, _high: 0)
    monkeypatch.setattr(logging.getLogger("backoff"), "disabled", True)
    door = Door(BrokerUnavailable("CONNECT", "no route"), BrokerUnknown("TIMEOUT", "no answer"))

    await open_session(adapter(door))

    assert door.knocks == 3


async def test_a_no_to_opening_a_session_is_final() -> None:
    door = Door(BrokerRefused("AUTH", "unknown key"))

    with pytest.raises(BrokerRefused, match="unknown key"):
        await open_session(adapter(door))

    assert door.knocks == 1


async def test_the_lock_comes_before_everything(tmp_path: Path) -> None:
    lock = InstanceLock.acquire(tmp_path / "lock")
    settings = settings_in(tmp_path)

    with pytest.raises(AlreadyRunning):
        async with AsyncExitStack() as stack:
            await assemble(settings, SECRETS, stack, ports())

    assert not (tmp_path / "execd.sqlite").exists()
    assert not (tmp_path / "approval.key").exists()
    lock.release()


async def test_a_start_that_fails_leaves_nothing_locked(tmp_path: Path) -> None:
    (tmp_path / "approval.key").write_text("")

    with pytest.raises(KeyUnusable):
        async with AsyncExitStack() as stack:
            await assemble(settings_in(tmp_path), SECRETS, stack, ports())

    InstanceLock.acquire(tmp_path / "lock").release()


async def test_no_session_is_opened_when_the_record_belongs_to_another_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    knocked: list[object] = []

    async def knock(broker: object) -> None:
        knocked.append(broker)
        raise BrokerRefused("AUTH", "enough")

    monkeypatch.setattr(app, "open_session", knock)

    for mode, refused in ((Mode.PAPER, BrokerRefused), (Mode.DRY_RUN, StampMismatch)):
        with pytest.raises(refused):
            async with AsyncExitStack() as stack:
                await assemble(
                    settings_in(tmp_path, mode),
                    SECRETS,
                    stack,
                    ports(),
                )

    assert len(knocked) == 1


async def test_unread_market_time_is_waited_for_and_a_lost_session_is_not() -> None:
    answers: list[datetime | BrokerError] = [
        at("09:31"),
        BrokerUnavailable("CONNECT", "no route"),
        SessionSuperseded("AUTH_SESSION_SUPERSEDED", "another"),
    ]

    async def venue_now() -> datetime:
        answer = answers.pop(0)
        if isinstance(answer, BrokerError):
            raise answer
        return answer

    log, machine = LogCapture(), FakeMachineClock()
    clock = FollowingMarketClock(machine, venue_now)
    await clock.synchronise()
    keeping = asyncio.create_task(
        keep_synchronised(clock, machine, structlog.wrap_logger(None, [log]))
    )
    while answers:
        await asyncio.sleep(0)
        if machine.sleepers:
            machine.advance(30)

    with pytest.raises(SessionSuperseded):
        await keeping
    assert [entry["event"] for entry in log.entries] == ["market time not read"]
