from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import cast

import pytest

from adapters.broker import Instrument, InstrumentStatus, Quote
from config.settings import Settings
from daemon.planning.envelope import next_orders
from daemon.planning.inputs import ReferenceKind
from daemon.planning.readiness import Envelope, envelope_of
from daemon.planning.release_inputs import ReleaseInputs
from daemon.planning.sizing import plan_run
from market.phases import market_time
from market.records import SecurityStatus
from market.rules import RuleBook, RuleMissingError, Rules
from market.side import Side
from market.symbol import Symbol
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    SESSION,
    inputs,
    instrument,
    planned,
    position,
    quote,
    symbol,
    without_quote,
)
from tests.daemon.planning.releases import (
    NOW,
    book,
    buys,
    cancelled,
    filled,
    first_wave,
    live,
    made,
    never_sent,
    planned_orders,
    reasons,
    release,
)

BUY, SELL = Side.BUY, Side.SELL


def standing_without_orders(given: ReleaseInputs) -> dict[str, Reason | None]:
    decision = next_orders(given)
    assert decision.orders == ()
    return reasons(decision)


def test_what_stands_in_the_way_of_a_line_is_named() -> None:
    plan, code = buys("0.01", "0.2"), "600000.SH"
    locked_up = instrument(code, "9.5", limit_up="10.45", limit_down="8.55")
    cases: list[tuple[Quote | None, Instrument | None, Reason]] = [
        (None, instrument(code, status=InstrumentStatus.SUSPENDED), Reason.SUSPENDED),
        (book(code, "10", at=market_time(SESSION, "09:59:00")), None, Reason.NO_PRICE),
        (quote(code, "10.45", bid1="10.45", at=NOW), locked_up, Reason.LIMIT_LOCKED),
        (book(code, "10.31"), None, Reason.HELD_GAP),
        (None, instrument(code, "9.9"), Reason.HELD_FACTOR),
        (None, instrument(code, limit_up="10.5", limit_down="9.5"), Reason.LIMITS_DISAGREE),
    ]
    for book_now, facts, reason in cases:
        decision = next_orders(
            release(
                plan,
                quotes=[book_now] if book_now else [],
                instruments=[facts] if facts else [],
            )
        )
        assert reasons(decision) == {code: reason}
        assert [row[0] for row in made(decision)] == ["600001.SH"]


def test_a_locked_name_does_not_trade() -> None:
    assert standing_without_orders(release(buys("0.2"), locked=["600000.SH"])) == {
        "600000.SH": Reason.SYMBOL_LOCKED
    }


@pytest.mark.parametrize(("last", "is_held"), [("10.29", False), ("10.30", True), ("9.00", False)])
def test_only_an_adverse_gap_beyond_three_percent_holds_a_buy(last: str, is_held: bool) -> None:
    decision = next_orders(release(buys("0.1", "0.3"), quotes=[book("600000.SH", last)]))

    assert (reasons(decision).get("600000.SH") is Reason.HELD_GAP) is is_held
    assert len(decision.orders) == (1 if is_held else 2)


def test_a_rising_price_never_holds_a_sell() -> None:
    plan = planned(plan_run(inputs(positions=[position("600000.SH", 3000)])))

    assert made(next_orders(release(plan, quotes=[book("600000.SH", "10.60")]))) == [
        ("600000.SH", SELL, 1, 1, 3000)
    ]
    held = next_orders(release(plan, quotes=[book("600000.SH", "9.60")]))
    assert held.hold is Reason.HELD_SHARE


def test_when_too_much_is_held_the_whole_plan_waits_for_a_person() -> None:
    plan = buys("0.15", "0.3", "0.05")
    gap = [book("600000.SH", "10.40")]

    exactly = next_orders(release(plan, quotes=gap))
    above = next_orders(release(plan, quotes=[*gap, book("600002.SH", "10.40")]))

    assert exactly.hold is None
    assert len(exactly.orders) == 2
    assert above.hold is Reason.HELD_SHARE
    assert above.orders == ()
    assert set(reasons(above)) == {"600000.SH", "600002.SH"}


def test_the_setting_approves_gaps_and_says_so() -> None:
    settings = Settings().model_copy(update={"approve_gaps": True})

    decision = next_orders(
        release(buys("0.2"), quotes=[book("600000.SH", "10.60")], settings=settings)
    )

    assert len(decision.orders) == 1
    (status,) = decision.statuses
    assert (status.reason, status.released_by) == (None, "approve_gaps")
    assert status.reference_price == Decimal("10.61")
    assert status.limit_worst == Decimal("10.98")
    assert decision.orders[0].limit_price <= status.limit_worst


