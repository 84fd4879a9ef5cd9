"""What any store promises about full exits across an ex-rights day (trading-day.md rule 15)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from market.side import Side
from statemachine.plan import Plan, PlanLine
from statemachine.position import Movement
from storage.store import Contradiction, Store
from tests.support.book import (
    BANK,
    OPEN,
    RUN_ID,
    SESSION,
    VANKE,
    approved_run,
    line,
    make_order,
    make_plan,
)

SOLD = line(VANKE, Side.SELL, 1_000, "9.65")
EXIT = replace(SOLD, full_exit=True, owned_quantity=1_000)
LATER = OPEN + timedelta(minutes=1)


def bonus(quantity: int, number: int = 1) -> Movement:
    return Movement(f"m{number}", "BONUS_SHARES", VANKE, quantity, Decimal(0), SESSION, "10送3")


async def owning_run(store: Store, *lines: PlanLine) -> Plan:
    """A plan approved while 1,000 shares are ours."""
    await store.decide_ownership(VANKE, "ours", 1_000, actor="wang", now=OPEN - timedelta(days=3))
    plan = make_plan(lines=lines or (EXIT,))
    return await approved_run(store, plan)


async def exit_quantity(store: Store) -> int:
    """Return how many shares of the exit may be sent now."""
    plan = await store.followed_plan(RUN_ID)
    assert plan is not None
    return plan.line_for(VANKE).quantity_max


async def test_a_full_exit_takes_the_bonus_shares_with_it(store: Store) -> None:
    await owning_run(store)
    await store.apply_news([], [], [bonus(300)], {}, now=LATER)
    order = make_order(VANKE, Side.SELL, 1_300, "9.90")

    await store.create_orders([order])

    assert await exit_quantity(store) == 1_300
    assert await store.orders_of(RUN_ID) == (order,)
    assert await store.verify() == ()


async def test_not_a_share_more_than_was_added_goes(store: Store) -> None:
    await owning_run(store)
    await store.apply_news([], [], [bonus(300)], {}, now=LATER)

    with pytest.raises(Contradiction, match="1301 of 1300"):
        await store.create_orders([make_order(VANKE, Side.SELL, 1_301, "9.90")])


async def test_a_sell_of_a_part_stays_as_it_was_approved(store: Store) -> None:
    await owning_run(store, SOLD)
    await store.apply_news([], [], [bonus(300)], {}, now=LATER)

    assert await exit_quantity(store) == 1_000
    with pytest.raises(Contradiction, match="1300 of 1000"):
        await store.create_orders([make_order(VANKE, Side.SELL, 1_300, "9.90")])


async def test_what_came_before_the_plan_is_in_it_already(store: Store) -> None:
    await store.decide_ownership(VANKE, "ours", 700, actor="wang", now=OPEN - timedelta(days=4))
    await store.apply_news([], [], [bonus(300)], {}, now=OPEN - timedelta(days=4))
    await approved_run(store, make_plan(lines=[EXIT]))

    assert await exit_quantity(store) == 1_000


async def test_what_comes_after_the_session_changes_no_plan_of_it(store: Store) -> None:
    await owning_run(store)
    await store.apply_news([], [], [bonus(300)], {}, now=OPEN + timedelta(days=1))

    assert await exit_quantity(store) == 1_000


async def test_shares_that_were_taken_shrink_the_exit(store: Store) -> None:
    await owning_run(store, EXIT, line(BANK, Side.BUY, 1_000, "10.35"))
    await store.apply_news([], [], [bonus(-500)], {}, now=LATER)

    assert await exit_quantity(store) == 500
    with pytest.raises(Contradiction, match="600 of 500"):
        await store.create_orders([make_order(VANKE, Side.SELL, 600, "9.90")])
