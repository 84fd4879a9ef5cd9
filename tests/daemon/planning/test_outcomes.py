from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.broker import InstrumentStatus
from config.settings import Settings
from daemon.planning.outcomes import NextStep, line_outcome, next_step
from daemon.planning.sizing import plan_run
from statemachine.line_status import LineStatus
from statemachine.order import FinalReason, Order, SendState
from statemachine.plan import Plan, PlanLine
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    inputs,
    instrument,
    planned,
    position,
    symbol,
    target,
    with_checks,
)
from tests.daemon.planning.releases import (
    cancelled,
    filled,
    first_wave,
    live,
    never_sent,
    rejected,
    unknown,
)


def one_buy(settings: Settings | None = None) -> Plan:
    return planned(plan_run(inputs(target("600000.SH", "0.2"), settings=settings)))


PLAN = one_buy()
LINE: PlanLine = PLAN.lines[0]
ORDER: Order = first_wave(PLAN)[0]


def standing(reason: Reason | None) -> LineStatus:
    return LineStatus(PLAN.run_id, symbol("600000.SH"), reason, "")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (filled, None),
        (lambda order: cancelled(order, filled_quantity=5000), Reason.NOT_FILLED),
        (cancelled, Reason.NOT_FILLED),
        (rejected, Reason.REJECTED_BY_BROKER),
        (unknown, Reason.SEND_UNKNOWN),
        (never_sent, Reason.SEND_FAILED),
        (lambda order: never_sent(order, Reason.CUT_OFF), Reason.CUT_OFF),
        (lambda order: never_sent(order, Reason.HALTED), Reason.HALTED),
        (lambda order: replace(order, send_state=SendState.NOT_SENT), Reason.SEND_FAILED),
        (
            lambda order: replace(rejected(order), final_reason=FinalReason.NO_RECORD_AT_CLOSE),
            Reason.NO_RECORD,
        ),
        (
            lambda order: replace(rejected(order), final_reason=FinalReason.WRITTEN_OFF),
            Reason.WRITTEN_OFF,
        ),
        (live, Reason.EXPIRY_UNCONFIRMED),
        (lambda order: replace(order, send_state=SendState.MANUAL), Reason.SEND_UNKNOWN),
    ],
)
def test_the_end_of_its_order_says_why_a_line_is_not_filled(
    state: Callable[[Order], Order], reason: Reason | None
) -> None:
    assert line_outcome(LINE, [state(ORDER)], None) is reason


def test_a_line_held_back_at_the_end_says_by_what() -> None:
    part = cancelled(ORDER, filled_quantity=5000)

    assert line_outcome(LINE, [], standing(Reason.HELD_GAP)) is Reason.HELD_GAP
    assert line_outcome(LINE, [part], standing(Reason.LIMIT_LOCKED)) is Reason.LIMIT_LOCKED


def test_doubt_comes_before_everything_else() -> None:
    orders = [unknown(ORDER), rejected(replace(ORDER, slice=2))]

    assert line_outcome(LINE, orders, standing(Reason.HELD_GAP)) is Reason.SEND_UNKNOWN


def test_a_line_that_never_got_an_order_ran_into_the_cut_off() -> None:
    assert line_outcome(LINE, [], None) is Reason.CUT_OFF
    assert line_outcome(LINE, [], standing(None)) is Reason.CUT_OFF


def test_a_denied_line_keeps_its_reason_and_a_kept_one_has_none() -> None:
    denied = one_buy(with_checks(blacklist=("600000.SH",))).lines[0]
    kept = planned(
        plan_run(
            inputs(
                target("600000.SH", "0.05"), positions=[position("600000.SH", 5000)], cash="950000"
            )
        )
    ).lines[0]

    assert line_outcome(denied, [], None) is Reason.BLACKLISTED
    assert line_outcome(kept, [], None) is None


def test_a_deferred_line_that_was_never_looked_at_keeps_its_planned_reason() -> None:
    suspended = instrument("600000.SH", status=InstrumentStatus.SUSPENDED)
    plan = planned(plan_run(inputs(target("600000.SH", "0.2"), instruments=[suspended])))

    assert line_outcome(plan.lines[0], [], None) is Reason.SUSPENDED


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (None, NextStep.NOTHING),
        (Reason.NOT_FILLED, NextStep.RESIDUAL_PLAN),
        (Reason.WAITING_FOR_CASH, NextStep.RESIDUAL_PLAN),
        (Reason.BLACKLISTED, NextStep.NEXT_PORTFOLIO),
        (Reason.BELOW_LOT, NextStep.NEXT_PORTFOLIO),
        (Reason.REJECTED_BY_BROKER, NextStep.PERSON_DECIDES),
        (Reason.EXPIRY_UNCONFIRMED, NextStep.RECONCILE_AGAIN),
    ],
)
def test_every_outcome_has_a_next_step(reason: Reason | None, expected: NextStep) -> None:
    assert next_step(reason) is expected
