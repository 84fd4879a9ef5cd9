"""What every implementation of the broker port must do; add yours to broker_harness.OPENERS."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import (
    InstrumentStatus,
    OrderRequest,
    SendResult,
    SendVerdict,
    SessionSuperseded,
)
from market.side import Side
from market.symbol import Symbol
from statemachine.events import VenueStatus
from statemachine.fill import FillKind
from tests.contract.broker_harness import OPENERS, BrokerHarness

OUR_ID = "S0000001"


@pytest.fixture(params=sorted(OPENERS))
async def harness(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BrokerHarness]:
    async with OPENERS[request.param](tmp_path) as opened:
        yield opened


async def _request(harness: BrokerHarness, client_order_id: str = OUR_ID) -> OrderRequest:
    now = (await harness.broker.venue_time()).server_time
    return OrderRequest(
        client_order_id=client_order_id,
        symbol=harness.known,
        side=Side.BUY,
        limit_price=Decimal("10.05"),
        quantity=300,
        deadline=now + timedelta(minutes=5),
    )


async def _send(harness: BrokerHarness, *requests: OrderRequest) -> tuple[SendResult, ...]:
    body = harness.broker.encode_submit(requests)
    return (await harness.broker.submit(body)).results


async def _placed(harness: BrokerHarness, client_order_id: str = OUR_ID) -> OrderRequest:
    request = await _request(harness, client_order_id)
    (result,) = await _send(harness, request)
    assert result.verdict is SendVerdict.ACCEPTED
    return request


async def test_market_time_is_aware(harness: BrokerHarness) -> None:
    told = await harness.broker.venue_time()

    assert told.server_time.utcoffset() == timedelta(hours=8)
    assert told.market_phase


async def test_a_new_session_has_a_higher_epoch_and_ends_the_old_one(
    harness: BrokerHarness,
) -> None:
    request = await _request(harness)
    session = await harness.second.open_session()

    with pytest.raises(SessionSuperseded):
        await harness.broker.orders(None)
    (result,) = await _send(harness, request)
    cancel = await harness.broker.cancel(OUR_ID)

    assert (session.account, session.epoch) == (harness.account, 2)
    assert (result.verdict, result.systemic) == (SendVerdict.REFUSED, True)
    assert cancel.verdict is SendVerdict.REFUSED
    assert (await harness.second.orders(None)).rows == ()


async def test_every_name_asked_for_is_answered(harness: BrokerHarness) -> None:
    unknown = Symbol.parse("689999.SH")
    symbols = [harness.known, unknown]

    instruments = await harness.broker.instruments(symbols)
    quotes = await harness.broker.quotes(symbols)

    assert list(instruments) == list(quotes) == symbols
    assert instruments[unknown].status is InstrumentStatus.NOT_FOUND
    assert quotes[unknown].last is None


async def test_the_account_adds_up(harness: BrokerHarness) -> None:
    funds = await harness.broker.funds()
    positions = await harness.broker.positions()

    assert funds.total_asset == funds.available + funds.frozen + funds.market_value
    assert positions.complete


async def test_an_accepted_order_is_found_in_every_way(harness: BrokerHarness) -> None:
    request = await _placed(harness)

    one = await harness.broker.order(OUR_ID)
    listing = await harness.broker.orders(None)

    assert one is not None
    assert listing.rows == (one,)
    assert listing.complete
    assert (one.symbol, one.side, one.quantity, one.limit_price) == (
        request.symbol,
        request.side,
        request.quantity,
        request.limit_price,
    )


async def test_an_order_that_was_never_sent_is_definitely_not_there(
    harness: BrokerHarness,
) -> None:
    assert await harness.broker.order("S9999999") is None


async def test_the_same_bytes_sent_twice_are_one_order(harness: BrokerHarness) -> None:
    request = await _placed(harness)

    (again,) = await _send(harness, request)

    assert again.verdict is SendVerdict.ACCEPTED
    assert len((await harness.broker.orders(None)).rows) == 1


async def test_the_same_id_for_another_order_is_unknown_and_places_nothing(
    harness: BrokerHarness,
) -> None:
    request = await _placed(harness)

    (result,) = await _send(harness, replace(request, quantity=400))

    assert result.verdict is SendVerdict.UNKNOWN
    assert [row.quantity for row in (await harness.broker.orders(None)).rows] == [300]


async def test_a_lost_answer_is_unknown_and_the_order_is_found_by_asking(
    harness: BrokerHarness,
) -> None:
    request = await _request(harness)
    harness.lose_answers_to(OUR_ID)

    (first,) = await _send(harness, request)
    (second,) = await _send(harness, request)

    assert [first.verdict, second.verdict] == [SendVerdict.UNKNOWN] * 2
    assert await harness.broker.order(OUR_ID) is not None
    assert len((await harness.broker.orders(None)).rows) == 1


async def test_a_refused_order_does_not_exist_and_the_others_do(harness: BrokerHarness) -> None:
    request = await _request(harness)
    harness.refuse("S0000002", "INSUFFICIENT_FUNDS")

    results = await _send(
        harness,
        request,
        replace(request, client_order_id="S0000002"),
        replace(request, client_order_id="S0000003"),
    )

    verdicts = [result.verdict for result in results]
    assert verdicts == [SendVerdict.ACCEPTED, SendVerdict.REFUSED, SendVerdict.ACCEPTED]
    assert (results[1].code, results[1].systemic) == ("INSUFFICIENT_FUNDS", False)
    assert await harness.broker.order("S0000002") is None


async def test_an_order_past_its_deadline_is_refused(harness: BrokerHarness) -> None:
    request = await _request(harness)
    harness.advance(301)

    (result,) = await _send(harness, request)

    assert (result.verdict, result.code) == (SendVerdict.REFUSED, "DEADLINE_EXCEEDED")
    assert await harness.broker.order(OUR_ID) is None


async def test_only_what_changed_is_told_again(harness: BrokerHarness) -> None:
    await _placed(harness, "S0000001")
    await _placed(harness, "S0000002")
    first = await harness.broker.orders(None)
    harness.fill("S0000001", 100, Decimal("10.01"))

    second = await harness.broker.orders(first.cursor)
    third = await harness.broker.orders(second.cursor)

    (changed,) = second.rows
    assert (changed.client_order_id, changed.status) == ("S0000001", VenueStatus.PART_SUCC)
    assert (changed.filled_quantity, changed.filled_amount) == (100, Decimal("1001.00"))
    assert changed.version > first.rows[0].version
    assert third.rows == ()


async def test_every_fill_is_told_once(harness: BrokerHarness) -> None:
    await _placed(harness)
    harness.fill(OUR_ID, 100, Decimal("10.01"))
    first = await harness.broker.fills(None)
    harness.fill(OUR_ID, 200, Decimal("10.02"))

    second = await harness.broker.fills(first.cursor)
    third = await harness.broker.fills(second.cursor)

    (one,), (two,) = first.rows, second.rows
    assert (one.quantity, one.price, one.amount) == (100, Decimal("10.01"), Decimal("1001.00"))
    assert (one.account, one.client_order_id) == (harness.account, OUR_ID)
    assert one.kind is FillKind.TRADE
    assert one.fees is not None
    assert one.fill_id != two.fill_id
    assert third.rows == ()


async def test_a_movement_is_told_once(harness: BrokerHarness) -> None:
    harness.pay_dividend("M1", Decimal("123.45"))

    first = await harness.broker.movements(None)
    second = await harness.broker.movements(first.cursor)

    (movement,) = first.rows
    assert (movement.kind, movement.amount) == ("DIVIDEND", Decimal("123.45"))
    assert movement.symbol == harness.known
    assert second.rows == ()


async def test_orders_of_others_are_told_without_an_id_of_ours(harness: BrokerHarness) -> None:
    await harness.place_at_the_terminal(1)

    (row,) = (await harness.broker.orders(None)).rows

    assert row.client_order_id is None


async def test_a_list_longer_than_a_page_is_told_whole(harness: BrokerHarness) -> None:
    await harness.place_at_the_terminal(1203)

    listing = await harness.broker.orders(None)

    assert len({row.venue_order_id for row in listing.rows}) == len(listing.rows) == 1203
    assert listing.complete


async def test_a_cancel_is_only_a_request(harness: BrokerHarness) -> None:
    await _placed(harness)

    cancel = await harness.broker.cancel(OUR_ID)
    order = await harness.broker.order(OUR_ID)

    assert (cancel.verdict, cancel.report) == (SendVerdict.ACCEPTED, None)
    assert order is not None
    assert order.status is VenueStatus.CANCELED


async def test_a_cancel_that_comes_too_late_shows_the_order(harness: BrokerHarness) -> None:
    await _placed(harness)
    harness.fill(OUR_ID, 300, Decimal("10.01"))

    cancel = await harness.broker.cancel(OUR_ID)

    assert (cancel.verdict, cancel.code) == (SendVerdict.REFUSED, "NOT_CANCELABLE")
    assert cancel.report is not None
    assert cancel.report.status is VenueStatus.SUCCEEDED


async def test_a_cancel_of_nothing_is_refused(harness: BrokerHarness) -> None:
    cancel = await harness.broker.cancel("S9999999")

    assert (cancel.verdict, cancel.code) == (SendVerdict.REFUSED, "ORDER_NOT_FOUND")


async def test_a_cancel_of_the_account_reaches_what_is_live(harness: BrokerHarness) -> None:
    await _placed(harness)

    cancel = await harness.broker.cancel_account()
    order = await harness.broker.order(OUR_ID)

    assert (cancel.verdict, cancel.report) == (SendVerdict.ACCEPTED, None)
    assert order is not None
    assert order.status is VenueStatus.CANCELED


async def test_the_bytes_of_a_submit_say_what_was_asked(harness: BrokerHarness) -> None:
    request = await _request(harness)

    assert harness.broker.decode_submit(harness.broker.encode_submit([request])) == (request,)


async def test_the_session_in_use_is_the_one_opened_last(harness: BrokerHarness) -> None:
    assert harness.second.session is None

    opened = await harness.second.open_session()

    assert harness.second.session == opened
