import pytest

from tests.fakes.fake_venue import FakeVenue, place_some
from tests.support.gateway import HandSigned


@pytest.mark.parametrize(
    "target",
    [
        "/v1/quotes",
        "/v1/quotes?symbols=",
        "/v1/quotes?symbols=600000",
        "/v1/instruments?symbols=600000.SZ",
        "/v1/events?timeout=soon",
        f"/v1/instruments?symbols={','.join(f'{code:06}.SH' for code in range(201))}",
        "/v1/orders?since=x",
        "/v1/orders?limit=0",
        "/v1/orders?limit=-1",
        "/v1/fills?limit=1.5",
        "/v1/movements?since=-1",
        "/v1/events?after=x",
        "/v1/events?timeout=NaN",
        "/v1/events?timeout=-1",
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(client: HandSigned, target: str) -> None:
    answer = await client.get(target)

    assert (answer.status, answer.body["code"]) == (422, "INVALID_ARGUMENT")


async def test_an_unknown_path_is_not_an_unknown_order(client: HandSigned) -> None:
    missing = await client.get("/v1/order/S0000001")
    wrong_method = await client.post("/v1/funds")

    assert (missing.status, missing.body["code"]) == (404, "INVALID_ARGUMENT")
    assert (wrong_method.status, wrong_method.body["code"]) == (405, "INVALID_ARGUMENT")


async def test_a_body_too_large_is_refused_unread(client: HandSigned) -> None:
    answer = await client.post("/v1/orders", {"orders": "x" * 70_000})

    assert (answer.status, answer.body["code"]) == (413, "INVALID_ARGUMENT")
    assert answer.body["outcome"] == "not_executed"


async def test_every_answer_carries_an_id_and_the_limits(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await place_some(venue, 1)
    answers = [
        await client.get("/v1/funds"),
        await client.get("/v1/orders/S9999999"),
        await client.post("/v1/orders/S0000000/cancel"),
        await client.send("GET", "/v1/health", b"", {}),
    ]

    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 4
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == [
        "10",
        "10",
        "9",
        "10",
    ]
