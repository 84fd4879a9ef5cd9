from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateway.cursors import Cursor, growing_page, orders_page
from adapters.gateway.replies import GatewayError
from adapters.wire.models import OrderView
from market.side import Side
from statemachine.events import VenueStatus
from tests.fakes.fake_venue import MORNING


def _order(number: int, version: int) -> OrderView:
    return OrderView(
        client_order_id=f"S{number:07}",
        venue_order_id=f"V{number}",
        venue_sys_id=None,
        symbol="600000.SH",
        side=Side.BUY,
        type="LIMIT",
        limit_price=Decimal(10),
        quantity=100,
        status=VenueStatus.REPORTED,
        raw_status=50,
        raw_text="",
        filled_quantity=0,
        average_price=None,
        filled_amount=Decimal(0),
        fees_total=None,
        reject_code=None,
        reject_reason=None,
        version=version,
        created_at=MORNING,
        updated_at=MORNING + timedelta(seconds=version),
    )


@pytest.mark.parametrize("text", ["-1", "1.", ".1", "1.2.3", "a", "１", "1" * 19, " 1"])
def test_a_cursor_somebody_made_up_is_refused(text: str) -> None:
    with pytest.raises(GatewayError, match="INVALID_ARGUMENT"):
        Cursor.parse(text)


@given(st.integers(0, 10**17), st.integers(0, 10**8))
def test_a_cursor_reads_back(sequence: int, given_rows: int) -> None:
    cursor = Cursor(sequence, given_rows)

    assert Cursor.parse(str(cursor)) == cursor


def test_no_cursor_is_the_start() -> None:
    assert Cursor.parse("") == Cursor(0)


@given(st.integers(0, 60), st.integers(1, 25), st.lists(st.integers(0, 59), max_size=30))
def test_orders_that_change_between_pages_are_never_skipped(
    count: int,
    limit: int,
    changes: list[int],
) -> None:
    versions = {number: number + 1 for number in range(count)}
    newest, told, cursor, complete = count, dict[int, int](), Cursor(), False
    while not complete:
        rows = sorted(
            (_order(number, version) for number, version in versions.items()),
            key=lambda row: row.version,
        )
        rows = [row for row in rows if row.version > cursor.sequence]
        page = orders_page(rows, newest, limit)
        told.update((int(row.venue_order_id[1:]), row.version) for row in page.rows)
        cursor, complete = page.next_cursor, page.complete
        if changes and count:
            newest += 1
            versions[changes.pop() % count] = newest
            complete = False

    assert told == versions
    assert cursor.sequence == newest


@given(st.integers(0, 60), st.integers(1, 25), st.integers(0, 60))
def test_a_growing_list_is_told_whole_and_in_order(count: int, limit: int, growth: int) -> None:
    rows, told, cursor, complete = list(range(1, count + 1)), list[int](), Cursor(), False
    while not complete:
        later = [row for row in rows if row > cursor.sequence]
        page = growing_page(later, len(rows), cursor, limit)
        told.extend(page.rows)
        cursor, complete = page.next_cursor, page.complete
        if growth:
            growth -= 1
            rows.append(len(rows) + 1)
            complete = False

    assert told == rows
    assert cursor == Cursor(len(rows))
