from tests.support.gateway import (
    CREDENTIALS,
    HandClock,
    HandSigned,
)


async def test_health_needs_no_signature_and_tells_real_time(stranger: HandSigned) -> None:
    answer = await stranger.send("GET", "/v1/health", b"", {})

    assert (answer.status, answer.body["status"]) == (200, "ok")
    assert answer.body["server_time"] == "2026-11-22T06:00:00Z"


async def test_a_session_tells_the_market_and_its_own_end(stranger: HandSigned) -> None:
    answer = await stranger.login()

    assert answer.status == 200
    assert answer.body["session_epoch"] == 1
    assert answer.body["trade_date"] == "2025-11-10"
    assert answer.body["expires_at"] == "2026-11-22T18:00:00Z"
    assert answer.body["capabilities"]["dedupe_scope"] == "FOREVER"
    assert answer.body["rate_limits"] == {
        "orders_per_second": 5,
        "orders_per_second_hard": 10,
        "orders_per_day": 1000,
    }


async def test_another_account_is_not_served(stranger: HandSigned) -> None:
    stranger.authorization = CREDENTIALS.token
    body = {"client_id": "daemon", "account_id": "999", "instance_id": "one"}

    answer = await stranger.post("/v1/session", body)

    assert (answer.status, answer.body["code"]) == (403, "AUTH_FORBIDDEN")


async def test_market_time_is_not_real_time(client: HandSigned, clock: HandClock) -> None:
    clock.advance(3)

    answer = await client.get("/v1/time")

    assert answer.body == {
        "server_time": "2025-11-10T09:31:00+08:00",
        "trade_date": "2025-11-10",
        "market_phase": "MORNING",
    }
