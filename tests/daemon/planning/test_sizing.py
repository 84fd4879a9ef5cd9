from datetime import date
from decimal import Decimal

import pytest

from adapters.broker import Instrument, InstrumentStatus
from daemon.planning.sizing import plan_run
from market.board import Board
from market.phases import market_time
from market.side import Side
from statemachine.plan import Disposition, Plan, PlanLine
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    EVE,
    SESSION,
    inputs,
    instrument,
    planned,
    position,
    quote,
    symbol,
    target,
    with_capital,
    with_checks,
    without_quote,
)

IN_SESSION = market_time(SESSION, "10:00:00")


def line_of(plan: Plan, text: str) -> PlanLine:
    return plan.line_for(symbol(text))


def fate(line: PlanLine) -> tuple[Disposition, Reason | None, int]:
    return line.disposition, line.reason, line.quantity_max


def test_E64_five_percent_of_a_million_at_37_21_is_thirteen_lots() -> None:
    plan = planned(plan_run(inputs(target("600000.SH", "0.05"), prices={"600000.SH": "37.21"})))

    line = line_of(plan, "600000.SH")
    assert (line.side, line.quantity_max, line.target_quantity) == (Side.BUY, 1300, 1343)
    assert Decimal(50_000) - line.notional == Decimal("1627.00")


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("152.40", (Disposition.TRADE, None, 323)),
        ("300.00", (Disposition.DENIED, Reason.BELOW_LOT, 0)),
    ],
)
def test_E65_star_takes_any_share_above_two_hundred_and_nothing_below(
    price: str, expected: tuple[Disposition, Reason | None, int]
) -> None:
    wanted = inputs(target("688001.SH", "0.04925"), prices={"688001.SH": price})

    assert fate(line_of(planned(plan_run(wanted)), "688001.SH")) == expected


def test_E70_a_full_exit_sells_what_is_sellable_and_reports_what_is_locked() -> None:
    held = position("600000.SH", 250, sellable=150)
    plan = planned(plan_run(inputs(positions=[held], now=IN_SESSION)))

    line = line_of(plan, "600000.SH")
    assert fate(line) == (Disposition.TRADE, Reason.NOT_SELLABLE, 150)
    assert line.full_exit
    assert line.detail == "100 of 250 shares are locked until the next session"


def test_what_was_bought_before_the_session_is_sellable_in_it() -> None:
    held = position("600000.SH", 250, sellable=150)

    plan = planned(plan_run(inputs(positions=[held], now=EVE)))

    assert line_of(plan, "600000.SH").quantity_max == 250


def test_a_full_exit_takes_the_odd_lot_and_a_reduction_does_not() -> None:
    held = [position("600000.SH", 1050), position("600036.SH", 5050)]
    plan = planned(plan_run(inputs(target("600036.SH", "0.01"), positions=held, cash="9500")))

    assert line_of(plan, "600000.SH").quantity_max == 1050
    reduced = line_of(plan, "600036.SH")
    assert (reduced.side, reduced.quantity_max) == (Side.SELL, 4900)
    assert not reduced.full_exit


def test_a_tiny_holding_that_goes_is_sold_below_the_minimum_trade() -> None:
    plan = planned(plan_run(inputs(positions=[position("600000.SH", 37)])))

    assert fate(line_of(plan, "600000.SH")) == (Disposition.TRADE, None, 37)


def test_only_what_is_ours_counts_and_is_sold() -> None:
    held = [position("600000.SH", 3000), position("600036.SH", 5000)]
    plan = planned(
        plan_run(inputs(target("600000.SH", "0.02"), positions=held, owned={"600000.SH": 1000}))
    )

    assert [line.symbol for line in plan.lines] == [symbol("600000.SH")]
    assert plan.capital.owned_market_value == Decimal(10_000)
    assert plan.capital.strategy_capital == Decimal(1_010_000)
    assert line_of(plan, "600000.SH").quantity_max == 1000  # 20,200 wanted, 10,000 owned


def test_our_part_of_a_shared_holding_is_the_most_that_is_sold() -> None:
    held = [position("600000.SH", 3000)]
    plan = planned(plan_run(inputs(positions=held, owned={"600000.SH": 1000})))

    assert line_of(plan, "600000.SH").quantity_max == 1000


