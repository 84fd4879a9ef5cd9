from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from adapters.broker import InstrumentStatus
from daemon.planning.sizing import plan_run
from market.phases import market_time
from statemachine.reasons import Reason
from tests.daemon.planning.builders import inputs, instrument, planned, position, target


def flags_of(weight: str, held: int, cash: str, exposure: str | None = None) -> tuple[Reason, ...]:
    """One name held at 10 and wanted at `weight`."""
    given = inputs(
        target("600000.SH", weight),
        positions=[position("600000.SH", held)],
        cash=cash,
        exposure=exposure,
    )
    return planned(plan_run(given)).flags


def test_an_exposure_that_falls_by_more_than_thirty_points_is_a_derisk() -> None:
    assert flags_of("0.3", held=60_000, cash="400000") == ()
    assert flags_of("0.29", held=60_000, cash="400000") == (Reason.DERISK,)


def test_a_full_rotation_is_no_derisk() -> None:
    rotation = inputs(
        target("600036.SH", "0.9"), positions=[position("600000.SH", 90_000)], cash="100000"
    )

    assert planned(plan_run(rotation)).flags == ()


def test_sells_that_cannot_trade_today_count_as_a_derisk_too() -> None:
    def flags_with_stuck_shares(quantity: int) -> tuple[Reason, ...]:
        given = inputs(
            target("600036.SH", "0.0001"),
            positions=[position("600000.SH", quantity)],
            cash=Decimal(1_000_000) - quantity * 10,
            instruments=[instrument("600000.SH", status=InstrumentStatus.SUSPENDED)],
        )
        return planned(plan_run(given)).flags

    assert flags_with_stuck_shares(60_000) == ()
    assert flags_with_stuck_shares(60_100) == (Reason.DERISK,)


def test_a_liquidation_is_a_derisk_however_small_it_is() -> None:
    little = inputs(positions=[position("600000.SH", 100)], cash="999000")

    assert planned(plan_run(little)).flags == (Reason.DERISK,)


def test_an_unknown_volatility_is_always_a_derisk() -> None:
    given = inputs(target("600000.SH", "0.2"))
    blind = replace(given, portfolio=replace(given.portfolio, market_volatility_known=False))

    assert planned(plan_run(blind)).flags == (Reason.DERISK,)


@pytest.mark.parametrize(
    ("exposure", "expected"), [("0.25", ()), ("0.2501", (Reason.UNDERINVESTED,))]
)
def test_five_points_below_the_target_is_underinvested(
    exposure: str, expected: tuple[Reason, ...]
) -> None:
    plan = planned(plan_run(inputs(target("600000.SH", "0.2"), exposure=exposure)))

    assert plan.planned_exposure == Decimal("0.2")
    assert plan.flags == expected


def test_a_small_account_that_lots_keep_out_is_underinvested() -> None:
    names = [target(f"60000{digit}.SH", "0.18") for digit in range(5)]

    plan = planned(plan_run(inputs(*names, cash="10000")))

    assert Reason.UNDERINVESTED in plan.flags
    assert {line.reason for line in plan.lines} == {Reason.BELOW_MINIMUM}


def test_a_signal_from_before_a_holiday_waits_for_the_morning() -> None:
    given = inputs(
        target("600000.SH", "0.2"),
        session_date=date(2026, 1, 5),
        now=market_time(date(2025, 12, 31), "20:00:00"),
    )
    holiday = replace(given, portfolio=replace(given.portfolio, signal_date=date(2025, 12, 31)))

    assert planned(plan_run(holiday)).flags == (Reason.STALE_SIGNAL,)
