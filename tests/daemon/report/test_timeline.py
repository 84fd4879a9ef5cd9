from dataclasses import replace
from datetime import timedelta

from daemon.report.timeline import Moment, timeline
from statemachine.fill import Fill
from tests.daemon.reconciliation import ended_run
from tests.daemon.report.given import DOUBTFUL, STORY
from tests.support.book import make_fill, make_order


def test_what_moved_is_told_in_the_order_of_the_day() -> None:
    orders = (*ended_run.orders(), DOUBTFUL)
    rows = timeline(STORY, orders, ended_run.fills(orders))

    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert [row.value for row in rows if row.kind is Moment.STATE] == [
        "RECEIVED",
        "COMPLETED_WITH_EXCEPTIONS",
    ]
    assert {row.kind for row in rows} == {
        Moment.STATE,
        Moment.APPROVAL,
        Moment.HALT,
        Moment.FIRST_ORDER,
        Moment.FIRST_FILL,
    }


def test_what_never_left_is_no_order_of_the_day() -> None:
    assert timeline((), [make_order()], ()) == ()


def test_the_last_is_told_where_it_is_another_than_the_first() -> None:
    order = ended_run.filled(make_order())
    fill = make_fill(order, 100)
    rows = timeline((), [order], [fill, ended_later(fill)])

    assert [row.kind for row in rows] == [Moment.FIRST_ORDER, Moment.FIRST_FILL, Moment.LAST_FILL]


def ended_later(fill: Fill) -> Fill:
    return replace(fill, fill_time=fill.fill_time + timedelta(minutes=5))
