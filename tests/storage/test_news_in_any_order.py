"""The same venue history, however it is cut, repeated and delayed, makes the same book."""

import asyncio
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from statemachine.events import OrderReport, VenueStatus
from statemachine.fill import Fill
from statemachine.order import Order
from storage.store import SendOutcome
from tests.support.book import (
    BANK,
    OPEN,
    RUN_ID,
    approved_run,
    closed,
    make_fill,
    make_order,
    opened_store,
    report,
    submitted,
)

ORDER = make_order()
FILLS = (make_fill(ORDER, 300, "1"), make_fill(ORDER, 200, "2"), make_fill(ORDER, 100, "3"))
REPORTS = (
    report(ORDER, VenueStatus.UNREPORTED, 1),
    report(ORDER, VenueStatus.REPORTED, 2),
    report(ORDER, VenueStatus.PART_SUCC, 3, filled=300),
    report(ORDER, VenueStatus.PART_SUCC, 4, filled=500),
    report(ORDER, VenueStatus.PART_CANCEL, 5, filled=600),
)
Message = OrderReport | Fill
HISTORY: tuple[Message, ...] = (*FILLS, *REPORTS)


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Message]]:
    """Give every message at least once, some again, in any order, in batches."""
    extra = draw(st.lists(st.sampled_from(HISTORY), max_size=6))
    messages = draw(st.permutations([*HISTORY, *extra]))
    cuts = sorted(draw(st.sets(st.integers(1, len(messages) - 1), max_size=4)))
    edges = [0, *cuts, len(messages)]
    return [messages[start:end] for start, end in pairwise(edges)]


async def book_after(batches: Sequence[Sequence[Message]]) -> tuple[Order, int]:
    """Return the order and what is owned, with every invariant checked on the way."""
    with tempfile.TemporaryDirectory() as folder:
        async with opened_store(Path(folder) / "a.sqlite") as store:
            await approved_run(store)
            opened = await submitted(store, ORDER)
            await store.close_submit([closed(opened, 0, SendOutcome.UNKNOWN)], b"", now=OPEN)
            for batch in batches:
                reports = [message for message in batch if isinstance(message, OrderReport)]
                fills = [message for message in batch if isinstance(message, Fill)]
                await store.apply_news(reports, fills, [], {}, now=OPEN)
                assert await store.verify() == ()
            assert await store.halts() == ()
            assert await store.open_breaks() == ()
            (order,) = await store.orders_of(RUN_ID)
            return order, (await store.owned())[BANK]


@settings(max_examples=25)
@given(deliveries())
def test_news_in_any_order_makes_the_same_book(batches: list[list[Message]]) -> None:
    order, owned = asyncio.run(book_after(batches))

    assert (order.state, order.send_state) == ("CANCELLED", "ACCEPTED")
    assert (order.filled_quantity, order.cancelled_quantity, owned) == (600, 400, 600)
    assert (order.version, order.raw_status) == (5, 53)
