"""Every status and body has one verdict (never-twice-never-lost.md A3)."""

import json

import pytest

from adapters.broker import SendVerdict
from adapters.pingan.adapter import PingAnAdapter
from adapters.wire.errors import ERROR_KINDS, ErrorCode, Outcome, kind_of
from statemachine.events import VenueStatus
from tests.adapters.pingan.submitting import OTHER, REQUEST, one_result, order_body, results, submit
from tests.support.scripted_gateway import (
    Say,
    ScriptedGateway,
    error,
)


async def test_an_order_the_counter_took_is_accepted(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [results(one_result(order=await order_body()))]

    answer = await submit(adapter)

    (result,) = answer.results
    assert (result.verdict, result.code, result.systemic) == (SendVerdict.ACCEPTED, "", False)
    assert result.report is not None
    assert (result.report.status, result.report.raw_status) == (VenueStatus.REPORTED, 50)
    assert answer.bytes_started
    assert json.loads(answer.evidence)["results"]


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
    script.answers = [results(one_result(order=await order_body(**changes)))]

    (result,) = (await submit(adapter)).results

    assert (result.verdict, result.code) == (SendVerdict.UNKNOWN, "REPLY_MISMATCH")


@pytest.mark.parametrize(
    "answer",
    [
        results(one_result()),
        results(),
        results(one_result(client_order_id="S0000009")),
        results(one_result(), one_result()),
        results(one_result("rejected")),
    ],
)
async def test_a_success_that_does_not_fit_the_question_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    answer: Say,
) -> None:
    script.answers = [answer]

    (result,) = (await submit(adapter)).results

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

    (result,) = (await submit(adapter)).results

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
    script.answers = [results(one_result("rejected", error=error(422, code, outcome).body))]

    (result,) = (await submit(adapter)).results

    assert (result.verdict, result.code, result.systemic) == (verdict, code, is_systemic)
    assert result.message == f"told {code}"


async def test_a_rejected_order_that_shows_itself_live_is_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    live, junk = await order_body(), await order_body(status="JUNK", raw_status=57)
    refusal = error(422, "VENUE_REJECTED").body
    script.answers = [
        results(one_result("rejected", error=refusal, order=live)),
        results(one_result("rejected", error=refusal, order=junk)),
    ]

    (first,) = (await submit(adapter)).results
    (second,) = (await submit(adapter)).results

    assert first.verdict is SendVerdict.UNKNOWN
    assert second.verdict is SendVerdict.REFUSED
    assert second.report is not None
    assert second.report.status is VenueStatus.JUNK


async def test_an_unknown_order_of_a_batch_stays_unknown(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    told = error(409, "ORDER_STATUS_UNCERTAIN", "unknown", "query_first").body
    script.answers = [results(one_result("unknown", error=told)), results(one_result("unknown"))]

    (first,) = (await submit(adapter)).results
    (second,) = (await submit(adapter)).results

    assert (first.verdict, first.code) == (SendVerdict.UNKNOWN, "ORDER_STATUS_UNCERTAIN")
    assert (second.verdict, second.code) == (SendVerdict.UNKNOWN, "UNKNOWN")


async def test_orders_of_a_batch_end_each_in_its_own_way(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [
        results(
            one_result(order=await order_body()),
            one_result("rejected", client_order_id="S0000002", error=error(422, "SUSPENDED").body),
        ),
    ]

    answer = await submit(adapter, REQUEST, OTHER)

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

    answer = await submit(adapter, REQUEST, OTHER)

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

    (result,) = (await submit(adapter)).results

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

    (result,) = (await submit(adapter)).results

    assert result.verdict is SendVerdict.UNKNOWN
    assert len(script.asked_for("/v1/orders")) == 1
