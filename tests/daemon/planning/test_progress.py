from config.settings import Settings
from daemon.planning.envelope import next_orders
from daemon.planning.progress import progress_of
from statemachine.order import Order
from statemachine.plan import Plan
from tests.daemon.planning.releases import (
    buys,
    cancelled,
    filled,
    first_wave,
    live,
    rejected,
    release,
    rotation,
)


def codes(plan: Plan, orders: tuple[Order, ...]) -> list[str]:
    return [str(name) for name in progress_of(plan, orders, Settings()).symbols]


def test_only_names_that_may_still_get_an_order_are_asked_about() -> None:
    plan = buys("0.2", "0.1")
    big, small = first_wave(plan)

    assert codes(plan, ()) == ["600000.SH", "600001.SH"]
    assert codes(plan, (live(big), filled(small))) == []
    assert codes(plan, (cancelled(big), filled(small))) == ["600000.SH"]


def test_a_refused_name_wants_nothing_more() -> None:
    plan = buys("0.2", "0.1")
    big, small = first_wave(plan)

    assert progress_of(plan, (cancelled(big), filled(small)), Settings()).wants_more
    assert not progress_of(plan, (rejected(big), filled(small)), Settings()).wants_more


def test_cash_is_awaited_while_a_sell_is_on_its_way() -> None:
    plan = rotation()
    sell = first_wave(plan)[0]

    assert progress_of(plan, (live(sell),), Settings()).is_selling
    assert not progress_of(plan, (filled(sell),), Settings()).is_selling


def test_it_is_of_its_own_plan_and_orders_only() -> None:
    plan = buys("0.2")
    orders = first_wave(plan)
    progress = progress_of(plan, orders, Settings())

    assert progress.is_of(plan, orders)
    assert not progress.is_of(plan, (*orders,)[:0])
    assert not progress.is_of(buys("0.2"), orders)


def test_a_decision_is_the_same_whoever_worked_the_progress_out() -> None:
    plan = rotation()
    orders = tuple(filled(order) for order in first_wave(plan)[:1])
    given = release(plan, orders=orders)

    assert next_orders(given) == next_orders(given, progress_of(plan, orders, given.settings))
