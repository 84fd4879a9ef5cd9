from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.broker import InstrumentStatus
from config.people_settings import ApprovalSettings
from config.settings import Settings
from daemon.planning.approval_checks import checked_values
from daemon.planning.approval_view import (
    ApprovalView,
    Asked,
    GivenApproval,
    ViewInputs,
    approval_view,
    cash_path,
)
from daemon.planning.inputs import PlanInputs
from daemon.planning.sizing import plan_run
from statemachine.line_status import LineStatus
from statemachine.plan import Plan
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    EVE,
    inputs,
    instrument,
    planned,
    portfolio,
    position,
    symbol,
    target,
    with_checks,
)
from tests.support.desk import run_of

BANK, VANKE, MAOTAI = "600000.SH", "000002.SZ", "600519.SH"
THREE = (target(BANK, "0.2"), target(VANKE, "0.2", "地产", line=3))


def view_of(given: PlanInputs, /, **changes: object) -> ApprovalView:
    plan = planned(plan_run(given))
    base = ViewInputs(
        run=run_of(given.portfolio, given.now),
        plan=plan,
        portfolio=given.portfolio,
        statuses={},
        names={symbol(BANK): "浦发银行"},
        settings=given.settings,
        now=given.now + timedelta(seconds=90),
        approvable_from=plan.created_at,
        difference=None,
    )
    return approval_view(replace(base, **changes))  # type: ignore[arg-type]  # fields by name


def test_every_line_of_the_plan_is_in_exactly_one_part() -> None:
    given = inputs(
        *THREE,
        target("601398.SH", "0.1", "保险", line=4),
        positions=[position(MAOTAI, 500), position("601398.SH", 10_000)],
        cash="895000",
        settings=with_checks(blacklist=(VANKE,)),
    )

    view = view_of(given)

    parts = {
        "sells": view.sells,
        "buys": view.buys,
        "holds": view.holds,
        "denied": view.denied,
    }
    found = {name: [row.ts_code for row in rows] for name, rows in parts.items()}
    assert found == {
        "sells": [MAOTAI],
        "buys": [BANK],
        "holds": ["601398.SH"],
        "denied": [VANKE],
    }
    plan = planned(plan_run(given))
    assert sorted(str(line.symbol) for line in plan.lines) == sorted(chain(*found.values()))


def test_a_denial_says_why_in_both_languages() -> None:
    view = view_of(inputs(*THREE, settings=with_checks(blacklist=(VANKE,))))

    (denied,) = view.denied
    assert denied.reason is not None
    assert denied.reason.code is Reason.BLACKLISTED
    assert denied.reason.english
    assert denied.reason.chinese
    assert denied.quantity_after == denied.owned_quantity


def test_the_cash_path_leads_from_the_account_to_what_is_left() -> None:
    view = view_of(inputs(*THREE, positions=[position(MAOTAI, 1_000)], cash="500000"))

    steps = {step.step: step for step in view.cash_path}
    assert list(steps) == ["OPENING", "SELLS", "BUYS", "FEES", "CLOSING"]
    assert steps["OPENING"].balance == 500_000
    assert steps["SELLS"].amount == view.totals.sell_amount == 10_000
    assert steps["BUYS"].amount == -view.totals.buy_amount
    assert steps["FEES"].amount == -view.totals.fees < 0
    moved = sum(steps[name].amount for name in ("SELLS", "BUYS", "FEES"))
    assert steps["CLOSING"].balance == steps["OPENING"].balance + moved > 0


@given(*[st.decimals(min_value=0, max_value=10**9, places=2)] * 4)
def test_the_cash_path_adds_up(
    opening: Decimal, sells: Decimal, buys: Decimal, fees: Decimal
) -> None:
    totals = replace(view_of(inputs(*THREE)).totals, sell_amount=sells, buy_amount=buys, fees=fees)

    path = cash_path(opening, totals)

    assert path[-1].balance == opening + sells - buys - fees
    for before, after in pairwise(path):
        assert after.balance == before.balance + after.amount


def test_weights_before_and_after_are_those_of_the_holding() -> None:
    given = inputs(target(BANK, "0.3"), positions=[position(BANK, 10_000)], cash="900000")

    (row,) = view_of(given).buys

    assert (row.weight_before, row.weight_after) == (Decimal("0.1"), Decimal("0.3"))
    assert row.target_weight == Decimal("0.3")
    assert (row.quantity_after, row.name) == (30_000, "浦发银行")


def test_what_is_deferred_counts_as_not_filled_and_stands_apart() -> None:
    stopped = instrument(VANKE, status=InstrumentStatus.SUSPENDED)
    view = view_of(inputs(*THREE, instruments=[stopped]))

    row = next(row for row in view.buys if row.ts_code == VANKE)
    assert row.quantity_max > 0
    assert (str(row.weight_after), row.quantity_after) == ("0.000000", 0)
    assert view.totals.deferred_buy_amount == row.amount
    assert view.totals.turnover == view.totals.buy_amount == Decimal(200_000)
    assert row.reason is not None
    assert row.reason.code is Reason.SUSPENDED


