from daemon.planning.envelope import next_orders
from daemon.planning.sizing import plan_run
from market.side import Side
from statemachine.corporate_actions import following
from statemachine.plan import Plan
from tests.daemon.planning.builders import inputs, planned, position, symbol, target
from tests.daemon.planning.releases import made, release, rotation


def exit_of(quantity: int) -> Plan:
    return planned(plan_run(inputs(positions=[position("600000.SH", quantity)])))


def test_bonus_shares_leave_with_the_rest_of_a_full_exit() -> None:
    plan = following(exit_of(1_000), {symbol("600000.SH"): 250})

    decision = next_orders(release(plan, positions=[position("600000.SH", 1_250)]))

    assert made(decision) == [("600000.SH", Side.SELL, 1, 1, 1_250)]


def test_bonus_shares_that_cannot_be_sold_yet_stay() -> None:
    plan = following(exit_of(1_000), {symbol("600000.SH"): 250})

    decision = next_orders(release(plan, positions=[position("600000.SH", 1_250, sellable=1_000)]))

    assert made(decision) == [("600000.SH", Side.SELL, 1, 1, 1_000)]


def test_shares_that_a_merger_took_are_not_asked_for() -> None:
    plan = following(exit_of(1_000), {symbol("600000.SH"): -500})

    assert plan.lines[0].quantity_max == 500
    assert following(exit_of(1_000), {symbol("600000.SH"): -1_500}).lines[0].quantity_max == 0


def test_only_full_exits_follow_and_the_approved_hash_stays() -> None:
    held = position("600000.SH", 30_000)
    plan = planned(plan_run(inputs(target("600000.SH", "0.1"), positions=[held])))

    followed = following(plan, {symbol("600000.SH"): 3_000})

    assert followed == plan


def test_a_plan_that_nothing_happened_to_is_the_very_plan() -> None:
    plan = rotation()

    assert following(plan, {}) is plan
    assert following(plan, {symbol("000001.SZ"): 100}) is plan
    assert following(plan, {symbol("600000.SH"): 100}).plan_hash == plan.plan_hash
