from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.broker import InstrumentStatus
from daemon.planning.sizing import plan_run
from market.phases import market_time
from statemachine.plan import Disposition, Plan, PlanLine
from statemachine.plan_hash import plan_hash
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    SESSION,
    inputs,
    instrument,
    planned,
    position,
    symbol,
    target,
    with_capital,
    with_checks,
)

IN_SESSION = market_time(SESSION, "10:00:00")


def line_of(plan: Plan, text: str) -> PlanLine:
    return plan.line_for(symbol(text))


def fate(line: PlanLine) -> tuple[Disposition, Reason | None, int]:
    return line.disposition, line.reason, line.quantity_max


def test_weights_apply_to_a_fixed_capital_when_that_is_the_setting() -> None:
    settings = with_capital(strategy_capital="fixed", fixed_capital=Decimal(200_000))

    plan = planned(plan_run(inputs(target("600000.SH", "0.05"), settings=settings)))

    assert plan.capital.strategy_capital == Decimal(200_000)
    assert line_of(plan, "600000.SH").quantity_max == 1000


def test_a_fixed_capital_keeps_its_own_buffer_however_much_cash_there_is() -> None:
    settings = with_capital(strategy_capital="fixed", fixed_capital=Decimal(200_000))

    plan = planned(plan_run(inputs(target("600000.SH", "1"), settings=settings)))

    assert plan.shrink_factor < 1
    assert line_of(plan, "600000.SH").quantity_max == 19_700


def test_the_proceeds_pay_their_own_fees_before_they_buy() -> None:
    held = position("600000.SH", 90_000)
    plan = planned(
        plan_run(
            inputs(
                target("688001.SH", "1"),
                positions=[held],
                prices={"688001.SH": "1"},
                cash="100000",
            )
        )
    )

    sell, buy = line_of(plan, "600000.SH"), line_of(plan, "688001.SH")
    budget = 100_000 + sell.notional - sell.fees_estimate - 10_000
    assert sell.fees_estimate == Decimal("684.00")  # 225 commission, 450 duty, 9 transfer
    assert budget - 10 < buy.notional + buy.fees_estimate <= budget


def test_a_reserve_is_taken_off_the_capital_and_off_the_cash() -> None:
    settings = with_capital(cash_reserve=Decimal(600_000))

    plan = planned(plan_run(inputs(target("600000.SH", "0.25"), settings=settings)))

    assert plan.capital.strategy_capital == Decimal(400_000)
    assert line_of(plan, "600000.SH").quantity_max == 10_000


def test_full_weights_shrink_pro_rata_to_leave_buffer_and_fees_and_say_so() -> None:
    names = [target(f"60000{digit}.SH", "0.25") for digit in range(4)]

    plan = planned(plan_run(inputs(*names)))

    spent = sum((line.notional + line.fees_estimate for line in plan.lines), Decimal(0))
    assert Decimal("0.98") < plan.shrink_factor < Decimal("0.99")
    assert Decimal(985_000) < spent <= Decimal(990_000)
    assert {line.quantity_max for line in plan.lines} <= {24_700, 24_800}
    assert any(str(plan.shrink_factor.normalize()) in note for note in plan.notes)


def test_the_cash_of_a_denied_name_stays_cash() -> None:
    names = [target(f"60000{digit}.SH", "0.25") for digit in range(4)]
    settings = with_checks(blacklist=("600003.SH",))

    shrunk = planned(plan_run(inputs(*names)))
    plan = planned(plan_run(inputs(*names, settings=settings)))

    assert abs(plan.shrink_factor - shrunk.shrink_factor) < Decimal("0.0001")
    assert sum(line.notional for line in plan.lines) < Decimal(745_000)


def test_no_shrink_where_the_targets_leave_room() -> None:
    names = [target(f"60000{digit}.SH", "0.2") for digit in range(4)]

    plan = planned(plan_run(inputs(*names)))

    assert plan.shrink_factor == 1
    assert {line.quantity_max for line in plan.lines} == {20_000}


