import json
from pathlib import Path
from typing import Any

import pytest

from adapters.gateway.limits import RateLimits
from adapters.gateway.settings import GatewaySettings
from adapters.gateway.venue import VenueRefused
from adapters.wire.models import NewOrder
from tests.fakes.fake_venue import FakeVenue, an_order
from tests.support.gateway import ACCOUNT, Answer, HandClock, HandSigned, gateway, hand_signed


def _batch(*orders: NewOrder) -> dict[str, Any]:
    return {"orders": [json.loads(order.model_dump_json()) for order in orders]}


async def _submit(client: HandSigned, *orders: NewOrder) -> Answer:
    return await client.post("/v1/orders", _batch(*orders))


def _outcomes(answer: Answer) -> list[str]:
    return [result["outcome"] for result in answer.body["results"]]


async def test_an_accepted_order_comes_back_as_the_venue_has_it(client: HandSigned) -> None:
    answer = await _submit(client, an_order())

    (result,) = answer.body["results"]
    assert (answer.status, result["outcome"], result["replayed"]) == (200, "accepted", False)
    assert result["order"]["client_order_id"] == "S0000001"
    assert result["order"]["limit_price"] == "10.05"
    assert result["order"]["raw_status"] == 50


async def test_results_come_in_the_order_of_the_batch(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.refusals["S0000002"] = VenueRefused("INSUFFICIENT_FUNDS", "可用资金不足")
    venue.uncertain.add("S0000003")

    answer = await _submit(client, *(an_order(f"S000000{number}") for number in (1, 2, 3)))

    ids = [result["client_order_id"] for result in answer.body["results"]]
    assert ids == ["S0000001", "S0000002", "S0000003"]
    assert _outcomes(answer) == ["accepted", "rejected", "unknown"]
    assert answer.body["results"][1]["error"]["message"] == "可用资金不足"
    assert answer.body["results"][2]["error"]["code"] == "ORDER_STATUS_UNCERTAIN"


async def test_the_same_order_again_gets_the_first_result_and_reaches_no_venue(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.refusals["S0000002"] = VenueRefused("PRICE_LIMIT", "above the limit")
    orders = an_order("S0000001"), an_order("S0000002")
    first = await _submit(client, *orders)
    venue.fill("S0000001", 300, "10.00")

    second = await _submit(client, *orders)

    assert venue.placed == ["S0000001", "S0000002"]
    assert all(result["replayed"] for result in second.body["results"])
    for before, after in zip(first.body["results"], second.body["results"], strict=True):
        assert {**before, "replayed": True} == after


@pytest.mark.parametrize(
    "other",
    [
        an_order(quantity=400),
        an_order(limit_price="10.06"),
        an_order(symbol="600001.SH"),
        an_order(deadline=an_order().deadline.replace(minute=59)),
    ],
)
async def test_the_same_id_with_another_body_conflicts(
    client: HandSigned,
    venue: FakeVenue,
    other: NewOrder,
) -> None:
    await _submit(client, an_order())

    answer = await _submit(client, other)

    assert (answer.status, answer.body["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    assert answer.body["retry"] == "query_first"
    assert venue.placed == ["S0000001"]


async def test_keys_in_another_order_are_the_same_body(client: HandSigned) -> None:
    await _submit(client, an_order())
    (order,) = _batch(an_order())["orders"]

    answer = await client.post("/v1/orders", {"orders": [dict(reversed(order.items()))]})

    assert answer.body["results"][0]["replayed"] is True


@pytest.mark.parametrize("kept", [True, False])
async def test_an_id_with_an_unknown_result_is_never_sent_again(
    client: HandSigned,
    venue: FakeVenue,
    kept: bool,
) -> None:
    venue.uncertain.add("S0000001")
    venue.kept = {"S0000001"} if kept else set()
    first = await _submit(client, an_order())
    venue.uncertain.clear()

    second = await _submit(client, an_order())

    assert _outcomes(first) == ["unknown"]
    assert (second.status, second.body["code"]) == (409, "ORDER_STATUS_UNCERTAIN")
    assert second.body["outcome"] == "unknown"
    assert venue.placed == ["S0000001"]


async def test_taken_ids_do_not_hide_the_others_of_their_batch(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.uncertain.add("S0000001")
    await _submit(client, an_order("S0000001"), an_order("S0000002"), an_order("S0000003"))

    again = an_order("S0000001"), an_order("S0000002"), an_order("S0000003", quantity=400)
    answer = await _submit(client, *again, an_order("S0000004"))

    codes = [(result["error"] or {}).get("code") for result in answer.body["results"]]
    assert _outcomes(answer) == ["unknown", "accepted", "unknown", "accepted"]
    assert codes == ["ORDER_STATUS_UNCERTAIN", None, "IDEMPOTENCY_CONFLICT", None]
    assert venue.placed[3:] == ["S0000004"]


async def test_an_id_twice_in_a_batch_refuses_the_batch(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    answer = await _submit(client, an_order(), an_order())

    assert (answer.status, answer.body["code"]) == (422, "INVALID_ARGUMENT")
    assert venue.placed == []


async def test_a_late_order_is_refused_and_never_passed_on(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    order = an_order()
    venue.moment = order.deadline
    on_time = await _submit(client, an_order("S0000002"))
    venue.advance(1)

    late = await _submit(client, order)

    assert _outcomes(on_time) == ["accepted"]
    assert _outcomes(late) == ["rejected"]
    assert late.body["results"][0]["error"]["code"] == "DEADLINE_EXCEEDED"
    assert venue.placed == ["S0000002"]


@pytest.mark.parametrize("code", ["VENUE_NOT_READY", "VENUE_DISCONNECTED"])
async def test_an_order_the_venue_was_not_there_for_may_be_sent_again(
    client: HandSigned,
    venue: FakeVenue,
    code: str,
) -> None:
    venue.refusals["S0000001"] = VenueRefused(code, "come back later")
    first = await _submit(client, an_order())
    venue.refusals.clear()

    second = await _submit(client, an_order())

    assert _outcomes(first) == ["rejected"]
    assert first.body["results"][0]["error"]["retry"] == "after_backoff"
    assert _outcomes(second) == ["accepted"]
    assert second.body["results"][0]["replayed"] is False


async def test_a_word_the_contract_does_not_know_is_a_rejection_by_the_venue(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.refusals["S0000001"] = VenueRefused("-61", "证券代码不存在")

    answer = await _submit(client, an_order())

    error = answer.body["results"][0]["error"]
    assert (error["code"], error["message"]) == ("VENUE_REJECTED", "-61: 证券代码不存在")


async def test_a_refusal_that_proves_nothing_leaves_the_id_taken(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.refusals["S0000001"] = VenueRefused("INTERNAL", "the counter failed")
    first = await _submit(client, an_order())
    venue.refusals.clear()

    second = await _submit(client, an_order())

    assert _outcomes(first) == ["unknown"]
    assert second.body["code"] == "ORDER_STATUS_UNCERTAIN"


async def test_a_failing_venue_leaves_its_order_unknown_and_the_earlier_ones_known(
    client: HandSigned,
    venue: FakeVenue,
    caplog: pytest.LogCaptureFixture,
) -> None:
    venue.refusals["S0000001"] = VenueRefused("LOT_SIZE", "not a lot")
    await _submit(client, an_order("S0000001"))
    venue.fault = RuntimeError("a bug")

    broken = await _submit(client, an_order("S0000001"), an_order("S0000002"))
    venue.fault = None
    again = await _submit(client, an_order("S0000001"), an_order("S0000002"))

    assert (broken.status, broken.body["code"]) == (500, "INTERNAL")
    assert broken.body["outcome"] == "unknown"
    assert broken.body["request_id"] in caplog.text
    assert _outcomes(again) == ["rejected", "unknown"]
    assert venue.placed == ["S0000001"]


async def test_a_restarted_gateway_remembers_every_id(
    venue: FakeVenue,
    clock: HandClock,
    tmp_path: Path,
) -> None:
    venue.uncertain.add("S0000002")
    async with gateway(venue, tmp_path, clock) as base, hand_signed(base, clock) as client:
        await client.login()
        await _submit(client, an_order("S0000001"), an_order("S0000002"))
    clock.advance(60)
    async with gateway(venue, tmp_path, clock) as base, hand_signed(base, clock) as client:
        await client.login()
        replayed = await _submit(client, an_order("S0000001"))
        uncertain = await _submit(client, an_order("S0000002"))

    assert replayed.body["results"][0]["replayed"] is True
    assert uncertain.body["code"] == "ORDER_STATUS_UNCERTAIN"
    assert venue.placed == ["S0000001", "S0000002"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_order_id", "short"),
        ("client_order_id", "S" * 25),
        ("client_order_id", "有中文的编号"),
        ("symbol", "600000"),
        ("symbol", "600000.SZ"),
        ("side", "SHORT"),
        ("type", "MARKET"),
        ("limit_price", 10.05),
        ("limit_price", "1e1"),
        ("limit_price", "NaN"),
        ("limit_price", "0"),
        ("limit_price", "-1"),
        ("quantity", 0),
        ("quantity", "300"),
        ("quantity", 300.0),
        ("market", "HK"),
        ("account_type", "margin"),
        ("deadline", "2025-11-10T09:36:00"),
        ("deadline", 1762738560),
        ("note", "unknown key"),
    ],
)
async def test_a_malformed_order_refuses_its_batch_and_names_the_field(
    client: HandSigned,
    venue: FakeVenue,
    field: str,
    value: object,
) -> None:
    body = _batch(an_order("S0000001"), an_order("S0000002"))
    body["orders"][1][field] = value

    answer = await client.post("/v1/orders", body)

    assert (answer.status, answer.body["code"]) == (422, "INVALID_ARGUMENT")
    assert answer.body["outcome"] == "not_executed"
    assert f"orders.1.{field}" in answer.body["message"]
    assert venue.placed == []


@pytest.mark.parametrize("count", [0, 21])
async def test_a_batch_has_1_to_20_orders(client: HandSigned, count: int) -> None:
    answer = await _submit(client, *(an_order(f"S{number:07}") for number in range(count)))

    assert (answer.status, answer.body["code"]) == (422, "INVALID_ARGUMENT")


async def test_orders_too_fast_are_refused_whole_and_their_ids_stay_free(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await _submit(client, *(an_order(f"S{number:07}") for number in range(20)))

    refused = await _submit(client, an_order("S0000099"))
    venue.advance(int(refused.headers["Retry-After"]))
    accepted = await _submit(client, an_order("S0000099"))

    assert (refused.status, refused.body["code"]) == (429, "RATE_LIMITED")
    assert (refused.body["outcome"], refused.body["retry"]) == ("not_executed", "after_backoff")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert _outcomes(accepted) == ["accepted"]


async def test_the_daily_total_outlives_a_restart(
    venue: FakeVenue,
    clock: HandClock,
    tmp_path: Path,
) -> None:
    limits = RateLimits(orders_per_day=3)
    settings = GatewaySettings(account_id=ACCOUNT, version="test", limits=limits)
    async with (
        gateway(venue, tmp_path, clock, settings) as base,
        hand_signed(base, clock) as client,
    ):
        await client.login()
        await _submit(client, *(an_order(f"S{number:07}") for number in range(3)))
    clock.advance(60)
    async with (
        gateway(venue, tmp_path, clock, settings) as base,
        hand_signed(base, clock) as client,
    ):
        await client.login()
        refused = await _submit(client, an_order("S0000099"))
        cancelled = await client.post("/v1/orders/S0000001/cancel")

    assert (refused.status, refused.body["code"]) == (429, "RATE_LIMITED")
    assert cancelled.status == 202