def test_a_persons_word_rebases_a_held_line() -> None:
    plan = buys("0.2")
    word = LineStatus(
        run_id=plan.run_id,
        symbol=symbol("600000.SH"),
        reason=None,
        detail="",
        released_by="trader",
        reference_price=Decimal("10.60"),
        limit_worst=Decimal("10.97"),
    )

    decision = next_orders(release(plan, quotes=[book("600000.SH", "10.60")], statuses=[word]))

    assert decision.orders[0].limit_price == Decimal("10.66")


def test_an_explained_ex_rights_day_moves_the_envelope_with_it() -> None:
    plan = buys("0.2")
    ex_day = release(
        plan,
        quotes=[book("600000.SH", "9.02")],
        instruments=[instrument("600000.SH", "9")],
    )

    unexplained = next_orders(ex_day)
    explained = next_orders(replace(ex_day, explained=frozenset({symbol("600000.SH")})))

    assert unexplained.hold is Reason.HELD_SHARE
    assert reasons(unexplained) == {"600000.SH": Reason.HELD_FACTOR}
    (status,) = explained.statuses
    assert status.released_by == "ex_rights"
    assert (status.reference_price, status.limit_worst) == (Decimal(9), Decimal("9.31"))
    assert explained.orders[0].limit_price == Decimal("9.07")


def test_a_small_factor_needs_no_explanation() -> None:
    decision = next_orders(release(buys("0.2"), instruments=[instrument("600000.SH", "9.95")]))

    assert len(decision.orders) == 1
    assert decision.statuses[0].reference_price == Decimal("9.95")


def test_a_line_without_a_plan_price_waits_even_with_a_quote() -> None:
    given = without_quote(inputs(positions=[position("600000.SH", 3000)]), "600000.SH")
    plan = planned(plan_run(given))

    assert standing_without_orders(release(plan)) == {"600000.SH": Reason.NO_PRICE}
    lenient = Settings().model_copy(update={"approve_gaps": True})
    assert standing_without_orders(release(plan, settings=lenient)) == {
        "600000.SH": Reason.NO_PRICE
    }


def test_what_was_deferred_is_tried_again_until_a_quarter_to_three() -> None:
    plan = buys("0.2")
    waiting = LineStatus(plan.run_id, symbol("600000.SH"), Reason.SUSPENDED, "")

    def at(clock: str) -> int:
        moment = market_time(SESSION, clock)
        return len(next_orders(release(plan, statuses=[waiting], now=moment)).orders)

    assert at("14:45:00") == 1
    assert at("14:45:01") == 0


def test_a_line_that_trades_again_loses_its_reason_and_only_changes_are_told() -> None:
    plan = buys("0.2")
    held = LineStatus(plan.run_id, symbol("600000.SH"), Reason.HELD_GAP, "")

    cleared = next_orders(release(plan, statuses=[held]))
    still = next_orders(release(plan, statuses=[held], quotes=[book("600000.SH", "10.60")]))

    assert reasons(cleared) == {"600000.SH": None}
    assert still.statuses == ()


def sells(quantity: int) -> Plan:
    return planned(plan_run(inputs(positions=[position("600000.SH", quantity)])))


def test_a_sell_takes_what_the_broker_says_is_sellable_now() -> None:
    plan = sells(1050)

    some = next_orders(release(plan, positions=[position("600000.SH", 1050, sellable=450)]))
    none = standing_without_orders(
        release(plan, positions=[position("600000.SH", 1050, sellable=0)])
    )

    assert made(some) == [("600000.SH", SELL, 1, 1, 450)]
    assert none == {"600000.SH": Reason.NOT_SELLABLE}


def test_a_foreign_part_of_the_holding_is_never_sold() -> None:
    plan = planned(
        plan_run(inputs(positions=[position("600000.SH", 3000)], owned={"600000.SH": 1000}))
    )

    decision = next_orders(release(plan, positions=[position("600000.SH", 3000)]))

    assert made(decision) == [("600000.SH", SELL, 1, 1, 1000)]
    fewer = release(plan, positions=[position("600000.SH", 3000)], owned={"600000.SH": 400})
    assert made(next_orders(fewer)) == [("600000.SH", SELL, 1, 1, 400)]


def test_a_sell_on_its_way_is_not_sold_again() -> None:
    plan = sells(1000)
    part = planned_orders(
        plan, next_orders(release(plan, positions=[position("600000.SH", 1000, sellable=400)]))
    )[0]

    # The broker's figure is older than the order: 600 of the 1,000 it shows are free.
    decision = next_orders(release(plan, orders=[part]))

    assert made(decision) == [("600000.SH", SELL, 2, 1, 600)]


