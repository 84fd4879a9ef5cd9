from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from adapters.gateway.authentication import NonceCache
from adapters.wire.signing import GatewayCredentials
from tests.support.gateway import CREDENTIALS, HandClock, HandSigned

TARGET = "/v1/time"


async def test_a_signed_request_on_a_session_is_let_in(client: HandSigned) -> None:
    answer = await client.get(TARGET)

    assert answer.status == 200
    assert answer.body["server_time"] == "2025-11-10T09:31:00+08:00"


@pytest.mark.parametrize("name", ["authorization", "x-api-key", "x-nonce", "x-timestamp"])
async def test_no_signed_header_can_be_changed(client: HandSigned, name: str) -> None:
    headers = client.headers("GET", TARGET, b"")
    last = "0" if headers[name][-1] != "0" else "1"

    answer = await client.send("GET", TARGET, b"", {**headers, name: headers[name][:-1] + last})

    _assert_refused(answer.status, answer.body, "AUTH_SIGNATURE")


@pytest.mark.parametrize(
    "name",
    ["authorization", "x-api-key", "x-nonce", "x-timestamp", "x-api-signature"],
)
async def test_no_header_can_be_left_out(client: HandSigned, name: str) -> None:
    headers = client.headers("GET", TARGET, b"")
    del headers[name]

    answer = await client.send("GET", TARGET, b"", headers)

    _assert_refused(answer.status, answer.body, "AUTH_SIGNATURE")


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/v1/funds", b""),
        ("GET", "/v1/time?limit=1", b""),
        ("GET", TARGET, b"{}"),
        ("POST", TARGET, b""),
    ],
)
async def test_a_signature_serves_one_method_target_and_body(
    client: HandSigned,
    method: str,
    target: str,
    body: bytes,
) -> None:
    headers = client.headers("GET", TARGET, b"")

    answer = await client.send(method, target, body, headers)

    _assert_refused(answer.status, answer.body, "AUTH_SIGNATURE")


@pytest.mark.parametrize(
    "credentials",
    [
        GatewayCredentials("another", CREDENTIALS.secret_key, CREDENTIALS.token),
        GatewayCredentials(CREDENTIALS.access_key, "another", CREDENTIALS.token),
    ],
)
async def test_a_wrong_key_or_secret_does_not_get_in(
    client: HandSigned,
    credentials: GatewayCredentials,
) -> None:
    client.credentials = credentials

    answer = await client.get(TARGET)

    _assert_refused(answer.status, answer.body, "AUTH_SIGNATURE")


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(-5.0, 200), (-5.001, 401), (1.0, 200), (1.001, 401), (3600.0, 401)],
)
async def test_a_timestamp_is_at_most_5_s_old_and_1_s_ahead(
    client: HandSigned,
    clock: HandClock,
    seconds: float,
    status: int,
) -> None:
    server_now = clock.now
    client.clock = lambda: server_now + timedelta(seconds=seconds)

    answer = await client.get(TARGET)

    assert answer.status == status
    if status != 200:
        _assert_refused(answer.status, answer.body, "AUTH_TIMESTAMP")


async def test_a_signed_timestamp_that_does_not_read_is_refused(client: HandSigned) -> None:
    headers = client.headers("GET", TARGET, b"", timestamp="now")

    answer = await client.send("GET", TARGET, b"", headers)

    _assert_refused(answer.status, answer.body, "AUTH_TIMESTAMP")


async def test_what_no_text_can_hold_is_no_signature(client: HandSigned) -> None:
    answer = await client.send("GET", TARGET, b"", {"authorization": "\udcff", "x-api-key": "é"})

    _assert_refused(answer.status, answer.body, "AUTH_SIGNATURE")


async def test_a_nonce_serves_once_and_a_replay_may_have_been_executed(client: HandSigned) -> None:
    headers = client.headers("GET", TARGET, b"")
    first = await client.send("GET", TARGET, b"", headers)

    second = await client.send("GET", TARGET, b"", headers)

    assert first.status == 200
    assert (second.status, second.body["code"]) == (401, "AUTH_REPLAY")
    assert (second.body["outcome"], second.body["retry"]) == ("unknown", "query_first")


@pytest.mark.parametrize("nonce", ["", "abc", "G" * 32, "A" * 32, "0" * 33])
async def test_a_nonce_that_is_not_32_hex_digits_is_refused(
    client: HandSigned,
    nonce: str,
) -> None:
    client.random_bytes = _hex_is(nonce)

    answer = await client.get(TARGET)

    _assert_refused(answer.status, answer.body, "AUTH_SIGNATURE")


async def test_logging_in_needs_the_login_token(stranger: HandSigned) -> None:
    stranger.credentials = GatewayCredentials("key-1", "secret-1", "another")

    answer = await stranger.login()

    _assert_refused(answer.status, answer.body, "AUTH_FORBIDDEN", status=403)


async def test_the_login_token_opens_nothing_but_a_session(stranger: HandSigned) -> None:
    stranger.authorization = CREDENTIALS.token

    answer = await stranger.get(TARGET)

    _assert_refused(answer.status, answer.body, "AUTH_FORBIDDEN", status=403)


def test_nonces_are_forgotten_once_their_window_has_passed() -> None:
    cache, start = NonceCache(), datetime(2026, 11, 22, tzinfo=UTC)
    for second in range(100):
        assert cache.is_new(f"{second}", start + timedelta(seconds=second))

    assert len(cache) <= 7
    assert not cache.is_new("99", start + timedelta(seconds=99))


def _hex_is(text: str) -> Callable[[int], bytes]:
    class Text(bytes):
        def hex(self, *_: object) -> str:
            return text

    return lambda _: Text()


def _assert_refused(
    status_got: int,
    body: dict[str, object],
    code: str,
    *,
    status: int = 401,
) -> None:
    assert (status_got, body["code"]) == (status, code)
    assert body["outcome"] == "not_executed"
    assert body["request_id"]
