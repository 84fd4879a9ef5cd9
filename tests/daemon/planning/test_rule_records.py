"""No order of any plan breaks a rule record, whatever board, price, state or day it is for."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.broker import Instrument, Quote
from daemon.planning.envelope import next_orders
from daemon.planning.inputs import security_status
from daemon.planning.release_inputs import ReleaseInputs
from daemon.planning.sizing import plan_run
from market.limits import cage_bounds, daily_limits, price_fault
from market.phases import market_time
from market.quantity import is_valid_buy_quantity, is_valid_sell_quantity
from market.rules import Rules
from market.side import Side
from statemachine.plan import Plan
from tests.daemon.planning.builders import (
    inputs,
    instrument,
    planned,
    position,
    quote,
    rule_book,
    symbol,
    target,
)
from tests.daemon.planning.releases import release

CODES = ("600000.SH", "000001.SZ", "300750.SZ", "688001.SH", "920002.BJ")
# Before and after the break of 2026-07-06, and after the cap on Beijing's ST names.
DAYS = (date(2025, 11, 10), date(2026, 7, 3), date(2026, 7, 6), date(2026, 9, 1))
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Name:
    """One name on one session: what it closed at, where it trades, what is held and wanted."""

    code: str
    prev_close: Decimal
    offset: Decimal
    is_st: bool
    held: int
    locked: int
    weight: str

    def rules(self, day: date) -> Rules:
        return rule_book().on(symbol(self.code), day, security_status(self.facts(None, None)))

    def facts(self, up: str | None, down: str | None) -> Instrument:
        return instrument(
            self.code, str(self.prev_close), limit_up=up, limit_down=down, is_st=self.is_st
        )

    def limits(self, day: date) -> tuple[Decimal, Decimal]:
        """The published limits of the day, up and down."""
        found = daily_limits(self.rules(day), self.prev_close)
        assert found is not None
        return found.up, found.down

    def shown(self, day: date) -> Quote:
        """A book one tick wide around a trade inside the day's limits."""
        up, down = self.limits(day)
        last = (self.prev_close * (1 + self.offset)).quantize(CENT)
        last = min(max(last, down), up)
        bid = None if last - CENT < down else last - CENT
        ask = None if last + CENT > up else last + CENT
        return quote(
            self.code,
            str(last),
            None if bid is None else str(bid),
            None if ask is None else str(ask),
            at=at_ten(day),
        )


def at_ten(day: date) -> datetime:
    return market_time(day, "10:00:00")


def names() -> st.SearchStrategy[list[Name]]:
    name = st.builds(
        Name,
        code=st.sampled_from(CODES),
        prev_close=st.decimals("0.5", "300", places=2),
        offset=st.decimals("-0.31", "0.31", places=3),
        is_st=st.booleans(),
        held=st.sampled_from([0, 0, 29, 150, 1_232, 40_000, 350_000]),
        locked=st.sampled_from([0, 0, 100, 77]),
        weight=st.integers(0, 3000).map(lambda units: str(Decimal(units) / 10_000)),
    )
    return st.lists(name, min_size=1, max_size=5, unique_by=lambda each: each.code)


def market_of(
    chosen: list[Name], day: date, cash: Decimal
) -> tuple[Plan, ReleaseInputs, dict[str, Name]]:
    """Plan in the morning, release at ten, gaps approved so that every price gets its order."""
    held = [
        position(each.code, each.held, max(each.held - each.locked, 0))
        for each in chosen
        if each.held
    ]
    facts = [each.facts(*(str(limit) for limit in each.limits(day))) for each in chosen]
    given = inputs(
        *(target(each.code, each.weight) for each in chosen),
        prices={each.code: str(each.prev_close) for each in chosen},
        positions=held,
        cash=cash,
        instruments=facts,
        now=market_time(day, "09:10:00"),
        session_date=day,
    )
    plan = planned(plan_run(given))
    settings = given.settings.model_copy(update={"approve_gaps": True})
    moment = release(
        plan,
        quotes=[each.shown(day) for each in chosen],
        instruments=facts,
        positions=held,
        cash=cash * 2,
        now=at_ten(day),
        settings=settings,
    )
    return plan, moment, {each.code: each for each in chosen}


@given(names(), st.sampled_from(DAYS), st.decimals("10000", "90000000", places=2))
@settings(max_examples=250, deadline=None)
def test_no_order_breaks_a_record(chosen: list[Name], day: date, cash: Decimal) -> None:
    plan, moment, by_code = market_of(chosen, day, cash)
    bought: dict[str, int] = {}
    left = {row.symbol: row.sellable for row in moment.snapshot.positions}

    for child in next_orders(moment).orders:
        name = by_code[str(child.symbol)]
        rules, shown = name.rules(day), name.shown(day)
        limits = daily_limits(rules, name.prev_close)
        bound = cage_bounds(rules, child.side, shown.bid1, shown.ask1, shown.last, name.prev_close)
        assert price_fault(rules, child.side, child.limit_price, limits, bound) is None
        if child.side is Side.BUY:
            assert is_valid_buy_quantity(rules, child.quantity)
            bought[name.code] = bought.get(name.code, 0) + child.quantity
            assert bought[name.code] <= (rules.daily_buy_maximum or 10**12)
        else:
            assert is_valid_sell_quantity(rules, child.quantity, left[child.symbol])
            left[child.symbol] -= child.quantity
        line = plan.line_for(child.symbol)
        assert child.side is line.side


@given(names(), st.sampled_from(DAYS))
@settings(max_examples=100, deadline=None)
def test_every_name_that_does_not_trade_says_why_once(chosen: list[Name], day: date) -> None:
    plan, moment, by_code = market_of(chosen, day, Decimal(100_000))
    decision = next_orders(moment)
    ordered = {child.symbol for child in decision.orders}
    told = [status.symbol for status in decision.statuses if status.reason is not None]

    assert len(told) == len(set(told))
    for line in plan.lines:
        if line.symbol not in ordered:
            assert (line.reason is not None) or (line.symbol in told), line
    assert set(by_code) == {str(line.symbol) for line in plan.lines}