def test_a_sell_the_broker_does_not_show_yet_is_held_back_from_the_shares() -> None:
    plan = sells(1000)
    held = [position("600000.SH", 1000, sellable=400)]
    part = planned_orders(plan, next_orders(release(plan, positions=held)))[0]

    decision = next_orders(release(plan, orders=[part], positions=held))

    assert made(decision) == []
    assert reasons(decision) == {"600000.SH": Reason.NOT_SELLABLE}


def test_what_is_on_its_way_is_no_longer_ours_to_sell() -> None:
    plan = sells(1000)
    part = live(
        planned_orders(
            plan,
            next_orders(release(plan, positions=[position("600000.SH", 1000, sellable=400)])),
        )[0]
    )
    shared = [position("600000.SH", 6000, sellable=5600)]

    decision = next_orders(release(plan, orders=[part], positions=shared, owned={"600000.SH": 700}))

    assert made(decision) == [("600000.SH", SELL, 2, 1, 300)]


def test_the_last_piece_of_a_full_exit_takes_the_odd_lot_with_it() -> None:
    plan = sells(1050)
    part = planned_orders(
        plan, next_orders(release(plan, positions=[position("600000.SH", 1050, sellable=400)]))
    )[0]

    decision = next_orders(release(plan, orders=[cancelled(part)]))

    assert made(decision) == [
        ("600000.SH", SELL, 1, 2, 400),
        ("600000.SH", SELL, 2, 1, 650),
    ]


def test_the_messages_left_bound_the_orders() -> None:
    assert len(next_orders(release(buys("0.2", "0.1"), messages_left=1)).orders) == 1
    assert next_orders(release(buys("0.2", "0.1"), messages_left=-3)).orders == ()


def test_a_name_gets_no_more_than_twenty_orders_a_day() -> None:
    plan = buys("0.2")
    first = first_wave(plan)[0]
    many: list[Order] = [
        filled(replace(first, slice=number, quantity=100)) for number in range(1, 21)
    ]

    assert len(next_orders(release(plan, orders=many[:19])).orders) == 1
    assert next_orders(release(plan, orders=many)).orders == ()


def test_a_quote_from_the_future_clock_does_not_break_the_wave() -> None:
    later: datetime = market_time(SESSION, "10:00:02")

    assert len(next_orders(release(buys("0.2"), quotes=[book("600000.SH", at=later)])).orders) == 1


class NoRules:
    """A rule book that says nothing of any name."""

    def on(self, symbol: Symbol, day: date, status: SecurityStatus) -> Rules:
        raise RuleMissingError("RULE_MISSING", f"{symbol} on {day}: {status}", "没有规则")


def test_a_name_without_rules_today_waits() -> None:
    plan = buys("0.01")
    given = replace(release(plan), rules=cast("RuleBook", NoRules()))

    assert standing_without_orders(given) == {"600000.SH": Reason.RULE_MISSING}


def test_a_reference_of_the_session_does_not_follow_the_previous_close() -> None:
    plan = buys("0.01")
    line = replace(plan.lines[0], reference_kind=ReferenceKind.LAST.value)
    facts = instrument("600000.SH", "5")

    bounds = envelope_of(line, None, facts, release(plan))

    assert isinstance(bounds, Envelope)
    assert (bounds.reference, bounds.limit_worst) == (line.reference_price, line.limit_worst)


def test_a_limit_outside_the_day_waits_and_says_the_live_price() -> None:
    plan, code = buys("0.01"), "600000.SH"
    above = instrument(code, "14", limit_up="15.4", limit_down="12.6")
    word = LineStatus(
        run_id=plan.run_id,
        symbol=symbol(code),
        reason=None,
        detail="",
        released_by="trader",
        reference_price=Decimal(10),
        limit_worst=Decimal("10.35"),
    )

    (status,) = next_orders(release(plan, instruments=[above], statuses=[word])).statuses

    assert status.reason is Reason.OUTSIDE_ENVELOPE
    assert status.detail.startswith("live 10")


def test_a_book_with_bids_alone_prices_no_buy() -> None:
    code = "600000.SH"
    bids_only = quote(code, None, bid1="9.9", at=NOW)

    assert standing_without_orders(release(buys("0.01"), quotes=[bids_only])) == {
        code: Reason.NO_PRICE
    }


def test_a_slice_given_up_for_its_aged_price_is_asked_for_again_whole() -> None:
    plan = buys("0.01")
    (order,) = planned_orders(plan, next_orders(release(plan)))
    aged = never_sent(order, Reason.PRICE_AGED)

    (again,) = next_orders(release(plan, orders=[aged])).orders

    assert (again.slice, again.leg, again.quantity) == (1, 2, order.quantity)
