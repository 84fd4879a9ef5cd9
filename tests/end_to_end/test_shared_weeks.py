"""Real pairs, real bars: the closed loop on everything the producer wrote."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from market.calendar import TradingCalendar
from tests.end_to_end.bars import Bars, cents, main_board_limits
from tests.end_to_end.rehearsals import (
    Played,
    assert_refused,
    assert_sound,
    rehearse_run,
    rehearse_weeks,
)
from tests.support.shared_data import shared_data

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WEEKS = ("--from", "20251107", "--to", "20260130")


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Played:
    out = tmp_path_factory.mktemp("weeks") / "out"
    return rehearse_weeks(shared_data(), out, *WEEKS, "--exclude", "20251203")


def test_thirteen_weeks_on_one_account_reconcile_and_fill(weeks: Played) -> None:
    assert weeks.code == 0, weeks.words
    assert len(weeks.lines) == 13
    for line in weeks.lines:
        assert_sound(line)
    assert weeks.filled_share() >= Decimal("0.75")


def test_positions_carry_over_from_week_to_week(weeks: Played) -> None:
    """A near-full rotation each Monday can only be planned from what last week bought."""
    first, second = weeks.lines[0], weeks.lines[1]

    assert Decimal(first["turnover"]) < 1
    assert Decimal(second["turnover"]) > 1


def test_every_unfilled_line_of_the_weeks_is_explained_by_the_bars(weeks: Played) -> None:
    bars = Bars(shared_data())
    explained = 0
    for line in weeks.lines:
        session = _session_of(line["trade_date"])
        for denial in line["denied"]:
            _explain(denial["ts_code"], denial["reason"], session, bars)
            explained += 1

    assert explained == sum(len(line["denied"]) for line in weeks.lines)


def _session_of(trade_date: str) -> date:
    return TradingCalendar.load().next_session(date.fromisoformat(trade_date))


def _explain(code: str, reason: str, session: date, bars: Bars) -> None:
    """Fail unless the bars of the day say the same as the reason."""
    day = bars.day(code, session)
    if reason == "SUSPENDED":
        assert day is None, (code, session)
        return
    assert day is not None, (code, session, reason)
    down, up = main_board_limits(cents(day["pre_close"]))
    if reason == "LIMIT_LOCKED":
        assert cents(day["close"]) in {up, down} or cents(day["high"]) == up, (code, session)
    else:
        assert reason in {"NOT_FILLED", "OUTSIDE_ENVELOPE", "BELOW_MINIMUM", "BELOW_LOT"}, reason


def test_a_refused_week_in_between_leaves_the_account_alone(tmp_path: Path) -> None:
    played = rehearse_weeks(
        shared_data(), tmp_path / "out", "--from", "20251128", "--to", "20251205"
    )

    assert played.code == 65, played.words
    before, refused, after = played.lines
    assert_sound(before)
    assert_refused(refused, "RISK_CHECK_FAILED", "ROW_DATE_OLD", "SINGLE_NAME_CAP", "INDUSTRY_CAP")
    assert_sound(after)


def _ex_day_names(data: Path, ex_date: str, count: int) -> list[dict[str, str]]:
    """Return real ex-rights rows of one day, main board only, the largest credits first."""
    with (data / "ex_rights.csv").open(encoding="utf-8", newline="") as source:
        rows = [row for row in csv.DictReader(source) if row["ex_date"] == ex_date]
    main_board = [row for row in rows if row["ts_code"].startswith(("600", "601", "603", "000"))]
    return sorted(main_board, key=_credit, reverse=True)[:count]


def _credit(row: dict[str, str]) -> Decimal:
    """Return the cash of one share held overnight, CNY."""
    return Decimal(row["last_close"]) - Decimal(row["pre_close"])


def test_cash_of_a_real_ex_day_is_credited_to_the_cent(tmp_path: Path) -> None:
    data, quantity = shared_data(), 1300
    names = _ex_day_names(data, "20260713", 5)
    positions = tmp_path / "positions.csv"
    positions.write_text(
        "ts_code,quantity,cost_price\n"
        + "".join(f"{row['ts_code']},{quantity},{row['last_close']}\n" for row in names)
    )
    played = rehearse_run(data, "20260710", tmp_path / "out", "--positions", str(positions))
    inbox = played.out / "inbox"
    report = json.loads((inbox / f"broker_reconcile_{played.line['run_id']}.json").read_text())
    expected = sum(quantity * _credit(row) for row in names)

    assert len(names) == 5
    assert played.code == 0, played.words
    assert_sound(played.line)
    assert Decimal(report["cash"]["movements"]) == expected
    assert Decimal(report["cash"]["difference"]) == 0


HOLDINGS = """\
ts_code,quantity,cost_price,owner
600000.SH,1000,12.00,{owner}
600016.SH,2000,4.00,{owner}
601398.SH,3000,7.00,{owner}
600028.SH,5000,6.00,ours
"""


def test_foreign_holdings_are_never_sold_and_never_counted(tmp_path: Path) -> None:
    positions = tmp_path / "positions.csv"
    positions.write_text(HOLDINGS.format(owner="foreign"))
    played = rehearse_run(
        shared_data(), "20260116", tmp_path / "out", "--positions", str(positions)
    )
    table = pq.read_table(
        played.out / "inbox" / f"broker_orders_{played.line['run_id']}.parquet"
    ).to_pylist()

    assert played.code == 0, played.words
    assert_sound(played.line)
    assert {row["ts_code"] for row in table if row["side"] == "SELL"} == {"600028.SH"}


def test_holdings_nobody_decided_about_stop_the_run(tmp_path: Path) -> None:
    positions = tmp_path / "positions.csv"
    positions.write_text(HOLDINGS.format(owner="unmarked"))
    played = rehearse_run(
        shared_data(), "20260116", tmp_path / "out", "--positions", str(positions)
    )

    assert played.code == 70
    assert played.line["status"] == "NEEDS_BASELINE"
    assert played.line["orders"]["total"] == 0
    assert played.line["ledger_match"] is True