def test_a_name_of_which_nothing_is_sellable_waits_with_its_envelope() -> None:
    held = position("600000.SH", 1000, sellable=0)

    plan = planned(plan_run(inputs(positions=[held], now=IN_SESSION)))

    assert fate(line_of(plan, "600000.SH")) == (Disposition.DEFERRED, Reason.NOT_SELLABLE, 1000)
    assert line_of(plan, "600000.SH").limit_worst == Decimal("9.65")


def test_a_holding_on_target_is_kept() -> None:
    held = position("600000.SH", 5000)
    plan = planned(plan_run(inputs(target("600000.SH", "0.05"), positions=[held], cash="950000")))

    assert fate(line_of(plan, "600000.SH")) == (Disposition.KEEP, Reason.ON_TARGET, 0)


def test_a_difference_inside_the_band_is_left_alone() -> None:
    held = position("600000.SH", 5000)
    wanted = inputs(
        target("600000.SH", "0.057"),
        positions=[held],
        cash="950000",
        settings=with_capital(no_trade_band=Decimal("0.008")),
    )

    line = line_of(planned(plan_run(wanted)), "600000.SH")
    assert fate(line) == (Disposition.KEEP, Reason.ON_TARGET, 0)
    assert line.detail == "the difference lies inside the no-trade band"


def test_a_holding_that_goes_goes_from_inside_the_band_too() -> None:
    settings = with_capital(no_trade_band=Decimal("0.008"))

    plan = planned(plan_run(inputs(positions=[position("600000.SH", 100)], settings=settings)))

    assert fate(line_of(plan, "600000.SH")) == (Disposition.TRADE, None, 100)


def test_below_the_minimum_trade_a_new_name_is_denied_and_an_owned_one_kept() -> None:
    plan = planned(
        plan_run(
            inputs(
                target("600000.SH", "0.0049"),
                target("600036.SH", "0.0148"),
                positions=[position("600036.SH", 1000)],
                cash="990000",
            )
        )
    )

    assert fate(line_of(plan, "600000.SH")) == (Disposition.DENIED, Reason.BELOW_MINIMUM, 0)
    assert fate(line_of(plan, "600036.SH")) == (Disposition.KEEP, Reason.ON_TARGET, 0)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (instrument("600000.SH", status=InstrumentStatus.NOT_FOUND), Reason.NOT_LISTED),
        (instrument("600000.SH", name="退市某某"), Reason.DELISTING),
        (instrument("600000.SH", list_date=date(2025, 11, 4)), Reason.LISTING_DAYS),
        (instrument("600000.SH", list_date=date(2025, 11, 12)), Reason.NOT_LISTED),
    ],
)
def test_what_the_venue_says_of_a_name_denies_its_buy(facts: Instrument, reason: Reason) -> None:
    wanted = inputs(target("600000.SH", "0.05"), instruments=[facts])

    assert fate(line_of(planned(plan_run(wanted)), "600000.SH")) == (Disposition.DENIED, reason, 0)


def test_from_the_sixth_session_of_a_listing_on_a_name_is_bought() -> None:
    facts = instrument("600000.SH", list_date=date(2025, 11, 3))

    plan = planned(plan_run(inputs(target("600000.SH", "0.05"), instruments=[facts])))

    assert line_of(plan, "600000.SH").disposition is Disposition.TRADE


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"blacklist": ("688001.SH",)}, Reason.BLACKLISTED),
        ({"denied_boards": (Board.STAR,)}, Reason.NO_PERMISSION),
    ],
)
def test_our_own_lists_deny_a_buy_and_let_a_holding_go(
    changes: dict[str, tuple[object, ...]], reason: Reason
) -> None:
    settings = with_checks(**changes)
    bought = plan_run(inputs(target("688001.SH", "0.05"), settings=settings))
    sold = plan_run(inputs(positions=[position("688001.SH", 300)], settings=settings))

    assert fate(line_of(planned(bought), "688001.SH")) == (Disposition.DENIED, reason, 0)
    assert fate(line_of(planned(sold), "688001.SH")) == (Disposition.TRADE, None, 300)


