import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.broker import BrokerRefused, BrokerUnavailable, DedupeScope, SessionSuperseded
from adapters.pingan.adapter import PingAnAdapter
from adapters.pingan.endpoint import EndpointError
from tests.adapters.pingan.conftest import adapter_of
from tests.adapters.pingan.test_reading import TIME
from tests.fakes.fake_venue import MORNING, FakeVenue
from tests.support.gateway import ACCOUNT, HandClock, gateway
from tests.support.scripted_gateway import (
    SESSION_LIFETIME,
    Break,
    Say,
    ScriptedGateway,
    error,
)


async def test_a_session_is_what_the_gateway_said_of_it(
    clock: HandClock,
    tmp_path: Path,
) -> None:
    async with (
        gateway(FakeVenue(), tmp_path, clock) as base,
        adapter_of(str(base), clock) as adapter,
    ):
        session = await adapter.open_session()

    assert (session.account, session.epoch, session.trade_date) == (ACCOUNT, 1, date(2025, 11, 10))
    assert session.server_time == MORNING
    assert session.expires_at == clock.now + timedelta(hours=12)
    assert session.capabilities.dedupe_scope is DedupeScope.FOREVER
    assert session.capabilities.client_order_id_length_max == 24


async def test_the_skew_of_the_clocks_is_measured_without_a_session(
    script: ScriptedGateway, clock: HandClock
) -> None:
    async with adapter_of(script.base, clock) as adapter:
        measured = await adapter.clock_skew()

    assert (measured.ahead, measured.uncertainty) == (timedelta(), timedelta())
    assert script.asked_for("/v1/session") == []


async def test_what_a_gateway_does_not_declare_is_unknown(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    async with adapter_of(script.base, clock) as adapter:
        session = await adapter.open_session()

    assert session.capabilities.dedupe_scope is None
    assert session.capabilities.session_exclusive is None


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (error(403, "AUTH_FORBIDDEN"), BrokerRefused),
        (error(503, "VENUE_NOT_READY"), BrokerUnavailable),
        (Say(200, b"{}"), BrokerUnavailable),
        (Break.CLOSE, BrokerUnavailable),
    ],
)
async def test_a_session_that_does_not_open_says_why(
    script: ScriptedGateway,
    clock: HandClock,
    answer: Say | Break,
    failure: type[Exception],
) -> None:
    script.logins = [answer]
    async with adapter_of(script.base, clock) as adapter:
        with pytest.raises(failure):
            await adapter.open_session()
        with pytest.raises(BrokerUnavailable, match="NO_SESSION"):
            await adapter.venue_time()


async def test_nobody_but_the_caller_opens_the_first_session(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    async with adapter_of(script.base, clock) as adapter:
        with pytest.raises(BrokerUnavailable, match="NO_SESSION"):
            await adapter.funds()

    assert script.asked == []


async def test_a_session_is_renewed_a_little_before_its_end(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    script.answers = [TIME, TIME]
    clock.now += SESSION_LIFETIME - timedelta(minutes=10, seconds=1)
    await adapter.venue_time()
    before = script.epoch
    clock.now += timedelta(seconds=1)
    await adapter.venue_time()

    assert (before, script.epoch) == (1, 2)


async def test_a_session_is_renewed_once_for_all_who_find_it_expired(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [*[error(401, "AUTH_TOKEN_EXPIRED")] * 3, TIME, TIME, TIME]

    await asyncio.gather(*(adapter.venue_time() for _ in range(3)))

    assert script.epoch == 2


async def test_a_login_for_another_account_is_not_used(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    view = script._session()
    assert isinstance(view.body, dict)
    script.logins = [Say(200, {**view.body, "account_id": "999"})]
    async with adapter_of(script.base, clock) as adapter:
        with pytest.raises(BrokerUnavailable, match="REPLY_MISMATCH"):
            await adapter.open_session()


async def test_health_that_does_not_read_opens_no_session(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    script.healths = [Say(200, b"{}")]
    async with adapter_of(script.base, clock) as adapter:
        with pytest.raises(BrokerUnavailable, match="/v1/health"):
            await adapter.open_session()

    assert script.asked_for("/v1/session") == []


async def test_a_takeover_is_final_until_a_session_is_opened_on_purpose(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [error(401, "AUTH_SESSION_SUPERSEDED"), TIME]
    for _ in range(3):
        with pytest.raises(SessionSuperseded):
            await adapter.venue_time()
    asked, epoch = len(script.asked_for("/v1/time")), script.epoch

    await adapter.open_session()

    assert (asked, epoch) == (1, 1)
    assert await adapter.venue_time()


async def test_our_own_renewal_is_no_takeover(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    """A request that left just before a renewal is answered with "superseded" just after it."""
    superseded = error(401, "AUTH_SESSION_SUPERSEDED")
    script.answers = [superseded, TIME]
    stale = await adapter._sessions.current()
    await adapter._sessions.renewed(stale)

    assert await adapter._sessions.was_renewed_since(stale)
    assert not await adapter._sessions.was_renewed_since("Bearer session-2")
    with pytest.raises(SessionSuperseded):
        await adapter.venue_time()


async def test_a_login_whose_answer_got_lost_is_repeated_and_is_no_takeover(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    """The lost login may have superseded our session, so that one is not used again."""
    script.answers = [error(401, "AUTH_TOKEN_EXPIRED"), TIME]
    script.logins = [Break.CLOSE]
    with pytest.raises(BrokerUnavailable):
        await adapter.venue_time()

    assert await adapter.venue_time()
    assert script.asked[-1].headers["authorization"] == "Bearer session-2"


async def test_a_clock_that_is_wrong_is_measured_and_reads_go_on(
    clock: HandClock,
    tmp_path: Path,
) -> None:
    slow = HandClock(clock.now - timedelta(minutes=3))
    async with (
        gateway(FakeVenue(), tmp_path, clock) as base,
        adapter_of(str(base), slow) as adapter,
    ):
        await adapter.open_session()
        await adapter.funds()
        slow.advance(60)
        await adapter.funds()

        assert adapter._client.server_ahead == timedelta(minutes=2)


async def test_a_second_instance_takes_over_and_the_first_learns_it(
    clock: HandClock,
    tmp_path: Path,
) -> None:
    async with (
        gateway(FakeVenue(), tmp_path, clock) as base,
        adapter_of(str(base), clock) as first,
        adapter_of(str(base), clock) as second,
    ):
        await first.open_session()
        clock.advance(60)
        await second.open_session()

        with pytest.raises(SessionSuperseded):
            await first.venue_time()
        assert await second.venue_time()


def test_an_endpoint_that_must_not_be_talked_to_fails_before_the_first_byte(
    clock: HandClock,
) -> None:
    async def construct() -> None:
        async with adapter_of("https://gateway.example", clock, loopback_only=True):
            raise AssertionError("it was constructed")

    with pytest.raises(EndpointError):
        asyncio.run(construct())
