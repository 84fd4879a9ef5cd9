"""The 26 real pairs through the run checks, and some of them through sizing at real closes."""

from decimal import Decimal
from pathlib import Path

import pytest

from adapters.intake.pair import Unreadable, read_pair
from config.settings import CheckSettings, IntakeSettings, OrderFlowSettings, Settings
from daemon.planning.checks import check_run
from daemon.planning.inputs import PlanInputs
from daemon.planning.sizing import plan_run
from market.phases import market_time
from market.symbol import Symbol
from statemachine.plan import Disposition
from statemachine.portfolio import TargetPortfolio
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    calendar,
    instrument,
    planned,
    quote,
    rule_book,
    snapshot,
)
from tests.support.shared_data import shared_data

REFUSED = {
    "20251203": {
        Reason.RISK_CHECK_FAILED,
        Reason.ROW_DATE_OLD,
        Reason.SINGLE_NAME_CAP,
        Reason.INDUSTRY_CAP,
    },
    "20260708": {Reason.RISK_CHECK_FAILED, Reason.INDUSTRY_CAP},
    "20260728": {Reason.EMPTY_PORTFOLIO, Reason.RISK_CHECKS_EMPTY},
    "20260730": {Reason.EMPTY_PORTFOLIO, Reason.RISK_CHECKS_EMPTY},
}
RUN_COUNT = 26


def runs() -> list[Path]:
    return sorted(path for path in (shared_data() / "portfolio_runs").iterdir() if path.is_dir())


def read(folder: Path) -> TargetPortfolio:
    csv, context = (
        folder / f"portfolio_{folder.name}.csv",
        folder / f"execution_context_{folder.name}.json",
    )
    portfolio = read_pair(
        csv.name, csv.read_bytes(), context.name, context.read_bytes(), IntakeSettings()
    )
    assert not isinstance(portfolio, Unreadable), portfolio.refusals
    return portfolio


def closes(day: str, symbols: frozenset[str]) -> dict[str, Decimal]:
    """Closing prices in CNY; the file holds doubles of two decimals."""
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(
        shared_data() / "daily_bars.parquet",
        columns=["ts_code", "close"],
        filters=[("trade_date", "==", day)],
    ).to_pylist()
    return {
        row["ts_code"]: Decimal(f"{row['close']:.2f}") for row in table if row["ts_code"] in symbols
    }


def inputs_at_the_close(day: str, cash: str, settings: Settings) -> PlanInputs:
    portfolio = read(shared_data() / "portfolio_runs" / day)
    names = frozenset(str(target.symbol) for target in portfolio.targets)
    prices = closes(portfolio.signal_date.strftime("%Y%m%d"), names)
    evening = market_time(portfolio.signal_date, "20:00:00")
    session = calendar().next_session(portfolio.signal_date)
    return PlanInputs(
        portfolio=portfolio,
        account="880001234",
        mode="paper",
        endpoint="http://127.0.0.1:9000",
        snapshot=snapshot(cash=cash, as_of=evening),
        owned={},
        instruments={
            Symbol.parse(name): instrument(name, str(price)) for name, price in prices.items()
        },
        quotes={
            Symbol.parse(name): quote(name, str(price), at=evening)
            for name, price in prices.items()
        },
        rules=rule_book(),
        fees=settings.fees.schedule(),
        calendar=calendar(),
        settings=settings,
        settings_hash="a" * 64,
        session_date=session,
        expires_at=market_time(session, "14:50:00"),
        now=evening,
    )


def test_exactly_the_four_bad_runs_are_refused_each_for_its_own_reasons() -> None:
    found = {
        folder.name: {refusal.code for refusal in check_run(read(folder), CheckSettings())}
        for folder in runs()
    }

    assert len(found) == RUN_COUNT
    assert {day: codes for day, codes in found.items() if codes} == REFUSED


def test_a_real_week_is_planned_within_its_exposure() -> None:
    given = inputs_at_the_close("20251107", "1000000", Settings())

    plan = planned(plan_run(given))

    assert len(plan.lines) == 10
    assert {line.disposition for line in plan.lines} == {Disposition.TRADE}
    assert plan.shrink_factor == 1
    assert Decimal("0.85") < plan.planned_exposure <= given.portfolio.target_exposure
    assert plan.flags == ()


def test_the_real_index_at_full_weight_leaves_buffer_and_fees() -> None:
    settings = Settings(flow=OrderFlowSettings(messages_per_day=5000))

    plan = planned(plan_run(inputs_at_the_close("20260716", "100000000", settings)))

    cost = sum((line.notional + line.fees_estimate for line in plan.lines), Decimal(0))
    assert len(plan.lines) == 300
    assert plan.shrink_factor < 1
    assert Decimal(97_500_000) < cost <= Decimal(99_000_000)


def test_993_real_names_are_planned_but_the_one_below_its_lot() -> None:
    settings = Settings(flow=OrderFlowSettings(messages_per_day=5000))
    given = inputs_at_the_close("20260722", "100000000", settings)

    plan = planned(plan_run(given))

    assert len(plan.lines) == 993
    # 0.09 % of the account buy 64 shares of 688498.SH at 1,415: less than the 200 of its board.
    idle = [line for line in plan.lines if line.disposition is not Disposition.TRADE]
    assert [(str(line.symbol), line.reason) for line in idle] == [("688498.SH", Reason.BELOW_LOT)]
    assert plan.message_count == 992
    assert plan.planned_exposure > Decimal("0.88")


def test_the_daily_message_limit_refuses_the_993_names() -> None:
    refused = plan_run(inputs_at_the_close("20260722", "100000000", Settings()))

    assert isinstance(refused, tuple)
    assert [refusal.code for refusal in refused] == [Reason.MESSAGE_BUDGET]