def test_a_name_without_a_rule_is_denied() -> None:
    plan = planned(plan_run(inputs(target("900901.SH", "0.05"))))

    assert fate(line_of(plan, "900901.SH")) == (Disposition.DENIED, Reason.RULE_MISSING, 0)


def test_a_holding_without_a_rule_is_kept() -> None:
    plan = planned(plan_run(inputs(positions=[position("900901.SH", 300)])))

    line = line_of(plan, "900901.SH")
    assert fate(line) == (Disposition.DENIED, Reason.RULE_MISSING, 0)
    assert (line.side, line.limit_worst) == (Side.SELL, None)


def test_a_suspended_name_waits_with_its_envelope() -> None:
    suspended = instrument("600000.SH", status=InstrumentStatus.SUSPENDED)

    plan = planned(plan_run(inputs(target("600000.SH", "0.05"), instruments=[suspended])))

    line = line_of(plan, "600000.SH")
    assert fate(line) == (Disposition.DEFERRED, Reason.SUSPENDED, 5000)
    assert line.limit_worst == Decimal("10.35")


def test_a_name_without_any_price_waits() -> None:
    given = without_quote(inputs(target("600000.SH", "0.05")), "600000.SH")

    line = line_of(planned(plan_run(given)), "600000.SH")

    assert fate(line) == (Disposition.DEFERRED, Reason.NO_PRICE, 0)
    assert (line.reference_price, line.reference_kind, line.limit_worst) == (None, "NONE", None)


def locked_up(at_text: str) -> tuple[Disposition, Reason | None, int]:
    moment = market_time(SESSION, at_text)
    wanted = inputs(
        target("600000.SH", "0.05"),
        instruments=[instrument("600000.SH", "10", limit_up="11", limit_down="9")],
        quotes=[quote("600000.SH", "11", bid1="11", at=moment)],
        now=moment,
    )
    return fate(line_of(planned(plan_run(wanted)), "600000.SH"))


def test_a_limit_lock_counts_in_the_session_and_says_nothing_on_the_eve() -> None:
    yesterday = inputs(
        target("600000.SH", "0.05"),
        instruments=[instrument("600000.SH", "10", limit_up="11", limit_down="9")],
        quotes=[quote("600000.SH", "11", bid1="11")],
    )

    assert locked_up("10:00:00") == (Disposition.DEFERRED, Reason.LIMIT_LOCKED, 4500)
    line = line_of(planned(plan_run(yesterday)), "600000.SH")
    assert fate(line) == (Disposition.TRADE, None, 4500)
    assert line.limit_worst == Decimal("11.38")  # the limits of the next session are not known yet


def test_in_the_session_the_envelope_ends_at_the_daily_limit() -> None:
    wanted = inputs(
        target("600000.SH", "0.05"),
        instruments=[instrument("600000.SH", "10", limit_up="11", limit_down="9")],
        quotes=[quote("600000.SH", "10.90", "10.89", "10.90", at=IN_SESSION)],
        now=IN_SESSION,
    )

    line = line_of(planned(plan_run(wanted)), "600000.SH")

    assert (line.reference_kind, line.limit_worst) == ("LAST", Decimal(11))


def test_on_the_eve_the_last_trade_is_the_close_the_session_starts_from() -> None:
    wanted = inputs(
        target("600000.SH", "0.05"),
        quotes=[quote("600000.SH", "10.50")],
        instruments=[instrument("600000.SH", "10.00")],
    )
    line = line_of(planned(plan_run(wanted)), "600000.SH")
    assert (line.reference_price, line.reference_kind) == (Decimal("10.50"), "PREV_CLOSE")


def test_on_the_morning_the_published_close_wins_over_yesterdays_trade() -> None:
    wanted = inputs(
        target("600000.SH", "0.05"),
        quotes=[quote("600000.SH", "10.50")],
        instruments=[instrument("600000.SH", "9.67")],
        now=market_time(SESSION, "09:10:00"),
    )
    line = line_of(planned(plan_run(wanted)), "600000.SH")
    assert (line.reference_price, line.reference_kind) == (Decimal("9.67"), "PREV_CLOSE")
