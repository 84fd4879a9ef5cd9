"""Every bound on a name, with the reason that goes with it."""

from datetime import date
from decimal import Decimal

import pytest

from adapters.broker import Instrument, InstrumentStatus
from config.settings import Settings
from daemon.planning.bounds import buy_denial
from daemon.planning.envelope import next_orders
from daemon.planning.outcomes import NextStep, line_outcome, next_step
from daemon.planning.residual import residual_plan
from daemon.planning.sizing import plan_run
from market.phases import market_time
from market.records import SecurityStatus
from market.segments import Board
from market.side import Side
from statemachine.plan import Disposition, Plan, PlanLine
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    SESSION,
    calendar,
    inputs,
    instrument,
    planned,
    position,
    quote,
    symbol,
    target,
    with_capital,
    with_checks,
)
from tests.daemon.planning.releases import (
    NOW,
    buys,
    filled,
    first_wave,
    made,
    planned_orders,
    reasons,
    release,
)

RICH = Decimal(10**9)
MORNING = market_time(SESSION, "09:10:00")
NEXT_SESSION = date(2025, 11, 11)
ST_CLOSED = with_checks(denied_statuses=(SecurityStatus.ST,))


def only_line(plan: Plan) -> PlanLine:
    (line,) = plan.lines
    return line


def denial(facts: Instrument, settings: Settings | None = None) -> Reason | None:
    return buy_denial(facts, SESSION, (settings or Settings()).checks, calendar())


@pytest.mark.parametrize(
    ("facts", "settings", "expected"),
    [
        (instrument("600000.SH"), Settings(), None),
        (
            instrument("600000.SH"),
            with_checks(blacklist=("600000.SH",)),
            Reason.BLACKLISTED,
        ),
        (
            instrument("688001.SH"),
            with_checks(denied_boards=(Board.STAR,)),
            Reason.NO_PERMISSION,
        ),
        (instrument("600000.SH", is_st=True), ST_CLOSED, Reason.NO_PERMISSION),
        (instrument("600000.SH", is_st=True), Settings(), None),
        (instrument("600000.SH", name="退市某某"), Settings(), Reason.DELISTING),
        (instrument("600000.SH", list_date=date(2025, 11, 4)), Settings(), Reason.LISTING_DAYS),
        (instrument("600000.SH", list_date=date(2025, 11, 3)), Settings(), None),
        (instrument("600000.SH", list_date=NEXT_SESSION), Settings(), Reason.NOT_LISTED),
    ],
)
def test_each_bound_has_its_own_reason(
    facts: Instrument, settings: Settings, expected: Reason | None
) -> None:
    assert denial(facts, settings) is expected


def test_boards_and_states_are_checked_when_the_settings_are_read() -> None:
    read = Settings.model_validate(
        {"checks": {"denied_boards": ["BSE"], "denied_statuses": ["ST"]}}
    )

    assert read.checks.denied_boards == (Board.BSE,)
    assert read.checks.denied_statuses == (SecurityStatus.ST,)
    with pytest.raises(ValueError, match="denied_boards"):
        Settings.model_validate({"checks": {"denied_boards": ["STARS"]}})


def test_a_name_that_became_st_after_the_approval_is_not_bought_without_permission() -> None:
    plan = buys("0.2")
    warned = instrument("600000.SH", is_st=True)

    decision = next_orders(release(plan, instruments=[warned], settings=ST_CLOSED))

    assert decision.orders == ()
    assert reasons(decision) == {"600000.SH": Reason.NO_PERMISSION}


def test_a_holding_of_a_denied_name_still_leaves() -> None:
    plan = planned(plan_run(inputs(positions=[position("600000.SH", 500)])))
    warned = instrument("600000.SH", is_st=True)

    decision = next_orders(release(plan, instruments=[warned], settings=ST_CLOSED))

    assert made(decision) == [("600000.SH", Side.SELL, 1, 1, 500)]


@pytest.mark.parametrize(
    ("code", "day", "cap"),
    [("600000.SH", SESSION, 500_000), ("920002.BJ", date(2026, 9, 1), 200_000)],
)
def test_a_risk_warning_name_is_bought_up_to_its_daily_cap(code: str, day: date, cap: int) -> None:
    facts = instrument(code, "1", is_st=True)
    wanted = inputs(target(code, "0.9"), prices={code: "1"}, instruments=[facts], session_date=day)

    line = only_line(planned(plan_run(wanted)))

    assert (line.disposition, line.quantity_max) == (Disposition.TRADE, cap)
    assert line.reason is Reason.DAILY_BUY_CAP
    assert line.detail == f"of 900000 shares {cap} may be bought a day"


def test_a_name_that_became_st_after_the_approval_is_bought_up_to_the_cap_only() -> None:
    plan = planned(plan_run(inputs(target("600000.SH", "0.9"), prices={"600000.SH": "1"})))
    warned = instrument("600000.SH", "1", is_st=True)
    bought = first_wave(plan)
    whole = next_orders(release(plan, cash=RICH, instruments=[warned]))
    part = tuple(filled(order) for order in planned_orders(plan, whole))

    assert sum(order.quantity for order in bought) == 900_000
    assert [order.quantity for order in whole.orders] == [500_000]
    after = next_orders(release(plan, cash=RICH, instruments=[warned], orders=part))
    assert after.orders == ()
    assert reasons(after) == {"600000.SH": Reason.DAILY_BUY_CAP}


