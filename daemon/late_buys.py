"""Tells a person in time that much of a plan is not bought (trading-day.md rule 29)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from daemon.desk import Desk
from daemon.manual_list import Severity, raise_alarm
from daemon.planning.unsent import equity_of, unsent_buys
from market.money import decimal_text, round_cent
from market.phases import SHANGHAI
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.reasons import Reason

# One look a session is enough: who has seen it is not asked again.
REST_OF_THE_DAY = timedelta(hours=12)


async def tell_of_unsent_buys(desk: Desk, plan: Plan, orders: Iterable[Order]) -> None:
    """From `day.unsent_buys_look` on, list buys beyond their share of the equity as a P1, once.

    Not after `day.last_new_order`: nobody can send them then, and the close ends what was sent.
    """
    settings, day = desk.settings, desk.settings.day
    begins, ends = (
        datetime.combine(plan.session_date, clock, SHANGHAI)
        for clock in (day.unsent_buys_look, day.last_new_order)
    )
    if not begins <= desk.clock.now() < ends:
        return
    unsent, equity = unsent_buys(plan, orders), equity_of(plan)
    if unsent <= settings.flow.unsent_buys_share_max * equity:
        return
    figures = decimal_text(round_cent(unsent)), decimal_text(round_cent(equity))
    detail = "buys worth {} CNY of an equity of {} are not sent".format(*figures)
    await raise_alarm(
        desk,
        Severity.P1,
        Reason.UNSENT_BUYS,
        detail,
        run_id=plan.run_id,
        quiet=REST_OF_THE_DAY,
    )
