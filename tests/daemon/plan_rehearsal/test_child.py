import io
import os
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from config.settings import CapitalSettings, MarketSettings, Settings
from daemon.plan_rehearsal import child, values
from daemon.plan_rehearsal.child import rehearse
from daemon.plan_rehearsal.values import PlanRehearsal, RehearsedLine
from daemon.planning.sizing import plan_run
from market.fees import order_fees
from market.side import Side
from statemachine.plan import Plan
from statemachine.reasons import Reason
from storage.documents import decode, encode
from tests.adapters.venues.simulated.markets import FRIDAY
from tests.daemon.plan_rehearsal.given import BANK, MAOTAI, VANKE, market_in, question_of
from tests.daemon.planning.builders import (
    SESSION,
    inputs,
    planned,
    position,
    rule_book,
    symbol,
    target,
)

FEES = Settings().fees.schedule()


def rotation() -> Plan:
    """Sell the bank, buy Vanke and, where nothing trades, Maotai; all referenced at 10 CNY."""
    return planned(
        plan_run(
            inputs(
                target(VANKE, "0.2", "地产"),
                target(MAOTAI, "0.1", "食品", line=3),
                positions=[position(BANK, 3000)],
            )
        )
    )


async def played(folder: Path) -> PlanRehearsal:
    return await rehearse(question_of(rotation(), market_in(folder), held={BANK: 3000}))


def line_of(rehearsal: PlanRehearsal, text: str) -> RehearsedLine:
    (line,) = [line for line in rehearsal.lines if line.symbol == symbol(text)]
    return line


async def test_a_plan_is_played_on_the_last_session_before_its_own(tmp_path: Path) -> None:
    plan, rehearsal = rotation(), await played(tmp_path)

    assert rehearsal.plan_hash == plan.plan_hash
    assert (rehearsal.bars_date, rehearsal.session_date) == (FRIDAY, SESSION)
    assert {point.at.date() for point in rehearsal.cash_path} == {SESSION}
    assert rehearsal.hold is None


async def test_lines_are_filled_at_prices_scaled_to_the_plan_s_reference(tmp_path: Path) -> None:
    rehearsal = await played(tmp_path)
    sold, bought = line_of(rehearsal, BANK), line_of(rehearsal, VANKE)

    assert (sold.quantity, sold.filled_quantity, sold.reason) == (3000, 3000, None)
    assert bought.filled_quantity == bought.quantity > 0
    assert sold.average_price is not None
    assert bought.average_price is not None
    assert Decimal("9.80") <= sold.average_price <= Decimal("10.10"), "19.60 to 20.20, halved"
    assert Decimal("9.90") <= bought.average_price <= Decimal("10.10"), "4.95 to 5.05, doubled"


async def test_a_name_without_bars_counts_as_not_filled(tmp_path: Path) -> None:
    line = line_of(await played(tmp_path), MAOTAI)

    assert (line.filled_quantity, line.has_bars) == (0, False)
    assert line.average_price is None
    assert line.reason is Reason.NOT_LISTED


async def test_the_cash_path_ends_with_what_was_sold_bought_and_charged(tmp_path: Path) -> None:
    rehearsal = await played(tmp_path)
    path = rehearsal.cash_path
    moved = rehearsal.sells - rehearsal.buys - rehearsal.fees

    assert path[-1].cash == Decimal(1_000_000) + moved
    assert rehearsal.lowest.cash <= min(point.cash for point in path)
    assert rehearsal.fees == sum(line.fees for line in rehearsal.lines)


async def test_fees_are_those_of_the_settings(tmp_path: Path) -> None:
    line = line_of(await played(tmp_path), BANK)
    rules = rule_book().on(symbol(BANK), SESSION)

    assert line.fees == order_fees(Side.SELL, line.filled_amount, rules, FEES).total


async def test_cash_that_is_not_there_leaves_a_buy_unfilled(tmp_path: Path) -> None:
    poor = question_of(rotation(), market_in(tmp_path), cash="0")
    rehearsal = await rehearse(poor)

    assert line_of(rehearsal, BANK).reason is Reason.NOT_SELLABLE
    assert line_of(rehearsal, VANKE).filled_quantity == 0
    assert line_of(rehearsal, VANKE).reason is Reason.WAITING_FOR_CASH


async def test_what_cannot_trade_in_a_rehearsal_is_locked_there_too(tmp_path: Path) -> None:
    asked = question_of(rotation(), market_in(tmp_path), held={BANK: 3000})
    rehearsal = await rehearse(replace(asked, locked=(symbol(BANK),)))

    assert line_of(rehearsal, BANK).reason is Reason.SYMBOL_LOCKED


async def test_the_same_question_has_the_same_answer(tmp_path: Path) -> None:
    assert await played(tmp_path / "one") == await played(tmp_path / "two")


def run_child(monkeypatch: pytest.MonkeyPatch, text: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    monkeypatch.setattr(child, "step_back", lambda: None)
    return child.main()


def test_it_steps_back_behind_the_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    monkeypatch.setattr(os, "nice", steps.append)
    monkeypatch.setattr(child, "OOM_SCORE", tmp_path / "oom_score_adj")

    child.step_back()

    assert steps == [child.NICENESS]
    assert (tmp_path / "oom_score_adj").read_text() == "1000"


def test_a_host_that_forbids_to_step_back_is_answered_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The filter of system calls in our own unit answers EPERM to `@resources`."""

    def forbidden(_by: int) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "nice", forbidden)
    monkeypatch.setattr(child, "OOM_SCORE", tmp_path / "none" / "oom_score_adj")
    question = question_of(rotation(), market_in(tmp_path / "market"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(encode(values.question(), question)))

    assert child.main() == os.EX_OK
    assert question.plan.plan_hash in capsys.readouterr().out


def test_the_process_answers_in_json_with_every_digit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(capital=CapitalSettings(cash_reserve=Decimal("1.230")))
    question = question_of(rotation(), market_in(tmp_path), settings=settings)
    text = encode(values.question(), question)

    assert decode(values.question(), text) == question
    assert run_child(monkeypatch, text) == os.EX_OK
    answer = decode(values.rehearsal(), capsys.readouterr().out)
    assert answer.plan_hash == question.plan.plan_hash


def test_the_process_says_why_there_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    early = replace(rotation(), session_date=FRIDAY)
    question = question_of(early, market_in(tmp_path))
    assert run_child(monkeypatch, encode(values.question(), question)) == os.EX_DATAERR
    assert "no bars of a session before 2025-11-07" in capsys.readouterr().err

    missing = Settings(market=MarketSettings(calendar_file=tmp_path / "none.yaml"))
    question = question_of(rotation(), market_in(tmp_path), settings=missing)
    assert run_child(monkeypatch, encode(values.question(), question)) == os.EX_CONFIG
    assert "none.yaml" in capsys.readouterr().err
