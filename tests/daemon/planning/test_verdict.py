from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.planning.verdict import (
    BatchVerdict,
    batch_verdict,
    is_refused_whole,
    newest_wave,
)
from statemachine.order import Order, OrderState, SendState
from statemachine.reasons import Reason
from statemachine.systemic_refusals import SYSTEMIC_REFUSALS
from tests.support.book import BANK, OPEN, VANKE, make_order

ORDER = make_order()
REFUSED = replace(ORDER, state=OrderState.REJECTED, send_state=SendState.REFUSED)
SYSTEMIC = [
    *(replace(REFUSED, reject_code=code) for code in sorted(SYSTEMIC_REFUSALS)),
    replace(ORDER, send_state=SendState.NEVER_SENT, reject_code=Reason.SEND_FAILED.value),
]
# The symbol's own refusal, our own guard, a live order, one that nobody can vouch for, a done one.
SOUND = [
    replace(REFUSED, reject_code="PRICE_CAGE"),
    replace(REFUSED, reject_code=None),
    replace(ORDER, send_state=SendState.NEVER_SENT, reject_code=Reason.GUARD_REFUSED.value),
    replace(ORDER, state=OrderState.ACK, send_state=SendState.ACCEPTED),
    replace(ORDER, send_state=SendState.ACCEPTED),
    replace(ORDER, send_state=SendState.UNKNOWN),
    replace(ORDER, send_state=SendState.ABSENT_WAIT),
    replace(ORDER, send_state=SendState.MANUAL),
    replace(ORDER, state=OrderState.FILLED, send_state=SendState.ACCEPTED),
    replace(ORDER, state=OrderState.CANCELLED, send_state=SendState.ACCEPTED),
]
UNDECIDED = [
    replace(ORDER, send_state=state)
    for state in (SendState.PLANNED, SendState.OPEN, SendState.NOT_SENT)
]
MIXED = st.lists(st.sampled_from([*SYSTEMIC, *SOUND, *UNDECIDED]), min_size=1, max_size=8)


def test_no_orders_are_no_verdict() -> None:
    assert batch_verdict(()) is BatchVerdict.OPEN


@pytest.mark.parametrize("order", SYSTEMIC)
def test_a_batch_of_systemic_refusals_failed(order: Order) -> None:
    assert batch_verdict([order, order]) is BatchVerdict.FAILED


@pytest.mark.parametrize("order", SOUND)
def test_one_order_that_is_not_provably_systemic_saves_the_batch(order: Order) -> None:
    assert batch_verdict([*SYSTEMIC, order]) is BatchVerdict.SOUND


@pytest.mark.parametrize("order", UNDECIDED)
def test_there_is_no_verdict_while_an_order_is_still_to_be_sent(order: Order) -> None:
    assert batch_verdict([*SYSTEMIC, *SOUND, order]) is BatchVerdict.OPEN


@given(MIXED)
def test_a_batch_fails_only_when_nothing_of_it_can_be_at_the_venue(orders: list[Order]) -> None:
    failed = all(order in SYSTEMIC for order in orders)

    assert (batch_verdict(orders) is BatchVerdict.FAILED) == failed


@given(MIXED)
def test_the_order_of_a_batch_does_not_matter(orders: list[Order]) -> None:
    assert batch_verdict(orders) is batch_verdict(reversed(orders))


def test_the_verdict_is_about_every_name_of_the_batch() -> None:
    refused = replace(make_order(VANKE), state=OrderState.REJECTED, reject_code="TRADING_DISABLED")
    live = replace(make_order(BANK), state=OrderState.ACK, send_state=SendState.ACCEPTED)

    assert batch_verdict([replace(refused, send_state=SendState.REFUSED), live]) is (
        BatchVerdict.SOUND
    )


def test_a_wave_is_what_was_made_at_one_moment() -> None:
    later = replace(ORDER, created_at=OPEN + timedelta(seconds=15))

    assert newest_wave([later, ORDER, later]) == (later, later)
    assert newest_wave([]) == ()


@pytest.mark.parametrize(
    ("wave", "whole"),
    [
        (SYSTEMIC[:1], True),
        ([replace(REFUSED, reject_code="PRICE_CAGE")] * 2, True),
        ([replace(REFUSED, reject_code="PRICE_CAGE")], False),
        ([*SYSTEMIC, replace(ORDER, send_state=SendState.UNKNOWN)], False),
        ([*SYSTEMIC, *UNDECIDED], False),
        ([], False),
    ],
)
def test_a_wave_is_refused_whole_when_nothing_of_it_is_live_and_it_is_about_no_single_name(
    wave: list[Order], *, whole: bool
) -> None:
    assert is_refused_whole(wave) is whole
