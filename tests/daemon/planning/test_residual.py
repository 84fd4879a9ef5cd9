from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from daemon.planning.inputs import PlanInputs
from daemon.planning.residual import residual_plan
from daemon.planning.sizing import plan_run
from market.phases import market_time
from market.side import Side
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.plan_hash import plan_hash
from statemachine.position import Position
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    SESSION,
    inputs,
    planned,
    position,
    symbol,
    target,
    with_checks,
)
from tests.daemon.planning.releases import cancelled, filled, first_wave, live, rejected, unknown

NEXT_SESSION = date(2025, 11, 11)
TARGETS = (target("600036.SH", "0.2"), target("600519.SH", "0.1", "食品饮料"))


def parent_plan() -> Plan:
    """Sell 30,000, buy 26,000 and 13,000, all at 10."""
    return planned(
        plan_run(inputs(*TARGETS, positions=[position("600000.SH", 30_000)], cash="1000000"))
    )


def evening(
    positions: Iterable[Position] = (), cash: str = "1000000", price: str = "10"
) -> PlanInputs:
    held = tuple(positions)
    codes = ["600000.SH", "600036.SH", "600519.SH"]
    given = inputs(
        *TARGETS,
        positions=held,
        prices=dict.fromkeys(codes, price),
        cash=cash,
        now=market_time(SESSION, "15:15:00"),
        session_date=NEXT_SESSION,
    )
    return replace(given, portfolio=replace(given.portfolio, target_exposure=Decimal("0.3")))


def carried(
    orders: Iterable[Order], given: PlanInputs, statuses: Iterable[LineStatus] = ()
) -> Plan:
    plan = residual_plan(
        parent_plan(), orders, {status.symbol: status for status in statuses}, given
    )
    assert isinstance(plan, Plan)
    return plan


def envelopes(plan: Plan) -> dict[str, tuple[Side, int]]:
    return {str(line.symbol): (line.side, line.quantity_max) for line in plan.lines}


SELL, BIG_BUY, SMALL_BUY = first_wave(parent_plan())


def test_only_what_was_left_undone_is_carried() -> None:
    orders = [
        cancelled(SELL, filled_quantity=20_000),
        filled(BIG_BUY),
        cancelled(SMALL_BUY, filled_quantity=3_000),
    ]
    held = [position("600000.SH", 10_000), position("600036.SH", 26_000)]

    plan = carried(orders, evening(held))

    assert envelopes(plan) == {
        "600000.SH": (Side.SELL, 10_000),
        "600519.SH": (Side.BUY, 10_000),
    }


def test_no_more_is_carried_than_is_ours_in_the_evening() -> None:
    given = evening([position("600000.SH", 10_000)])
    fewer = replace(given, owned={symbol("600000.SH"): 5_000})

    plan = carried([cancelled(SELL), filled(BIG_BUY), filled(SMALL_BUY)], fewer)

    assert envelopes(plan) == {"600000.SH": (Side.SELL, 5_000)}


def test_it_is_a_plan_of_its_own_for_the_next_session() -> None:
    parent = parent_plan()
    plan = carried([filled(SELL), filled(BIG_BUY), cancelled(SMALL_BUY)], evening())

    assert plan.run_id == f"{parent.run_id}-R"
    assert plan.parent_run_id == parent.run_id
    assert plan.session_date == NEXT_SESSION
    assert plan.plan_hash == plan_hash(plan) != parent.plan_hash
    assert Reason.STALE_SIGNAL not in plan.flags


def test_it_starts_from_the_evenings_prices() -> None:
    plan = carried([filled(SELL), filled(BIG_BUY), cancelled(SMALL_BUY)], evening(price="11"))

    line = plan.line_for(symbol("600519.SH"))
    assert (line.reference_price, line.limit_worst) == (Decimal(11), Decimal("11.38"))
    assert line.quantity_max == 13_000


def test_a_run_that_did_everything_leaves_nothing() -> None:
    orders = [filled(SELL), filled(BIG_BUY), filled(SMALL_BUY)]

    assert residual_plan(parent_plan(), orders, {}, evening()) is None


def test_a_residual_has_no_residual() -> None:
    second = replace(parent_plan(), parent_run_id="20251031-ab")

    assert residual_plan(second, [], {}, evening()) is None


def test_what_may_still_lie_at_the_venue_or_was_refused_is_not_carried() -> None:
    orders = [unknown(SELL), live(BIG_BUY), rejected(SMALL_BUY)]

    assert residual_plan(parent_plan(), orders, {}, evening()) is None


def test_a_line_that_was_held_all_day_is_carried_whole() -> None:
    held = LineStatus(parent_plan().run_id, symbol("600519.SH"), Reason.HELD_GAP, "")

    plan = carried([filled(SELL), filled(BIG_BUY)], evening(), [held])

    assert envelopes(plan) == {"600519.SH": (Side.BUY, 13_000)}


def test_the_checks_of_the_day_still_hold() -> None:
    orders = [filled(SELL), cancelled(BIG_BUY), cancelled(SMALL_BUY)]
    denied = replace(evening(), settings=with_checks(blacklist=("600519.SH",)))

    line = carried(orders, denied).line_for(symbol("600519.SH"))

    assert (line.reason, line.quantity_max) == (Reason.BLACKLISTED, 0)


def test_a_remainder_too_small_to_trade_leaves_nothing() -> None:
    orders = [filled(SELL), filled(BIG_BUY), cancelled(SMALL_BUY, filled_quantity=12_600)]

    assert residual_plan(parent_plan(), orders, {}, evening()) is None


def test_buys_shrink_to_the_cash_of_the_evening() -> None:
    orders = [filled(SELL), cancelled(BIG_BUY), cancelled(SMALL_BUY)]

    plan = carried(orders, evening(cash="195000"))

    assert plan.shrink_factor < 1
    assert Decimal(185_000) < sum(line.notional for line in plan.lines) <= Decimal(195_000)


def test_a_full_exit_of_what_is_no_longer_ours_is_not_carried() -> None:
    orders = [cancelled(SELL), filled(BIG_BUY), filled(SMALL_BUY)]

    assert residual_plan(parent_plan(), orders, {}, replace(evening(), owned={})) is None
