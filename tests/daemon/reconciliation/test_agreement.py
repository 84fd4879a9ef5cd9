from dataclasses import replace

import pytest

from daemon.reconciliation.agreement import agreed
from statemachine.breaks import Break, BreakKind
from tests.support.book import BANK, VANKE

SHRUNK = Break(None, BreakKind.POSITION, BANK, "1000", "900", "")
ORDER = Break("run", BreakKind.ORDER_STATE, BANK, "ACK", "FILLED", "", subject="S1")


def test_what_both_looks_show_is_believed_with_the_newer_figures() -> None:
    later = replace(SHRUNK, ours="1100", theirs="1000")

    assert agreed([SHRUNK, ORDER], [later, replace(ORDER, ours="NEW")]) == (
        later,
        replace(ORDER, ours="NEW"),
    )


@pytest.mark.parametrize(
    "second",
    [
        [],
        [replace(SHRUNK, theirs="800")],
        [replace(SHRUNK, symbol=VANKE)],
        [replace(SHRUNK, kind=BreakKind.SELLABLE)],
    ],
)
def test_a_holding_that_shrank_to_another_figure_is_not_believed(second: list[Break]) -> None:
    assert agreed([SHRUNK], second) == ()


def test_two_orders_of_one_name_do_not_speak_for_each_other() -> None:
    assert agreed([ORDER], [replace(ORDER, subject="S2")]) == ()


def test_what_stands_already_stays_while_a_look_shows_it_whatever_the_figures() -> None:
    moved = replace(SHRUNK, theirs="800")

    assert agreed([SHRUNK], [moved], [SHRUNK]) == (moved,)
    assert agreed([], [moved], [SHRUNK]) == (moved,), "the first look could not judge it"
    assert agreed([SHRUNK], [], [SHRUNK]) == ()
    assert agreed([], [replace(moved, symbol=VANKE)], [SHRUNK]) == ()
