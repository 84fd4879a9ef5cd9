from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.broker import OrderRequest
from daemon.egress import Approved, EgressLog, breach
from market.side import Side
from storage.store import SentOrder
from tests.support.book import BANK, CUT_OFF, OPEN, SESSION, VANKE, make_order, make_plan

PLAN = replace(make_plan(), message_count=30)
APPROVED = Approved((PLAN,), legs_max=3)
ORDER = make_order()


def request(number: int = 1, quantity: int = 1000) -> OrderRequest:
    order = make_order(slice_number=number)
    return OrderRequest(order.client_order_id, BANK, Side.BUY, Decimal("10.05"), quantity, CUT_OFF)


def started(*left: SentOrder) -> EgressLog:
    log = EgressLog()
    log.begin(SESSION, left)
    return log


def test_what_was_approved_may_leave_once() -> None:
    log = started()
    assert breach([request()], APPROVED, log, OPEN) is None

    log.note([request()], OPEN)

    assert "left 1 times already" in str(breach([request()], APPROVED, log, OPEN))


def test_an_id_with_a_resend_right_may_leave_twice_and_never_three_times() -> None:
    log = started()
    right = replace(APPROVED, resends=frozenset({request().client_order_id}))
    log.note([request()], OPEN)
    assert breach([request()], right, log, OPEN) is None

    log.note([request()], OPEN)

    assert "left 2 times already" in str(breach([request()], right, log, OPEN))


def test_what_an_earlier_process_sent_counts() -> None:
    log = started(SentOrder(request().client_order_id, BANK, Side.BUY, 1000, 1))

    assert "left 1 times already" in str(breach([request()], APPROVED, log, OPEN))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda asked: replace(asked, quantity=1001), "1001 of 1000 approved shares"),
        (lambda asked: replace(asked, quantity=0), "0 of 1000 approved shares"),
        (lambda asked: replace(asked, side=Side.SELL), "1000 of 0 approved shares"),
        (lambda asked: replace(asked, symbol=VANKE), "1000 of 0 approved shares"),
        (lambda asked: replace(asked, client_order_id="by-hand-1"), "is no id of ours"),
    ],
)
def test_what_no_approved_line_covers_stays_here(
    change: Callable[[OrderRequest], OrderRequest], why: str
) -> None:
    assert why in str(breach([change(request())], APPROVED, started(), OPEN))


def test_without_an_approved_plan_nothing_leaves() -> None:
    assert breach([request()], replace(APPROVED, plans=()), started(), OPEN) is not None
    assert breach([], APPROVED, started(), OPEN) is not None


def test_an_order_twice_in_one_request_stays_here() -> None:
    assert "twice" in str(breach([request(), request()], APPROVED, started(), OPEN))


def test_the_shares_sent_of_a_line_are_bounded_by_its_legs() -> None:
    log = started()
    for number in range(1, 4):
        assert breach([request(number)], APPROVED, log, OPEN) is None
        log.note([request(number)], OPEN)

    assert "4000 shares sent, 3000 may be" in str(breach([request(4)], APPROVED, log, OPEN))


def test_no_more_than_ten_orders_leave_within_a_second() -> None:
    log = started()
    for number in range(1, 11):
        assert breach([request(number, 100)], APPROVED, log, OPEN) is None
        log.note([request(number, 100)], OPEN)

    eleventh = [request(11, 100)]
    within = OPEN + timedelta(milliseconds=999)
    assert "11 orders would leave within a second" in str(breach(eleventh, APPROVED, log, within))
    assert breach(eleventh, APPROVED, log, OPEN + timedelta(seconds=1)) is None


def test_no_burst_is_larger_than_the_plan() -> None:
    log, small = started(), replace(APPROVED, plans=(replace(PLAN, message_count=2),))
    log.note([request(1, 100), request(2, 100)], OPEN)

    soon = OPEN + timedelta(seconds=9)
    assert "the plans need 2" in str(breach([request(3, 100)], small, log, soon))
    assert breach([request(3, 100)], small, log, OPEN + timedelta(seconds=10)) is None


def test_what_left_before_the_burst_is_forgotten() -> None:
    log = started()
    log.note([request(1, 100)], OPEN)
    log.note([request(2, 100)], OPEN + timedelta(seconds=10))

    assert log.count_since(OPEN - timedelta(seconds=1)) == 1
