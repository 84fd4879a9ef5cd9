"""The life of a run: the table at the end of trading-day.md, one look-up."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from transitions import Machine

from statemachine.run import RunState

MOVES = (
    (RunState.RECEIVED, RunState.REFUSED),
    (RunState.RECEIVED, RunState.DUPLICATE),
    (RunState.RECEIVED, RunState.QUARANTINED),
    (RunState.RECEIVED, RunState.NEEDS_BASELINE),
    (RunState.RECEIVED, RunState.PLANNED),
    (RunState.NEEDS_BASELINE, RunState.PLANNED),
    (RunState.NEEDS_BASELINE, RunState.DECLINED),
    (RunState.NEEDS_BASELINE, RunState.SUPERSEDED),
    (RunState.NEEDS_BASELINE, RunState.EXPIRED),
    (RunState.PLANNED, RunState.DRY_RUN_DONE),
    (RunState.PLANNED, RunState.AWAITING_APPROVAL),
    (RunState.AWAITING_APPROVAL, RunState.APPROVED),
    (RunState.AWAITING_APPROVAL, RunState.DECLINED),
    (RunState.AWAITING_APPROVAL, RunState.EXPIRED),
    (RunState.AWAITING_APPROVAL, RunState.SUPERSEDED),
    (RunState.AWAITING_APPROVAL, RunState.HOLD_INPUT_CHANGED),
    (RunState.APPROVED, RunState.AWAITING_APPROVAL),
    (RunState.APPROVED, RunState.HOLD_INPUT_CHANGED),
    (RunState.APPROVED, RunState.SUPERSEDED),
    (RunState.APPROVED, RunState.EXPIRED),
    (RunState.APPROVED, RunState.DECLINED),
    (RunState.APPROVED, RunState.SUBMITTING),
    (RunState.APPROVED, RunState.RECONCILING),
    (RunState.HOLD_INPUT_CHANGED, RunState.AWAITING_APPROVAL),
    (RunState.HOLD_INPUT_CHANGED, RunState.SUPERSEDED),
    (RunState.HOLD_INPUT_CHANGED, RunState.DECLINED),
    (RunState.HOLD_INPUT_CHANGED, RunState.EXPIRED),
    (RunState.SUBMITTING, RunState.WORKING),
    (RunState.SUBMITTING, RunState.FAILED_BATCH),
    (RunState.WORKING, RunState.RECONCILING),
    (RunState.RECONCILING, RunState.COMPLETED),
    (RunState.RECONCILING, RunState.COMPLETED_WITH_EXCEPTIONS),
    (RunState.QUARANTINED, RunState.RECEIVED),
    (RunState.QUARANTINED, RunState.DECLINED),
)


class IllegalRunMove(Exception):
    """The table has no such move."""

    def __init__(self, state: RunState, target: RunState) -> None:
        super().__init__(f"a run cannot go from {state} to {target}")
        self.state = state
        self.target = target


@cache
def run_machine() -> Machine:
    """Build the transition table; a trigger is named for the state it asks for."""
    machine = Machine(
        model=None,
        states=[state.value for state in RunState],
        initial=RunState.RECEIVED.value,
        auto_transitions=False,
    )
    for source, target in MOVES:
        machine.add_transition(target.value, source.value, target.value)
    return machine


@cache
def destinations() -> Mapping[RunState, frozenset[RunState]]:
    """Return the states each state may go to as compiled from the machine, once."""
    machine = run_machine()
    table = {
        state: frozenset(
            RunState(transition.dest)
            for transition in machine.get_transitions(source=state.value)
            if transition.dest is not None
        )
        for state in RunState
    }
    return MappingProxyType(table)


def next_state(state: RunState, target: RunState) -> RunState:
    """Return the target if the run may go there from its state; raises IllegalRunMove."""
    if target not in destinations()[state]:
        raise IllegalRunMove(state, target)
    return target


def is_over(state: RunState) -> bool:
    """Whether nothing can happen to the run any more."""
    return not destinations()[state]
