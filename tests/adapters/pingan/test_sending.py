"""Every way a connection can break has one verdict (never-twice-never-lost.md A3)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.broker import SendVerdict
from adapters.pingan.adapter import PingAnAdapter
from tests.adapters.pingan.conftest import adapter_of
from tests.adapters.pingan.submitting import REQUEST, one_result, order_body, results, submit
from tests.support.gateway import HandClock
from tests.support.scripted_gateway import (
    Answer,
    Asked,
    Break,
    Say,
    ScriptedGateway,
    error,
    free_port,
)


async def test_the_bytes_sent_are_the_bytes_encoded(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [results(one_result(order=await order_body()))]

    await submit(adapter)

    (asked,) = script.asked_for("/v1/orders")
    assert asked.method == "POST"
    assert asked.body == adapter.encode_submit([REQUEST])
    assert json.loads(asked.body)["orders"][0]["limit_price"] == "10.05"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Break.RESET, SendVerdict.UNKNOWN),
        (Break.CLOSE, SendVerdict.UNKNOWN),
        (Break.SILENCE, SendVerdict.UNKNOWN),
        (Say(200, b'{"results":[]}', cut=1), SendVerdict.UNKNOWN),
        (Say(200, b'{"results":[]}', cut=30), SendVerdict.UNKNOWN),
    ],
)
async def test_a_connection_that_breaks_after_the_request_is_unknown_and_never_repeated(
    script: ScriptedGateway,
    clock: HandClock,
    answer: Answer,
    verdict: SendVerdict,
) -> None:
    script.answers = [answer]
    async with adapter_of(script.base, clock, request_timeout_s="0.2") as adapter:
        await adapter.open_session()
        sent = await submit(adapter)

    (result,) = sent.results
    assert (result.verdict, result.code, sent.bytes_started) == (verdict, "NO_ANSWER", True)
    assert sent.evidence
    assert len(script.asked_for("/v1/orders")) == 1


async def test_a_refused_connection_proves_that_nothing_was_sent(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    async with adapter_of(script.base, clock) as adapter:
        await adapter.open_session()
        await adapter.close()
        adapter._client._base = f"http://127.0.0.1:{free_port()}/v1"
        sent = await submit(adapter)

    (result,) = sent.results
    assert (result.verdict, result.code) == (SendVerdict.NOT_SENT, "NOT_CONNECTED")
    assert result.systemic
    assert not sent.bytes_started


async def test_a_failed_handshake_proves_that_nothing_was_sent(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    async with adapter_of(script.base, clock, request_timeout_s="0.3") as adapter:
        await adapter.open_session()
        adapter._client._base = script.base.replace("http:", "https:") + "/v1"
        sent = await submit(adapter)

    assert [result.verdict for result in sent.results] == [SendVerdict.NOT_SENT]
    assert not sent.bytes_started


async def test_a_kept_connection_that_died_meanwhile_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    def die(_: Asked) -> Break:
        return Break.RESET

    script.answers = [results(one_result(order=await order_body())), die]
    await submit(adapter)

    sent = await submit(adapter)

    assert [result.verdict for result in sent.results] == [SendVerdict.UNKNOWN]
    assert sent.bytes_started


async def test_an_expired_session_is_renewed_and_the_same_bytes_go_once_more(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    expired = error(401, "AUTH_TOKEN_EXPIRED", retry="same_id")
    script.answers = [expired, results(one_result(order=await order_body()))]

    answer = await submit(adapter)

    first, second = script.asked_for("/v1/orders")
    assert [result.verdict for result in answer.results] == [SendVerdict.ACCEPTED]
    assert first.body == second.body
    assert first.headers["x-nonce"] != second.headers["x-nonce"]
    assert first.headers["authorization"] == "Bearer session-1"
    assert second.headers["authorization"] == "Bearer session-2"


async def test_an_expired_session_is_renewed_once_only(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [error(401, "AUTH_TOKEN_EXPIRED"), error(401, "AUTH_TOKEN_EXPIRED")]

    (result,) = (await submit(adapter)).results

    assert (result.verdict, result.systemic) == (SendVerdict.REFUSED, True)
    assert len(script.asked_for("/v1/orders")) == 2


async def test_a_session_that_cannot_be_renewed_leaves_the_refusal_standing(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [error(401, "AUTH_TOKEN_EXPIRED")]
    script.logins = [error(403, "AUTH_FORBIDDEN")]

    (result,) = (await submit(adapter)).results

    assert (result.verdict, result.code) == (SendVerdict.REFUSED, "AUTH_TOKEN_EXPIRED")
    assert len(script.asked_for("/v1/orders")) == 1


@pytest.mark.parametrize("outcome", ["unknown", "executed"])
async def test_an_expired_session_that_does_not_say_not_executed_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    outcome: str,
) -> None:
    script.answers = [error(401, "AUTH_TOKEN_EXPIRED", outcome)]

    (result,) = (await submit(adapter)).results

    assert result.verdict is SendVerdict.UNKNOWN
    assert len(script.asked_for("/v1/orders")) == 1


async def test_a_session_taken_over_stops_every_later_send(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [error(401, "AUTH_SESSION_SUPERSEDED")]

    (first,) = (await submit(adapter)).results
    later = await submit(adapter)

    assert (first.verdict, first.code) == (SendVerdict.REFUSED, "AUTH_SESSION_SUPERSEDED")
    assert later.results[0].verdict is SendVerdict.REFUSED
    assert later.results[0].code == "AUTH_SESSION_SUPERSEDED"
    assert not later.bytes_started
    assert len(script.asked_for("/v1/orders")) == 1
    assert script.epoch == 1


async def test_a_session_lost_while_a_renewal_is_tried_refuses_the_send(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    def take_over(_: Asked) -> Say:
        adapter._sessions._is_superseded = True
        return error(401, "AUTH_TOKEN_EXPIRED")

    script.answers = [take_over]

    answer = await submit(adapter)

    assert answer.results[0].verdict is SendVerdict.REFUSED
    assert answer.results[0].code == "AUTH_SESSION_SUPERSEDED"
    assert len(script.asked_for("/v1/orders")) == 1


async def test_without_a_session_nothing_is_sent(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    async with adapter_of(script.base, clock) as adapter:
        answer = await submit(adapter)

    assert answer.results[0].verdict is SendVerdict.NOT_SENT
    assert answer.results[0].code == "NO_SESSION"
    assert script.asked == []


async def test_a_submit_is_signed_with_our_own_time_and_a_cancel_with_the_gateways(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    slow = HandClock(clock.now - timedelta(seconds=3))
    script.answers = [Break.CLOSE, Break.CLOSE]
    async with adapter_of(script.base, slow) as adapter:
        await adapter.open_session()
        await submit(adapter)
        await adapter.cancel("S0000001")

    submitted, cancelled = script.asked_for("/v1/orders")
    assert int(cancelled.headers["x-timestamp"]) - int(submitted.headers["x-timestamp"]) == 3000


@pytest.mark.parametrize("count", [0, 21])
async def test_a_batch_has_1_to_20_orders(adapter: PingAnAdapter, count: int) -> None:
    requests = [replace(REQUEST, client_order_id=f"S{number:07}") for number in range(count)]

    with pytest.raises(ValueError, match="orders"):
        adapter.encode_submit(requests)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"orders":[{}]}'])
async def test_bytes_that_are_no_submit_are_never_sent(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    body: bytes,
) -> None:
    with pytest.raises(ValueError, match="SubmitRequest"):
        await adapter.submit(body)
    assert script.asked_for("/v1/orders") == []