def test_a_line_held_for_a_gap_says_so() -> None:
    held = LineStatus("20251107-0123456789ab", symbol(BANK), Reason.HELD_GAP, "gap of 4 %")

    rows = view_of(inputs(*THREE), statuses={symbol(BANK): held}).buys

    assert {row.ts_code: row.is_held for row in rows} == {BANK: True, VANKE: False}
    assert next(row.detail for row in rows if row.is_held) == "gap of 4 %"


def test_a_flag_names_the_field_and_what_is_typed_into_it() -> None:
    rotated_out = inputs(
        target(BANK, "0.1"), positions=[position(MAOTAI, 90_000)], cash="100000", exposure="0.1"
    )

    view = view_of(rotated_out)

    assert [(flag.reason.code, flag.field, flag.typed) for flag in view.flags] == [
        (Reason.DERISK, "sell_amount", "900000")
    ]
    poor = view_of(inputs(*THREE, cash="10000"))
    assert [(flag.field, flag.typed) for flag in poor.flags] == [("underinvested", "yes")]


def test_the_age_of_prices_and_the_time_left_are_told() -> None:
    view = view_of(inputs(*THREE))

    assert (view.prices.read_at, view.prices.age_s) == (EVE, 90)
    assert view.prices.kinds == {"PREV_CLOSE": 2}
    assert view.seconds_left == (view.expires_at - EVE).total_seconds() - 90
    assert view_of(inputs(*THREE), now=view.expires_at + timedelta(hours=1)).seconds_left == 0


def test_an_account_without_anything_is_shown_with_zeros() -> None:
    view = view_of(inputs(target(BANK, "0.2"), cash="0"))

    totals = view.totals
    assert {totals.turnover, totals.turnover_ratio, totals.fees, totals.exposure_before} == {0}
    assert all(row.weight_after == 0 for row in (*view.buys, *view.denied))


def checks_of(plan: Plan, exposure: str = "0.4") -> dict[str, tuple[str, str, bool, str]]:
    values = checked_values(plan, portfolio(*THREE, exposure=exposure), Settings())
    return {found.name: (found.value, found.limit, found.passed, found.about) for found in values}


def test_every_check_is_shown_with_its_value_and_its_limit() -> None:
    found = checks_of(planned(plan_run(inputs(*THREE))))

    assert found["risk_checks.single_position_ok"] == ("true", "true", True, "")
    assert found["market_volatility"] == ("known", "known", True, "")
    assert found["total_weight"] == ("0.4", "1", True, "")
    assert found["single_name"] == ("0.2", "0.3", True, VANKE)
    assert found["industry"] == ("0.2", "0.4", True, "地产")
    assert found["messages"] == ("2", "800", True, "")
    assert found["exposure_fall"][1:3] == ("0.3", True)
    assert found["net_sell_share"][1:3] == ("0.6", True)
    assert found["underinvested_gap"][1:3] == ("0.05", True)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (
            inputs(target(BANK, "0.1"), positions=[position(MAOTAI, 90_000)], cash="100000"),
            "exposure_fall",
        ),
        (
            inputs(target(BANK, "0.1"), positions=[position(MAOTAI, 90_000)], cash="100000"),
            "net_sell_share",
        ),
        (inputs(*THREE, cash="10000"), "underinvested_gap"),
    ],
)
def test_a_check_fails_exactly_where_the_plan_is_flagged_for_it(
    given: PlanInputs, name: str
) -> None:
    assert not checks_of(planned(plan_run(given)))[name][2]


def test_a_portfolio_that_is_not_kept_leaves_the_checks_of_the_plan() -> None:
    values = checked_values(planned(plan_run(inputs(*THREE))), None, Settings())

    assert [found.name for found in values] == [
        "exposure_fall",
        "net_sell_share",
        "underinvested_gap",
        "messages",
    ]


def test_nothing_is_the_largest_of_no_names() -> None:
    values = checked_values(planned(plan_run(inputs(*THREE))), portfolio(), Settings())

    assert {found.about for found in values} == {""}


def test_what_an_approval_must_bring_and_what_was_given_is_told() -> None:
    asked = Settings(
        approval=ApprovalSettings(two_persons_above=Decimal(1), seconds_shown_min=5, stages=True)
    )
    given = GivenApproval("wang", "SELLS", EVE)

    view = view_of(inputs(*THREE), settings=asked, stage_due="BUYS", given=(given,))

    assert view.asked == Asked("BUYS", 2, 5, author_may_approve=True)
    assert view.given == (given,)
