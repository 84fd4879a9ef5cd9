from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from daemon.halting.sight import halted_orders, in_doubt, is_live
from market.side import Side
from statemachine.events import OrderReport, VenueStatus
from statemachine.order import OrderState, SendState
from tests.daemon.planning.builders import symbol
from tests.statemachine.orders import new_order

NOON = datetime(2025, 11, 10, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
OURS = "SABCDEFGHIJKLMNOPQRST"
ENDED = {"PART_CANCEL", "CANCELED", "SUCCEEDED", "JUNK"}


def report(name: str | None, status: VenueStatus, number: str = "V1") -> OrderReport:
    return OrderReport(
        client_order_id=name,
        venue_order_id=number,
        symbol=symbol("600000.SH"),
        side=Side.BUY,
        quantity=100,
        limit_price=Decimal(10),
        status=status,
        raw_status=50,
        raw_text="",
        filled_quantity=0,
        filled_amount=Decimal(0),
        reject_code=None,
        reject_reason="",
        version=1,
        updated_at=NOON,
    )


@pytest.mark.parametrize("status", list(VenueStatus))
def test_whatever_is_not_known_to_have_ended_is_live(status: VenueStatus) -> None:
    assert is_live(report(OURS, status)) == (status.value not in ENDED)


def test_ours_are_the_ids_of_our_book_or_our_shape_where_there_is_none() -> None:
    rows = (
        report(OURS, VenueStatus.REPORTED),
        report("S-another-shape", VenueStatus.REPORTED, "V2"),
        report(None, VenueStatus.REPORTED, "V3"),
    )

    def names(ids: set[str] | None, *, account_wide: bool = False) -> list[str]:
        seen = halted_orders((), rows, ids, LATER, account_wide=account_wide)
        return [f"{order.venue_order_id} {order.ours}" for order in seen]

    assert names(None) == ["V1 True"]
    assert names(set()) == []
    assert names({"S-another-shape"}) == ["V2 True"]
    assert names(None, account_wide=True) == ["V1 True", "V2 False", "V3 False"]


def test_an_order_seen_live_stays_in_the_list_and_missing_is_not_ended() -> None:
    (live,) = halted_orders((), [report(OURS, VenueStatus.PART_SUCC)], None, LATER, {OURS: 2})
    assert (live.live, live.rests_until, live.cancels_asked) == (True, LATER, 2)

    assert halted_orders((live,), [], None, LATER) == (live,)
    (ended,) = halted_orders((live,), [report(OURS, VenueStatus.CANCELED)], None, LATER)
    assert (ended.live, ended.rests_until, ended.status) == (False, None, "CANCELED")
    assert halted_orders((), [report(OURS, VenueStatus.CANCELED)], None, LATER) == ()


@pytest.mark.parametrize(
    ("state", "send_state", "expected"),
    [
        (OrderState.NEW, SendState.OPEN, (OURS,)),
        (OrderState.NEW, SendState.ACCEPTED, (OURS,)),
        (OrderState.NEW, SendState.MANUAL, (OURS,)),
        (OrderState.NEW, SendState.PLANNED, ()),
        (OrderState.ACK, SendState.ACCEPTED, ()),
    ],
)
def test_what_left_or_is_leaving_is_in_doubt_until_the_list_shows_it(
    state: OrderState, send_state: SendState, expected: tuple[str, ...]
) -> None:
    order = replace(new_order(send_state), client_order_id=OURS, state=state)

    assert in_doubt((order,), (report(None, VenueStatus.REPORTED),)) == expected
    assert in_doubt((order,), (report(OURS, VenueStatus.REPORTED),)) == ()
