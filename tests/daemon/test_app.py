import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from pydantic import SecretStr
from structlog.testing import LogCapture
from structlog.typing import FilteringBoundLogger

from adapters.broker import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    BrokerUnknown,
    SessionSuperseded,
)
from adapters.pingan.adapter import PingAnAdapter
from adapters.wire.signing import GatewayCredentials
from config.loading import ConfigError
from config.secrets import Secrets
from config.settings import MarketSettings, Mode
from daemon import app
from daemon.app import (
    assemble,
    host_ports,
    keep_synchronised,
    logger,
    open_session,
    read_industries,
)
from daemon.instance_lock import AlreadyRunning, InstanceLock
from daemon.keys import KeyUnusable
from daemon.market_clock import FollowingMarketClock, SteppedMarketClock
from daemon.ports import Ports
from storage.store import StampMismatch
from tests.daemon.planning.builders import symbol
from tests.fakes.fake_clock import FakeMachineClock, jump
from tests.support.desk import at, settings_in

CANARY = "canary-7f3a"
SECRETS = Secrets(SecretStr(CANARY), SecretStr(CANARY), SecretStr(CANARY))


def ports() -> Ports:
    return host_ports(MarketSettings(), as_json=True)


def test_industries_are_read_by_code(tmp_path: Path) -> None:
    path = tmp_path / "instruments.csv"
    path.write_text(
        "\ufeffname,ts_code,industry_l1\n浦发,600000.SH,银行\n某基金,,基金\n万科,000002.SZ,\n"
        "坏码,600000,银行\n短行\n",
        encoding="utf-8",
    )

    assert read_industries(path) == {symbol("600000.SH"): "银行"}
    assert read_industries(None) == {}


def test_an_instruments_file_without_rows_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "instruments.csv"
    path.write_text("ts_code,industry_l1\n")

    assert read_industries(path) == {}


@pytest.mark.parametrize(
    "content",
    [b"code,industry_l1\n600000.SH,x\n", b"ts_code\n600000.SH\n", b"\xff\xfe\n\x00", None],
)
def test_an_instruments_file_that_cannot_be_used_is_a_problem_of_the_configuration(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "instruments.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"instruments\.csv, key paths\.instruments: ") as caught:
        read_industries(path)

    (problem,) = caught.value.problems
    assert problem.key == "paths.instruments"


def log_lines(capfd: pytest.CaptureFixture[str]) -> list[str]:
    return capfd.readouterr().err.splitlines()


@pytest.fixture
def logs() -> Iterator[list[FilteringBoundLogger]]:
    """Close the log's own copy of stderr afterwards."""
    opened: list[FilteringBoundLogger] = []
    yield opened
    for log in opened:
        cast("Any", log)._logger._file.close()


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_is_in_the_log_however_it_got_there(
    capfd: pytest.CaptureFixture[str], logs: list[FilteringBoundLogger], *, as_json: bool
) -> None:
    log = logger(SteppedMarketClock(at("09:31"), jump), as_json=as_json)
    logs.append(log)
    credentials = GatewayCredentials(CANARY, CANARY, CANARY)

    def fail(held: Secrets, spelled: str) -> None:
        raise ValueError(f"{held} does not sign, {len(spelled)} long")

    log.warning("planted", secrets=SECRETS, credentials=credentials, settings=[SECRETS.token])
    try:
        fail(SECRETS, CANARY)
    except ValueError:
        log.exception("planted too", secrets=SECRETS)

    words = "\n".join(log_lines(capfd))
    assert "planted too" in words
    assert "does not sign" in words
    assert CANARY not in words


def test_a_line_of_the_log_has_both_times_its_level_and_its_sentence(
    capfd: pytest.CaptureFixture[str], logs: list[FilteringBoundLogger]
) -> None:
    log = logger(SteppedMarketClock(at("09:31"), jump), as_json=True)
    logs.append(log)

    log.info("计划已批准", run_id="r")
    log.debug("never said")

    (line,) = log_lines(capfd)
    assert "计划已批准" in line
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "计划已批准",
        "level": "info",
        "run_id": "r",
        "market_time": "2025-11-10T09:31:00+08:00",
    }


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
