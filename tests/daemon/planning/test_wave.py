"""What a wave of buys costs, with the fees of each of its orders, is never more than the cash."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from daemon.planning.envelope import next_orders
from daemon.planning.sizing import plan_run
from daemon.planning.unseen import buy_cost
from market.side import Side
from statemachine.plan import Plan
from tests.daemon.planning.builders import SESSION, inputs, planned, rule_book, target
from tests.daemon.planning.releases import made, release

STAR = "688001.SH"
PRICE = "1"


def star_plan() -> Plan:
    """Buy 300,000 shares at 1 CNY of a board whose orders hold 100,000 at most."""
    return planned(plan_run(inputs(target(STAR, "0.3"), prices={STAR: PRICE})))


PLAN = star_plan()


# Just above one full order, where the second one is small and pays the least fee there is.
@given(st.integers(0, 3000))
def test_the_orders_of_a_split_line_are_paid_for_one_by_one(cents: int) -> None:
    cash = Decimal(101_500) + Decimal(cents) / 100
    decision = next_orders(release(PLAN, cash=cash))
    rules = rule_book().on(PLAN.lines[0].symbol, SESSION)
    fees = release(PLAN).settings.fees.schedule()

    cost = sum(
        (buy_cost(order.quantity, order.limit_price, rules, fees) for order in decision.orders),
        Decimal(0),
    )

    assert cost <= cash
    assert {side for _, side, *_ in made(decision)} <= {Side.BUY}