@pytest.mark.parametrize(
    ("code", "quantity", "expected"),
    [
        ("688001.SH", 250_000, [100_000, 100_000, 50_000]),
        ("688001.SH", 100_100, [99_900, 200]),
        ("300001.SZ", 450_000, [300_000, 150_000]),
    ],
)
def test_E15_an_envelope_leaves_in_legal_slices(
    code: str, quantity: int, expected: list[int]
) -> None:
    weight = str(quantity / 1_000_000)
    plan = planned(plan_run(inputs(target(code, weight), prices={code: "1"})))

    decision = next_orders(release(plan, cash=RICH))

    assert plan.message_count == len(expected)
    assert [order.quantity for order in decision.orders] == expected


def test_one_name_never_gets_more_than_twenty_slices_a_day() -> None:
    code = "688001.SH"
    wanted = inputs(target(code, "0.9"), prices={code: "1"}, cash="3000000")
    plan = planned(plan_run(wanted))

    decision = next_orders(release(plan, cash=RICH))

    assert plan.message_count == 27
    assert len(decision.orders) == 20
    assert next_orders(release(plan, orders=planned_orders(plan, decision))).orders == ()


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("0.0121", (Disposition.TRADE, 7_000)),
        ("0.0119", (Disposition.KEEP, 0)),
        ("0.0081", (Disposition.KEEP, 0)),
        ("0.0079", (Disposition.TRADE, 6_900)),
    ],
)
def test_a_fifth_of_a_percent_of_a_holding_is_left_alone(
    weight: str, expected: tuple[Disposition, int]
) -> None:
    """Of 10,000,000 at 3, a holding worth 1 %."""
    held = position("600000.SH", 33_300)
    wanted = inputs(
        target("600000.SH", weight),
        prices={"600000.SH": "3"},
        positions=[held],
        cash="9900100",
    )

    line = only_line(planned(plan_run(wanted)))

    assert (line.disposition, line.quantity_max) == expected


def test_the_band_does_not_keep_a_new_name_out() -> None:
    settings = with_capital(no_trade_band=Decimal("0.01"))
    wanted = inputs(target("600000.SH", "0.009"), settings=settings)

    line = only_line(planned(plan_run(wanted)))

    assert line.disposition is Disposition.TRADE


def test_what_a_full_exit_could_not_sell_is_reported_and_carried_to_the_next_session() -> None:
    held = position("600000.SH", 250, sellable=150)
    plan = planned(plan_run(inputs(positions=[held], now=MORNING)))
    decision = next_orders(release(plan, positions=[held]))
    orders = [filled(order) for order in planned_orders(plan, decision)]
    rest = position("600000.SH", 100, sellable=0)
    evening = inputs(
        positions=[rest], now=market_time(SESSION, "15:15:00"), session_date=NEXT_SESSION
    )

    outcome = line_outcome(only_line(plan), orders, None)
    carried = residual_plan(plan, orders, {}, evening)

    assert [order.quantity for order in orders] == [150]
    assert (outcome, next_step(outcome)) == (Reason.NOT_SELLABLE, NextStep.RESIDUAL_PLAN)
    assert isinstance(carried, Plan)
    assert only_line(carried).quantity_max == 100


def test_a_fund_bought_this_morning_is_sold_this_morning() -> None:
    """T+0: the broker's sellable figure decides, not the day a share was bought."""
    gold = position("518880.SH", 1_000, sellable=1_000)
    plan = planned(plan_run(inputs(positions=[gold], now=MORNING)))

    assert (only_line(plan).quantity_max, only_line(plan).reason) == (1_000, None)
    assert made(next_orders(release(plan, positions=[gold]))) == [
        ("518880.SH", Side.SELL, 1, 1, 1_000)
    ]


@pytest.mark.parametrize(
    ("status", "bid", "ask", "expected"),
    [
        (InstrumentStatus.SUSPENDED, "9.99", "10.01", Reason.SUSPENDED),
        (InstrumentStatus.HALTED, "9.99", "10.01", Reason.SUSPENDED),
        (InstrumentStatus.TRADING, "11", None, Reason.LIMIT_LOCKED),
        (InstrumentStatus.TRADING, None, None, Reason.NO_PRICE),
        (InstrumentStatus.TRADING, "10.02", "10.01", Reason.NO_PRICE),
    ],
)
def test_what_may_pass_defers_a_buy_and_is_carried(
    status: InstrumentStatus, bid: str | None, ask: str | None, expected: Reason
) -> None:
    facts = instrument("600000.SH", status=status, limit_up="11", limit_down="9")
    shown = quote("600000.SH", "10", bid, ask, at=NOW)

    decision = next_orders(release(buys("0.2"), instruments=[facts], quotes=[shown]))

    assert decision.orders == ()
    assert reasons(decision) == {"600000.SH": expected}
    assert next_step(expected) is NextStep.RESIDUAL_PLAN


def test_a_sell_locked_at_its_limit_down_waits() -> None:
    plan = planned(plan_run(inputs(positions=[position("600000.SH", 500)])))
    facts = instrument("600000.SH", limit_up="11", limit_down="9")
    shown = quote("600000.SH", "9", None, "9", at=NOW)

    decision = next_orders(release(plan, instruments=[facts], quotes=[shown]))

    assert reasons(decision) == {"600000.SH": Reason.LIMIT_LOCKED}
    assert symbol("600000.SH") in {status.symbol for status in decision.statuses}
