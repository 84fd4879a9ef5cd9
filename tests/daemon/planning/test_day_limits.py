"""a-share-rules.md section 3: published limits before computed ones, and a name held over both."""

from decimal import Decimal

import pytest

from config.settings import Settings
from daemon.planning.day_limits import limits_disagreement, with_day_limits
from daemon.planning.envelope import next_orders
from daemon.planning.outcomes import NextStep, next_step
from daemon.planning.sizing import plan_run
from market.phases import market_time
from market.records import SecurityStatus
from market.rules import Rules
from statemachine.line_status import LineStatus
from statemachine.plan import Disposition, PlanLine
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    SESSION,
    inputs,
    instrument,
    planned,
    position,
    quote,
    rule_book,
    symbol,
    target,
)
from tests.daemon.planning.releases import NOW, book, buys, reasons, release

CODE = "600000.SH"


def rules(status: SecurityStatus = SecurityStatus.NORMAL) -> Rules:
    return rule_book().on(symbol(CODE), SESSION, status)


def day_limits(
    up: str | None,
    down: str | None,
    prev_close: str | None = "10.05",
    status: SecurityStatus = SecurityStatus.NORMAL,
) -> tuple[Decimal | None, Decimal | None]:
    published = instrument(CODE, prev_close, limit_up=up, limit_down=down)
    facts = with_day_limits(published, rules(status))
    return facts.limit_up, facts.limit_down


BY_RULE = (Decimal("11.06"), Decimal("9.05"))


def test_published_limits_come_before_computed_ones() -> None:
    assert day_limits("11.055", "9.045") == (Decimal("11.055"), Decimal("9.045"))


@pytest.mark.parametrize(("up", "down"), [(None, None), ("11.06", None), (None, "9.05")])
def test_limits_that_nobody_published_are_computed(up: str | None, down: str | None) -> None:
    assert day_limits(up, down) == BY_RULE


@pytest.mark.parametrize(
    ("up", "down"), [("999999.999", "0.01"), ("1000000", "0.01"), ("100000", "0")]
)
def test_a_vendors_mark_for_no_limit_is_no_price(up: str, down: str) -> None:
    published = instrument(CODE, "10.05", limit_up=up, limit_down=down)

    assert day_limits(up, down) == (None, None)
    assert limits_disagreement(published, rules()) == ""


def test_nothing_published_of_a_delisting_name_is_no_limit() -> None:
    assert day_limits(None, None, status=SecurityStatus.DELISTING) == (None, None)


@pytest.mark.parametrize("prev_close", [None, "0"])
def test_without_a_previous_close_the_published_limits_stand_alone(prev_close: str | None) -> None:
    published = instrument(CODE, prev_close, limit_up="99", limit_down="1")

    assert day_limits(None, None, prev_close) == (None, None)
    assert day_limits("99", "1", prev_close) == (Decimal(99), Decimal(1))
    assert limits_disagreement(published, rules()) == ""


def test_a_day_without_limits_by_rule_takes_what_is_published() -> None:
    unlimited = SecurityStatus.UNLIMITED
    published = instrument(CODE, "10.05", limit_up="99", limit_down="1")

    assert day_limits(None, None, status=unlimited) == (None, None)
    assert limits_disagreement(published, rules(unlimited)) == ""


@pytest.mark.parametrize(
    ("up", "down", "sentence"),
    [
        ("11.06", "9.05", ""),
        ("11.06", "9.04", "published limits 11.06 / 9.04, by the rules of the day 11.06 / 9.05"),
        ("12.06", "8.04", "published limits 12.06 / 8.04, by the rules of the day 11.06 / 9.05"),
        (None, "9", "published limits nothing / 9, by the rules of the day 11.06 / 9.05"),
        ("9", "12", "published limits 9 / 12, by the rules of the day 11.06 / 9.05"),
        (None, None, ""),
    ],
)
def test_the_disagreement_names_both_figures(
    up: str | None, down: str | None, sentence: str
) -> None:
    published = instrument(CODE, "10.05", limit_up=up, limit_down=down)

    assert limits_disagreement(published, rules()) == sentence


def test_a_name_whose_limits_disagree_is_held_at_release_and_the_others_trade() -> None:
    odd = instrument(CODE, limit_up="10.5", limit_down="9.5")

    decision = next_orders(release(buys("0.2", "0.2"), instruments=[odd]))

    assert reasons(decision) == {CODE: Reason.LIMITS_DISAGREE}
    assert [str(order.symbol) for order in decision.orders] == ["600001.SH"]
    assert "10.5 / 9.5" in decision.statuses[0].detail
    assert next_step(Reason.LIMITS_DISAGREE) is NextStep.RESIDUAL_PLAN


