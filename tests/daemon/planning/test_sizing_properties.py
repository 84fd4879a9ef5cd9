"""What holds for every plan, whatever the account, the prices and the targets are."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.planning.inputs import PlanInputs
from daemon.planning.sizing import plan_run
from market.quantity import slice_quantities
from market.side import Side
from statemachine.plan import Disposition, Plan
from statemachine.position import AccountSnapshot, Position
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    EVE,
    SESSION,
    inputs,
    planned,
    position,
    rule_book,
    target,
)

CODES = (
    "600000.SH",
    "600036.SH",
    "000001.SZ",
    "300750.SZ",
    "688001.SH",
    "688981.SH",
    "920002.BJ",
    "601318.SH",
)
# Why a line that trades stops short of its target.
BOUNDED = {Reason.NOT_SELLABLE, Reason.BELOW_LOT, Reason.DAILY_BUY_CAP}
PRICES = st.decimals("0.5", "400", places=2)
WEIGHTS = st.integers(0, 1250).map(lambda units: str(Decimal(units) / 10_000))
HOLDINGS = st.builds(
    lambda total, locked: (total, max(total - locked, 0)),
    st.integers(0, 60_000),
    st.sampled_from([0, 0, 100, 70_000]),
)


@st.composite
def plan_inputs(draw: st.DrawFn) -> PlanInputs:
    names = draw(st.lists(st.sampled_from(CODES), unique=True, min_size=1))
    held: list[Position] = []
    owned: dict[str, int] = {}
    for code in draw(st.lists(st.sampled_from(CODES), unique=True, max_size=4)):
        total, sellable = draw(HOLDINGS)
        held.append(position(code, total, sellable))
        owned[code] = draw(st.integers(0, total))
    prices = {code: str(draw(PRICES)) for code in CODES}
    used = {str(row.symbol) for row in held} | set(names)
    return inputs(
        *(target(code, draw(WEIGHTS)) for code in names),
        prices={code: price for code, price in prices.items() if code in used},
        positions=held,
        owned=owned,
        cash=draw(st.decimals("0", "5000000", places=2)),
        now=draw(st.sampled_from([EVE, EVE.replace(day=SESSION.day, hour=10)])),
    )


def plan_for(candidate: PlanInputs) -> Plan:
    return planned(plan_run(candidate))


def spent(plan: Plan, side: Side) -> Decimal:
    return sum((line.notional for line in plan.lines if line.side is side), Decimal(0))


def fees(plan: Plan, side: Side) -> Decimal:
    return sum((line.fees_estimate for line in plan.lines if line.side is side), Decimal(0))


@given(plan_inputs())
@settings(max_examples=150, deadline=None)
def test_buys_with_all_fees_never_exceed_cash_and_proceeds(candidate: PlanInputs) -> None:
    plan = plan_for(candidate)

    cash = candidate.snapshot.funds.available
    proceeds = sum(
        (
            line.notional - line.fees_estimate
            for line in plan.lines
            if line.side is Side.SELL and line.disposition is Disposition.TRADE
        ),
        Decimal(0),
    )
    cost = spent(plan, Side.BUY) + fees(plan, Side.BUY)
    buffer = plan.capital.strategy_capital * candidate.settings.capital.cash_buffer_ratio
    assert cost == 0 or cost <= cash + proceeds - buffer


@given(plan_inputs())
@settings(max_examples=150, deadline=None)
def test_sells_never_exceed_what_is_ours_and_sellable(candidate: PlanInputs) -> None:
    sellable = {row.symbol: row.sellable for row in candidate.snapshot.positions}
    total = {row.symbol: row.quantity for row in candidate.snapshot.positions}
    can_sell = sellable if candidate.is_session_open else total

    for line in plan_for(candidate).lines:
        if line.side is Side.SELL and line.disposition is Disposition.TRADE:
            assert line.quantity_max <= min(candidate.owned[line.symbol], can_sell[line.symbol])


@given(plan_inputs())
@settings(max_examples=150, deadline=None)
def test_every_line_can_be_cut_into_legal_orders(candidate: PlanInputs) -> None:
    sellable = {row.symbol: row.sellable for row in candidate.snapshot.positions}
    total = {row.symbol: row.quantity for row in candidate.snapshot.positions}
    can_sell = sellable if candidate.is_session_open else total

    for line in plan_for(candidate).lines:
        if line.disposition is Disposition.TRADE:
            rules = rule_book().on(line.symbol, SESSION)
            account = can_sell.get(line.symbol)
            slices = slice_quantities(rules, line.side, line.quantity_max, account)
            assert sum(slices) == line.quantity_max


@given(plan_inputs())
@settings(max_examples=100, deadline=None)
def test_every_target_and_every_owned_name_has_exactly_one_line(candidate: PlanInputs) -> None:
    names = sorted(line.symbol for line in plan_for(candidate).lines)
    owned = {symbol for symbol, quantity in candidate.owned.items() if quantity > 0}

    assert names == sorted({row.symbol for row in candidate.portfolio.targets} | owned)


@given(plan_inputs())
@settings(max_examples=100, deadline=None)
def test_only_tradable_lines_are_without_a_reason(candidate: PlanInputs) -> None:
    for line in plan_for(candidate).lines:
        tradable = line.disposition is Disposition.TRADE
        assert tradable or line.reason is not None
        assert not tradable or line.reason in {None, *BOUNDED}
        assert (line.quantity_max > 0) or not tradable
        if line.disposition in {Disposition.KEEP, Disposition.DENIED}:
            assert line.quantity_max == 0


@given(plan_inputs())
@settings(max_examples=100, deadline=None)
def test_no_buy_goes_past_its_own_target(candidate: PlanInputs) -> None:
    for line in plan_for(candidate).lines:
        if line.side is Side.BUY:
            assert line.owned_quantity + line.quantity_max <= line.target_quantity


@given(plan_inputs())
@settings(max_examples=60, deadline=None)
def test_the_order_in_which_facts_arrive_changes_nothing(candidate: PlanInputs) -> None:
    plan = plan_for(candidate)
    shuffled = replace(
        candidate,
        portfolio=replace(
            candidate.portfolio, targets=tuple(reversed(candidate.portfolio.targets))
        ),
        owned=dict(reversed(list(candidate.owned.items()))),
        quotes=dict(reversed(list(candidate.quotes.items()))),
        instruments=dict(reversed(list(candidate.instruments.items()))),
        snapshot=replace(
            candidate.snapshot, positions=tuple(reversed(candidate.snapshot.positions))
        ),
    )

    assert plan_for(candidate) == plan
    assert plan_for(shuffled) == plan


@given(plan_inputs(), st.lists(st.integers(0, 2_000_000), min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_more_cash_never_buys_less_than_one_lot_less(
    candidate: PlanInputs, additions: list[int]
) -> None:
    """Whole lots and the minimum trade make steps; they are all that can be lost."""
    free = replace(candidate, owned={})
    cash = [Decimal(0), *map(Decimal, sorted(additions))]
    plans = [plan_for(replace(free, snapshot=_with_cash(free, addition))) for addition in cash]

    for poorer, richer in pairwise(plans):
        assert _budgets(richer) >= _budgets(poorer)
        assert spent(richer, Side.BUY) >= spent(poorer, Side.BUY) - _largest_step(richer)
        if poorer.shrink_factor == richer.shrink_factor == 1:
            for line in poorer.lines:
                assert richer.line_for(line.symbol).quantity_max >= line.quantity_max


def _budgets(plan: Plan) -> Decimal:
    """What all buys together may be given, before lots: it never falls when there is more cash."""
    wanted = sum((line.target_weight for line in plan.lines), Decimal(0))
    return plan.shrink_factor * wanted * plan.capital.strategy_capital


def _with_cash(candidate: PlanInputs, addition: Decimal) -> AccountSnapshot:
    funds = candidate.snapshot.funds
    return replace(candidate.snapshot, funds=replace(funds, available=funds.available + addition))


def _largest_step(plan: Plan) -> Decimal:
    """The cost of one minimum order of the dearest name, and of one minimum trade a name."""
    minimum = Decimal(5000)
    lots = [
        rule_book().on(line.symbol, SESSION).lot_minimum * (line.reference_price or minimum)
        for line in plan.lines
    ]
    return max(lots) + minimum * len(lots)