def test_buys_are_planned_on_the_proceeds_of_sells_that_can_trade() -> None:
    held = position("600000.SH", 90_000)
    rotation = inputs(target("600036.SH", "0.3"), positions=[held], cash="100000")
    stuck = inputs(
        target("600036.SH", "0.3"),
        positions=[held],
        cash="100000",
        instruments=[instrument("600000.SH", status=InstrumentStatus.SUSPENDED)],
    )

    assert line_of(planned(plan_run(rotation)), "600036.SH").quantity_max == 30_000
    assert line_of(planned(plan_run(stuck)), "600036.SH").quantity_max == 8_900


def test_without_any_cash_a_buy_is_denied_for_cash() -> None:
    held = position("600000.SH", 90_000)
    wanted = inputs(
        target("600000.SH", "0.9"), target("600036.SH", "0.1"), positions=[held], cash="0"
    )

    plan = planned(plan_run(wanted))

    # 90 % of 900,000 are 81,000 shares: 9,000 are sold, their proceeds less the buffer are spent.
    assert line_of(plan, "600000.SH").quantity_max == 9_000
    assert line_of(plan, "600036.SH").quantity_max == 8_000
    stuck = replace(
        wanted,
        instruments=dict(wanted.instruments)
        | {symbol("600000.SH"): instrument("600000.SH", status=InstrumentStatus.SUSPENDED)},
    )
    line = line_of(planned(plan_run(stuck)), "600036.SH")
    assert fate(line) == (Disposition.DENIED, Reason.NO_CASH, 0)


def test_a_risk_warning_name_is_bought_up_to_the_days_cap() -> None:
    wanted = inputs(
        target("600000.SH", "0.3"),
        prices={"600000.SH": "2"},
        cash="10000000",
        instruments=[instrument("600000.SH", "2", is_st=True, name="*ST某")],
    )

    assert line_of(planned(plan_run(wanted)), "600000.SH").quantity_max == 500_000


def test_sells_come_first_and_the_largest_first() -> None:
    held = [position("600000.SH", 1000), position("600036.SH", 3000)]
    plan = planned(
        plan_run(inputs(target("600519.SH", "0.2"), target("000858.SZ", "0.3"), positions=held))
    )

    assert [str(line.symbol) for line in plan.lines] == [
        "600036.SH",
        "600000.SH",
        "000858.SZ",
        "600519.SH",
    ]


def test_a_plan_that_needs_too_many_messages_is_refused() -> None:
    names = [target(f"60000{digit}.SH", "0.1") for digit in range(9)]

    fits = plan_run(inputs(*names, messages_used=988))
    refused = plan_run(inputs(*names, messages_used=989))

    assert planned(fits).message_count == 9
    assert isinstance(refused, tuple)
    assert [refusal.code for refusal in refused] == [Reason.MESSAGE_BUDGET]
    assert "9 messages" in refused[0].message


def test_an_order_above_the_maximum_counts_its_slices() -> None:
    wanted = inputs(target("688001.SH", "0.25"), prices={"688001.SH": "10"}, cash="10000000")

    plan = planned(plan_run(wanted))

    assert line_of(plan, "688001.SH").quantity_max == 250_000
    assert plan.message_count == 3


def test_the_plan_carries_the_hash_of_its_content() -> None:
    plan = planned(plan_run(inputs(target("600000.SH", "0.05"))))

    assert plan.plan_hash == plan_hash(plan)
    assert plan.run_id == "20251107-0123456789ab"


@pytest.mark.parametrize("kind", ["fixed", "everything"])
def test_a_capital_setting_that_means_nothing_is_an_error(kind: str) -> None:
    with pytest.raises(ValueError, match="strategy_capital"):
        plan_run(inputs(settings=with_capital(strategy_capital=kind)))
