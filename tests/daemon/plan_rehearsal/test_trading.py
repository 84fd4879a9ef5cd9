from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from adapters.venues.simulated.desk_settings import DeskSettings
from adapters.venues.simulated.factory import VenueSettings
from config.settings import Settings
from daemon.plan_rehearsal.counter import PaperCounter
from daemon.plan_rehearsal.trading import Trading, thinned
from daemon.plan_rehearsal.values import CashPoint
from statemachine.reasons import Reason
from tests.adapters.venues.simulated.markets import MONDAY, Day, on_monday, venue_at, write_market
from tests.daemon.plan_rehearsal.given import BANK, question_of
from tests.daemon.planning.builders import calendar, rule_book, symbol
from tests.daemon.planning.releases import buys

START = on_monday("09:31:00")


def points(*minutes: int) -> tuple[CashPoint, ...]:
    return tuple(CashPoint(START + timedelta(minutes=each), Decimal(each)) for each in minutes)


def test_the_cash_path_keeps_the_first_the_last_and_one_each_interval() -> None:
    assert thinned(points(0, 1, 4, 5, 6, 11, 12)) == points(0, 5, 11, 12)
    assert thinned(points(0)) == points(0)
    assert thinned(points(0, 5)) == points(0, 5)


async def traded(folder: Path, day: Day, *, participation: str = "0.1") -> Trading:
    """Play a buy of 20,000 shares at 10 CNY on a made-up Monday."""
    market = write_market(folder, [day])
    desk = DeskSettings(participation=Decimal(participation))
    venue = venue_at(market, on_monday("09:00:00"), settings=VenueSettings(desk=desk))
    question = question_of(buys("0.2"), market, settings=Settings())
    trading = Trading(question, PaperCounter(venue), rule_book(), calendar())
    await trading.play()
    return trading


async def test_work_ends_when_nothing_is_left_to_do(tmp_path: Path) -> None:
    liquid = Day(BANK, MONDAY, 10.00, 10.02, 9.98, 10.00, 10.00, 160_000_000)
    trading = await traded(tmp_path, liquid)

    assert trading.points[-1].at < on_monday("10:00:00")
    assert sum(order.filled_quantity for order in trading.orders_of(symbol(BANK))) == 20_000


async def test_what_is_not_filled_is_cancelled_and_quoted_again_and_then_left(
    tmp_path: Path,
) -> None:
    thin = Day(BANK, MONDAY, 10.00, 10.02, 9.98, 10.00, 10.00, 16_000)
    trading = await traded(tmp_path, thin)
    orders = trading.orders_of(symbol(BANK))

    assert 0 < sum(order.filled_quantity for order in orders) < 20_000
    assert all(order.is_terminal for order in orders)
    assert trading.points[-1].at >= on_monday("14:50:00")
    line = buys("0.2").line_for(symbol(BANK))
    assert trading.outcome_of(line) is Reason.NOT_FILLED


async def test_a_gap_holds_the_line_for_a_person_and_the_plan_is_held(tmp_path: Path) -> None:
    far = Day(BANK, MONDAY, 10.60, 10.70, 10.50, 10.60, 10.00, 160_000_000)
    trading = await traded(tmp_path, far)
    line = buys("0.2").line_for(symbol(BANK))

    assert trading.orders_of(symbol(BANK)) == ()
    assert trading.hold is Reason.HELD_SHARE
    assert trading.outcome_of(line) is Reason.HELD_GAP
