from itertools import product

import pytest
from transitions import MachineError

from statemachine.run import RunState
from statemachine.run_machine import IllegalRunMove, destinations, is_over, next_state, run_machine

# The last section of trading-day.md, word for word.
TABLE = """
RECEIVED -> REFUSED | DUPLICATE | QUARANTINED | NEEDS_BASELINE | PLANNED
NEEDS_BASELINE -> PLANNED | DECLINED | SUPERSEDED | EXPIRED
PLANNED -> DRY_RUN_DONE | AWAITING_APPROVAL
AWAITING_APPROVAL -> APPROVED | DECLINED | EXPIRED | SUPERSEDED | HOLD_INPUT_CHANGED
APPROVED -> AWAITING_APPROVAL | HOLD_INPUT_CHANGED | SUPERSEDED | EXPIRED | DECLINED
APPROVED -> SUBMITTING | RECONCILING
HOLD_INPUT_CHANGED -> AWAITING_APPROVAL | SUPERSEDED | DECLINED | EXPIRED
SUBMITTING -> WORKING | FAILED_BATCH
WORKING -> RECONCILING
RECONCILING -> COMPLETED | COMPLETED_WITH_EXCEPTIONS
QUARANTINED -> RECEIVED | DECLINED
"""
LEGAL = {
    (RunState(source), RunState(target.strip()))
    for source, targets in (line.split(" -> ") for line in TABLE.strip().splitlines())
    for target in targets.split("|")
}


class Model:
    """Anything with a state; the library moves it."""

    def __init__(self, state: RunState) -> None:
        self.state = state.value


def by_library(state: RunState, target: RunState) -> bool:
    event = run_machine().events.get(target.value)
    if event is None:
        return False
    try:
        return event.trigger(Model(state))
    except MachineError:
        return False


@pytest.mark.parametrize(("state", "target"), list(product(RunState, RunState)))
def test_a_run_goes_where_the_table_says_and_nowhere_else(
    state: RunState,
    target: RunState,
) -> None:
    if (state, target) in LEGAL:
        assert next_state(state, target) is target
    else:
        with pytest.raises(IllegalRunMove, match=f"from {state} to {target}"):
            next_state(state, target)


@pytest.mark.parametrize(("state", "target"), list(product(RunState, RunState)))
def test_the_compiled_table_equals_the_library_for_every_pair(
    state: RunState,
    target: RunState,
) -> None:
    assert (target in destinations()[state]) is by_library(state, target)


def test_a_run_is_over_where_the_table_has_no_way_on() -> None:
    assert {state for state in RunState if is_over(state)} == set(RunState) - {
        source for source, _ in LEGAL
    }


def test_every_state_can_be_reached_from_received() -> None:
    reached = {RunState.RECEIVED}
    while more := {target for source, target in LEGAL if source in reached} - reached:
        reached |= more

    assert reached == set(RunState)
