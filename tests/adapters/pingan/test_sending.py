"""Every status and body, and every way a connection can break, has one verdict (A3)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.broker import OrderRequest, SendAnswer, SendVerdict
from adapters.pingan.adapter import PingAnAdapter
from adapters.wire.errors import ERROR_KINDS, ErrorCode, Outcome, kind_of
from market.side import Side
from market.symbol import Symbol
from statemachine.events import VenueStatus
from tests.adapters.pingan.conftest import adapter_of
from tests.fakes.fake_venue import MORNING, FakeVenue, an_order
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

REQUEST = OrderRequest(
    client_order_id="S0000001",
    symbol=Symbol.parse("600000.SH"),
    side=Side.BUY,
    limit_price=Decimal("10.05"),
    quantity=300,
    deadline=MORNING + timedelta(minutes=5),
)
OTHER = replace(REQUEST, client_order_id="S0000002", symbol=Symbol.parse("000001.SZ"))


async def _order_body(**changes: object) -> dict[str, Any]:
    view = await FakeVenue().place(an_order())
    body: dict[str, Any] = json.loads(view.model_dump_json())
    return {**body, **changes}


def _result(outcome: str = "accepted", **more: object) -> dict[str, Any]:
    return {"client_order_id": "S0000001", "outcome": outcome, "replayed": False, **more}


def _results(*results: dict[str, Any]) -> Say:
    return Say(200, {"results": list(results)})


async def _submit(adapter: PingAnAdapter, *requests: OrderRequest) -> SendAnswer:
    return await adapter.submit(adapter.encode_submit(requests or (REQUEST,)))


async def test_an_order_the_counter_took_is_accepted(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [_results(_result(order=await _order_body()))]

    answer = await _submit(adapter)

    (result,) = answer.results
    assert (result.verdict, result.code, result.systemic) == (SendVerdict.ACCEPTED, "", False)
    assert result.report is not None
    assert (result.report.status, result.report.raw_status) == (VenueStatus.REPORTED, 50)
    assert answer.bytes_started
    assert json.loads(answer.evidence)["results"]


async def test_the_bytes_sent_are_the_bytes_encoded(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [_results(_result(order=await _order_body()))]

    await _submit(adapter)

    (asked,) = script.asked_for("/v1/orders")
    assert asked.method == "POST"
    assert asked.body == adapter.encode_submit([REQUEST])
    assert json.loads(asked.body)["orders"][0]["limit_price"] == "10.05"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_order_id": "S0000009"},
        {"client_order_id": None},
        {"symbol": "600001.SH"},
        {"side": "SELL"},
        {"quantity": 200},
        {"limit_price": "10.06"},
        {"venue_order_id": ""},
    ],
)
async def test_an_acceptance_of_something_else_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    changes: dict[str, object],
) -> None:
    script.answers = [_results(_result(order=await _order_body(**changes)))]

    (result,) = (await _submit(adapter)).results

    assert (result.verdict, result.code) == (SendVerdict.UNKNOWN, "REPLY_MISMATCH")


@pytest.mark.parametrize(
    "answer",
    [
        _results(_result()),
        _results(),
        _results(_result(client_order_id="S0000009")),
        _results(_result(), _result()),
        _results(_result("rejected")),
    ],
)
async def test_a_success_that_does_not_fit_the_question_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    answer: Say,
) -> None:
    script.answers = [answer]

    (result,) = (await _submit(adapter)).results

    assert (result.verdict, result.code) == (SendVerdict.UNKNOWN, "REPLY_MISMATCH")


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b"<html>", b'{"results":[{}]}', b'{"results":[', b"\xff\xfe"],
)
async def test_a_success_that_does_not_read_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    body: bytes,
) -> None:
    script.answers = [Say(200, body)]

    (result,) = (await _submit(adapter)).results

    assert (result.verdict, result.code) == (SendVerdict.UNKNOWN, "REPLY_UNREADABLE")


@pytest.mark.parametrize(
    ("code", "outcome", "verdict", "is_systemic"),
    [
        ("LOT_SIZE", "not_executed", SendVerdict.REFUSED, False),
        ("INSUFFICIENT_FUNDS", "not_executed", SendVerdict.REFUSED, False),
        ("VENUE_REJECTED", "not_executed", SendVerdict.REFUSED, False),
        ("DEADLINE_EXCEEDED", "not_executed", SendVerdict.REFUSED, False),
        ("A_NEW_REASON", "not_executed", SendVerdict.REFUSED, False),
        ("TRADING_DISABLED", "not_executed", SendVerdict.REFUSED, True),
        ("VENUE_NOT_READY", "not_executed", SendVerdict.NOT_SENT, True),
        ("VENUE_DISCONNECTED", "not_executed", SendVerdict.NOT_SENT, True),
        ("LOT_SIZE", "unknown", SendVerdict.UNKNOWN, False),
        ("LOT_SIZE", "executed", SendVerdict.UNKNOWN, False),
    ],
)
async def test_a_rejected_order_of_a_batch(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    code: str,
    outcome: str,
    verdict: SendVerdict,
    is_systemic: bool,
) -> None:
    script.answers = [_results(_result("rejected", error=error(422, code, outcome).body))]

    (result,) = (await _submit(adapter)).results

    assert (result.verdict, result.code, result.systemic) == (verdict, code, is_systemic)
    assert result.message == f"told {code}"


async def test_a_rejected_order_that_shows_itself_live_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    live, junk = await _order_body(), await _order_body(status="JUNK", raw_status=57)
    refusal = error(422, "VENUE_REJECTED").body
    script.answers = [
        _results(_result("rejected", error=refusal, order=live)),
        _results(_result("rejected", error=refusal, order=junk)),
    ]

    (first,) = (await _submit(adapter)).results
    (second,) = (await _submit(adapter)).results

    assert first.verdict is SendVerdict.UNKNOWN
    assert second.verdict is SendVerdict.REFUSED
    assert second.report is not None
    assert second.report.status is VenueStatus.JUNK


async def test_an_unknown_order_of_a_batch_stays_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    told = error(409, "ORDER_STATUS_UNCERTAIN", "unknown", "query_first").body
    script.answers = [_results(_result("unknown", error=told)), _results(_result("unknown"))]

    (first,) = (await _submit(adapter)).results
    (second,) = (await _submit(adapter)).results

    assert (first.verdict, first.code) == (SendVerdict.UNKNOWN, "ORDER_STATUS_UNCERTAIN")
    assert (second.verdict, second.code) == (SendVerdict.UNKNOWN, "UNKNOWN")


async def test_orders_of_a_batch_end_each_in_its_own_way(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [
        _results(
            _result(order=await _order_body()),
            _result("rejected", client_order_id="S0000002", error=error(422, "SUSPENDED").body),
        ),
    ]

    answer = await _submit(adapter, REQUEST, OTHER)

    verdicts = {result.client_order_id: result.verdict for result in answer.results}
    assert verdicts == {"S0000001": SendVerdict.ACCEPTED, "S0000002": SendVerdict.REFUSED}


BATCH_VERDICTS = {
    SendVerdict.REFUSED: {
        "AUTH_SIGNATURE",
        "AUTH_TIMESTAMP",
        "AUTH_SESSION_SUPERSEDED",
        "AUTH_FORBIDDEN",
        "INVALID_ARGUMENT",
        "LOT_SIZE",
        "PRICE_TICK",
        "PRICE_LIMIT",
        "PRICE_CAGE",
        "INSUFFICIENT_FUNDS",
        "INSUFFICIENT_SELLABLE",
        "NO_PERMISSION",
        "SUSPENDED",
        "MARKET_CLOSED",
        "TRADING_DISABLED",
        "DEADLINE_EXCEEDED",
        "VENUE_REJECTED",
    },
    SendVerdict.NOT_SENT: {"RATE_LIMITED", "VENUE_NOT_READY", "VENUE_DISCONNECTED"},
    SendVerdict.UNKNOWN: {
        "AUTH_REPLAY",
        "MARKET_NO_CANCEL",
        "ORDER_NOT_FOUND",
        "IDEMPOTENCY_CONFLICT",
        "ORDER_STATUS_UNCERTAIN",
        "NOT_CANCELABLE",
        "INTERNAL",
    },
}
SYSTEMIC = {
    "AUTH_SIGNATURE",
    "AUTH_TIMESTAMP",
    "AUTH_REPLAY",
    "AUTH_TOKEN_EXPIRED",
    "AUTH_SESSION_SUPERSEDED",
    "AUTH_FORBIDDEN",
    "TRADING_DISABLED",
    "RATE_LIMITED",
    "VENUE_NOT_READY",
    "VENUE_DISCONNECTED",
    "INTERNAL",
}


def test_the_table_speaks_of_every_code_but_the_one_that_is_repeated() -> None:
    told = set[str]().union(*BATCH_VERDICTS.values())

    assert told | {"AUTH_TOKEN_EXPIRED"} == set(ErrorCode)


@pytest.mark.parametrize(
    ("verdict", "code"),
    [(verdict, code) for verdict, codes in BATCH_VERDICTS.items() for code in sorted(codes)],
)
async def test_a_batch_refused_whole(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    verdict: SendVerdict,
    code: str,
) -> None:
    kind = kind_of(ErrorCode(code))
    script.answers = [error(kind.status, code, kind.outcome, kind.retry)]

    answer = await _submit(adapter, REQUEST, OTHER)

    assert [result.client_order_id for result in answer.results] == ["S0000001", "S0000002"]
    for result in answer.results:
        assert (result.verdict, result.code) == (verdict, code)
        assert result.systemic is (code in SYSTEMIC)
    assert len(script.asked_for("/v1/orders")) == 1


@pytest.mark.parametrize("code", sorted(ERROR_KINDS))
@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.EXECUTED])
async def test_no_code_proves_anything_without_the_words_not_executed(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    code: ErrorCode,
    outcome: Outcome,
) -> None:
    script.answers = [error(kind_of(code).status, code, outcome)]

    (result,) = (await _submit(adapter)).results

    assert result.verdict is SendVerdict.UNKNOWN
    assert len(script.asked_for("/v1/orders")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        error(500, "LOT_SIZE"),
        error(408, "INVALID_ARGUMENT"),
        error(409, "INVALID_ARGUMENT"),
        error(429, "LOT_SIZE"),
        error(422, "RATE_LIMITED"),
        error(500, "VENUE_NOT_READY"),
        error(422, "A_NEW_REASON"),
        error(400, "LOT_SIZE"),
        *(Say(status, b"") for status in (302, 400, 401, 403, 404, 408, 409, 422, 429, 500, 503)),
        Say(422, b"<html>"),
        Say(422, {"code": "LOT_SIZE", "message": "", "outcome": "no", "retry": "never"}),
        Say(302, b"", (("Location", "/v1/orders"),)),
    ],
)
async def test_an_error_outside_the_contract_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    answer: Say,
) -> None:
    script.answers = [answer]

    (result,) = (await _submit(adapter)).results

    assert result.verdict is SendVerdict.UNKNOWN
    assert len(script.asked_for("/v1/orders")) == 1


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
        sent = await _submit(adapter)

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
        sent = await _submit(adapter)

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
        sent = await _submit(adapter)

    assert [result.verdict for result in sent.results] == [SendVerdict.NOT_SENT]
    assert not sent.bytes_started


async def test_a_kept_connection_that_died_meanwhile_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    def die(_: Asked) -> Break:
        return Break.RESET

    script.answers = [_results(_result(order=await _order_body())), die]
    await _submit(adapter)

    sent = await _submit(adapter)

    assert [result.verdict for result in sent.results] == [SendVerdict.UNKNOWN]
    assert sent.bytes_started


async def test_an_expired_session_is_renewed_and_the_same_bytes_go_once_more(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    expired = error(401, "AUTH_TOKEN_EXPIRED", retry="same_id")
    script.answers = [expired, _results(_result(order=await _order_body()))]

    answer = await _submit(adapter)

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

    (result,) = (await _submit(adapter)).results

    assert (result.verdict, result.systemic) == (SendVerdict.REFUSED, True)
    assert len(script.asked_for("/v1/orders")) == 2


async def test_a_session_that_cannot_be_renewed_leaves_the_refusal_standing(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [error(401, "AUTH_TOKEN_EXPIRED")]
    script.logins = [error(403, "AUTH_FORBIDDEN")]

    (result,) = (await _submit(adapter)).results

    assert (result.verdict, result.code) == (SendVerdict.REFUSED, "AUTH_TOKEN_EXPIRED")
    assert len(script.asked_for("/v1/orders")) == 1


@pytest.mark.parametrize("outcome", ["unknown", "executed"])
async def test_an_expired_session_that_does_not_say_not_executed_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    outcome: str,
) -> None:
    script.answers = [error(401, "AUTH_TOKEN_EXPIRED", outcome)]

    (result,) = (await _submit(adapter)).results

    assert result.verdict is SendVerdict.UNKNOWN
    assert len(script.asked_for("/v1/orders")) == 1


async def test_a_session_taken_over_stops_every_later_send(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [error(401, "AUTH_SESSION_SUPERSEDED")]

    (first,) = (await _submit(adapter)).results
    later = await _submit(adapter)

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

    answer = await _submit(adapter)

    assert answer.results[0].verdict is SendVerdict.REFUSED
    assert answer.results[0].code == "AUTH_SESSION_SUPERSEDED"
    assert len(script.asked_for("/v1/orders")) == 1


async def test_without_a_session_nothing_is_sent(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    async with adapter_of(script.base, clock) as adapter:
        answer = await _submit(adapter)

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
        await _submit(adapter)
        await adapter.cancel("S0000001")

    submit, cancel = script.asked_for("/v1/orders")
    assert int(cancel.headers["x-timestamp"]) - int(submit.headers["x-timestamp"]) == 3000


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


CANCEL_CASES: list[tuple[Callable[[], Answer], SendVerdict, str]] = [
    (
        lambda: Say(202, {"client_order_id": "S0000001", "requested": True}),
        SendVerdict.ACCEPTED,
        "",
    ),
    (
        lambda: Say(202, {"client_order_id": "S0000002", "requested": True}),
        SendVerdict.UNKNOWN,
        "REPLY_MISMATCH",
    ),
    (
        lambda: Say(202, {"client_order_id": "S0000001", "requested": False}),
        SendVerdict.UNKNOWN,
        "REPLY_MISMATCH",
    ),
    (lambda: Say(202, b""), SendVerdict.UNKNOWN, "REPLY_UNREADABLE"),
    (lambda: error(422, "MARKET_NO_CANCEL"), SendVerdict.REFUSED, "MARKET_NO_CANCEL"),
    (lambda: error(404, "ORDER_NOT_FOUND"), SendVerdict.REFUSED, "ORDER_NOT_FOUND"),
    (lambda: error(429, "RATE_LIMITED"), SendVerdict.NOT_SENT, "RATE_LIMITED"),
    (lambda: error(503, "VENUE_NOT_READY"), SendVerdict.NOT_SENT, "VENUE_NOT_READY"),
    (lambda: error(500, "INTERNAL", "unknown"), SendVerdict.UNKNOWN, "INTERNAL"),
    (lambda: Say(500, b""), SendVerdict.UNKNOWN, "HTTP_500"),
    (lambda: Break.RESET, SendVerdict.UNKNOWN, "NO_ANSWER"),
    (lambda: error(422, "LOT_SIZE"), SendVerdict.UNKNOWN, "LOT_SIZE"),
]


@pytest.mark.parametrize(("answer", "verdict", "code"), CANCEL_CASES)
async def test_a_cancel_has_one_verdict_for_every_answer(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    answer: Callable[[], Answer],
    verdict: SendVerdict,
    code: str,
) -> None:
    script.answers = [answer()]

    cancel = await adapter.cancel("S0000001")

    assert (cancel.verdict, cancel.code) == (verdict, code)
    (asked,) = script.asked_for("/v1/orders/S0000001/cancel")
    assert (asked.method, asked.body) == ("POST", b"")


async def test_a_cancel_refused_as_too_late_shows_the_order(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    filled = await _order_body(status="SUCCEEDED", raw_status=56, filled_quantity=300)
    script.answers = [error(409, "NOT_CANCELABLE", retry="query_first", order=filled)]

    cancel = await adapter.cancel("S0000001")

    assert (cancel.verdict, cancel.code) == (SendVerdict.REFUSED, "NOT_CANCELABLE")
    assert cancel.report is not None
    assert cancel.report.filled_quantity == 300


async def test_a_cancel_refused_for_the_time_is_signed_again_by_the_gateways_clock(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    script.answers = [
        error(401, "AUTH_TIMESTAMP", retry="same_id"),
        Say(202, {"client_order_id": "S0000001", "requested": True}),
    ]

    cancel = await adapter.cancel("S0000001")

    assert cancel.verdict is SendVerdict.ACCEPTED
    assert len(script.asked_for("/v1/health")) == 2
