from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.gateway.idempotency import IdempotencyStore
from adapters.gateway.sessions import SessionRegistry
from tests.fakes.fake_venue import FakeVenue
from tests.support.gateway import (
    CREDENTIALS,
    SETTINGS,
    HandClock,
    HandSigned,
    gateway,
    hand_signed,
)


async def test_a_new_session_supersedes_the_old_one(client: HandSigned) -> None:
    newcomer = replace(client)
    second = await newcomer.login("two")

    refused = await client.get("/v1/time")
    accepted = await newcomer.get("/v1/time")

    assert second.body["session_epoch"] == 2
    assert (refused.status, refused.body["code"]) == (401, "AUTH_SESSION_SUPERSEDED")
    assert refused.body["outcome"] == "not_executed"
    assert accepted.status == 200


async def test_a_session_ends_and_says_so(client: HandSigned, clock: HandClock) -> None:
    clock.advance(12 * 3600)

    answer = await client.get("/v1/time")

    assert (answer.status, answer.body["code"]) == (401, "AUTH_TOKEN_EXPIRED")
    assert answer.body["retry"] == "same_id"


async def test_being_superseded_outranks_being_expired(
    client: HandSigned,
    clock: HandClock,
) -> None:
    await replace(client).login("two")
    clock.advance(12 * 3600)

    answer = await client.get("/v1/time")

    assert answer.body["code"] == "AUTH_SESSION_SUPERSEDED"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer 1.2.3", "Basic eDp5"])
async def test_what_is_no_session_token_is_forbidden(
    client: HandSigned,
    authorization: str,
) -> None:
    client.authorization = authorization

    answer = await client.get("/v1/time")

    assert (answer.status, answer.body["code"]) == (403, "AUTH_FORBIDDEN")


async def test_no_part_of_a_token_can_be_changed(client: HandSigned) -> None:
    epoch, expiry, mac = client.authorization.removeprefix("Bearer ").split(".")
    forged = [("2", expiry, mac), (epoch, "9" * 13, mac), (epoch, expiry, "0" * 64)]

    for parts in forged:
        client.authorization = f"Bearer {'.'.join(parts)}"
        assert (await client.get("/v1/time")).body["code"] == "AUTH_FORBIDDEN"


async def test_a_restarted_gateway_knows_the_running_session_from_the_superseded_one(
    venue: FakeVenue,
    clock: HandClock,
    tmp_path: Path,
) -> None:
    async with gateway(venue, tmp_path, clock) as base, hand_signed(base, clock) as loser:
        await loser.login("one")
        winner = replace(loser)
        await winner.login("two")
    async with gateway(venue, tmp_path, clock) as base, hand_signed(base, clock) as client:
        refused = await replace(client, authorization=loser.authorization).get("/v1/time")
        accepted = await replace(
            client,
            authorization=winner.authorization,
            random_bytes=winner.random_bytes,
        ).get("/v1/time")

    assert refused.body["code"] == "AUTH_SESSION_SUPERSEDED"
    assert accepted.status == 200


async def test_a_gateway_that_lost_its_memory_asks_for_a_new_login(
    venue: FakeVenue,
    clock: HandClock,
    tmp_path: Path,
) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    async with gateway(venue, tmp_path / "before", clock) as base, hand_signed(base, clock) as old:
        await old.login()
    async with gateway(venue, tmp_path / "after", clock) as base, hand_signed(base, clock) as new:
        answer = await replace(new, authorization=old.authorization).get("/v1/time")

    assert answer.body["code"] == "AUTH_TOKEN_EXPIRED"


async def test_a_session_may_not_outlast_24_hours(clock: HandClock, tmp_path: Path) -> None:
    store = await IdempotencyStore.open(tmp_path / "gateway.sqlite")
    lifetime = timedelta(hours=24, seconds=1)

    try:
        with pytest.raises(ValueError, match="24 hours"):
            SessionRegistry(SETTINGS.account_id, lifetime, CREDENTIALS, store, clock)
    finally:
        await store.close()
