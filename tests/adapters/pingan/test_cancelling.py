from collections.abc import Callable

import pytest

from adapters.broker import SendVerdict
from adapters.pingan.adapter import PingAnAdapter
from tests.adapters.pingan.submitting import order_body
from tests.support.gateway import HandClock
from tests.support.scripted_gateway import (
    Answer,
    Break,
    Say,
    ScriptedGateway,
    error,
)

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
    filled = await order_body(status="SUCCEEDED", raw_status=56, filled_quantity=300)
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


@pytest.mark.parametrize(
    ("answer", "verdict", "code"),
    [
        (lambda: Say(200, {"requested": ["S0000001", "V2"]}), SendVerdict.ACCEPTED, ""),
        (lambda: Say(200, {"requested": []}), SendVerdict.ACCEPTED, ""),
        (lambda: Say(200, b"no JSON"), SendVerdict.UNKNOWN, "REPLY_UNREADABLE"),
        (lambda: error(422, "MARKET_NO_CANCEL"), SendVerdict.REFUSED, "MARKET_NO_CANCEL"),
        (lambda: Break.RESET, SendVerdict.UNKNOWN, "NO_ANSWER"),
    ],
)
async def test_a_cancel_of_the_account_has_one_verdict_for_every_answer(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    answer: Callable[[], Answer],
    verdict: SendVerdict,
    code: str,
) -> None:
    script.answers = [answer()]

    cancel = await adapter.cancel_account()

    assert (cancel.verdict, cancel.code, cancel.report) == (verdict, code, None)