def test_no_setting_and_no_approved_gap_lets_a_name_go_whose_limits_disagree() -> None:
    plan = buys("0.2")
    odd = instrument(CODE, limit_up="10.5", limit_down="9.5")
    lenient = Settings().model_copy(update={"approve_gaps": True})
    word = LineStatus(
        run_id=plan.run_id,
        symbol=symbol(CODE),
        reason=None,
        detail="",
        released_by="trader",
        reference_price=Decimal(10),
        limit_worst=Decimal("10.35"),
    )

    decision = next_orders(release(plan, instruments=[odd], statuses=[word], settings=lenient))

    assert decision.orders == ()
    assert reasons(decision) == {CODE: Reason.LIMITS_DISAGREE}


def test_a_held_name_trades_once_the_limits_agree() -> None:
    plan = buys("0.2")
    held = LineStatus(plan.run_id, symbol(CODE), Reason.LIMITS_DISAGREE, "")
    mended = instrument(CODE, limit_up="11", limit_down="9")

    decision = next_orders(release(plan, instruments=[mended], statuses=[held]))

    assert len(decision.orders) == 1
    assert reasons(decision) == {CODE: None}


def test_a_lock_at_a_limit_that_nobody_published_is_seen() -> None:
    locked = quote(CODE, "11", bid1="11", at=NOW)

    decision = next_orders(release(buys("0.2"), quotes=[locked]))

    assert reasons(decision) == {CODE: Reason.LIMIT_LOCKED}


def test_an_order_ends_at_a_limit_that_nobody_published() -> None:
    plan = buys("0.2")
    word = LineStatus(
        run_id=plan.run_id,
        symbol=symbol(CODE),
        reason=None,
        detail="",
        released_by="trader",
        reference_price=Decimal("10.98"),
        limit_worst=Decimal("11.30"),
    )

    decision = next_orders(release(plan, quotes=[book(CODE, "10.98")], statuses=[word]))

    assert [order.limit_price for order in decision.orders] == [Decimal(11)]


def planned_line(
    up: str | None, down: str | None, at_text: str, *, sells: bool = False
) -> PlanLine:
    moment = market_time(SESSION, at_text)
    price = "9.10" if sells else "10.90"
    wanted = inputs(
        *(() if sells else (target(CODE, "0.05"),)),
        positions=[position(CODE, 3000)] if sells else (),
        instruments=[instrument(CODE, "10", limit_up=up, limit_down=down)],
        quotes=[quote(CODE, price, price, price, at=moment)],
        now=moment,
    )
    (line,) = planned(plan_run(wanted)).lines
    return line


def test_a_plan_made_in_the_session_defers_a_name_whose_limits_disagree() -> None:
    line = planned_line("10.5", "9.5", "10:00:00")

    assert (line.disposition, line.reason) == (Disposition.DEFERRED, Reason.LIMITS_DISAGREE)
    assert line.detail == "published limits 10.5 / 9.5, by the rules of the day 11 / 9"
    assert line.quantity_max > 0


def test_a_plan_made_before_the_session_publishes_compares_nothing() -> None:
    line = planned_line("10.5", "9.5", "08:59:00")

    assert (line.disposition, line.reason) == (Disposition.TRADE, None)


def test_an_envelope_ends_at_a_limit_that_nobody_published() -> None:
    assert planned_line(None, None, "10:00:00").limit_worst == Decimal(11)
    assert planned_line(None, None, "10:00:00", sells=True).limit_worst == Decimal(9)


def test_an_envelope_of_a_day_without_limits_has_its_own_bound_alone() -> None:
    assert planned_line("999999.999", "0.01", "10:00:00").limit_worst == Decimal("11.28")
    assert planned_line("999999.999", "0.01", "10:00:00", sells=True).limit_worst == Decimal("8.79")


def test_a_plan_made_in_the_session_sees_a_lock_at_a_limit_that_nobody_published() -> None:
    moment = market_time(SESSION, "10:00:00")
    wanted = inputs(
        target(CODE, "0.05"),
        instruments=[instrument(CODE, "10")],
        quotes=[quote(CODE, "11", bid1="11", at=moment)],
        now=moment,
    )

    (line,) = planned(plan_run(wanted)).lines

    assert (line.disposition, line.reason) == (Disposition.DEFERRED, Reason.LIMIT_LOCKED)
