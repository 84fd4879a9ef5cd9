"""What each name of a run cost against the prices it was decided at, CNY (a-share-rules.md 11).

Perold's form says how far the account is from a paper portfolio that traded everything at once at
the decision price; Wagner's says where on the way that was lost. Both have the same total.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from daemon.planning.readiness import EX_RIGHTS
from daemon.reconciliation.fees import FeeTotals, fee_totals
from daemon.reconciliation.lines import LineResult
from daemon.reconciliation.shortfall import (
    Benchmarks,
    implementation_shortfall,
    in_bp,
    run_slippage_bp,
)
from daemon.reconciliation.signs import signed_amount, signed_quantity
from market.side import Side
from market.symbol import Symbol
from statemachine.fill import Fill
from statemachine.order import Order
from statemachine.reasons import Reason

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CostParts:
    """Where the money went, CNY; positive is a cost.

    `delay`: all that was wanted, from decision to arrival. `spread`: half the quoted spread at
    arrival, for what was filled. `execution`: the rest from arrival to the fills. From arrival to
    the close, for what was not filled: `limit_locked` of lines that a price limit held, `unfilled`
    of other approved lines, `cash_drag` of what was wanted and never approved (lots, cash, the
    no-trade band, names that may not be traded). `fees` are billed, estimated where not billed yet.
    """

    delay: Decimal
    spread: Decimal
    execution: Decimal
    limit_locked: Decimal
    unfilled: Decimal
    cash_drag: Decimal
    fees: Decimal

    @property
    def total(self) -> Decimal:
        """The implementation shortfall in Wagner's form."""
        return sum((getattr(self, field.name) for field in fields(self)), _ZERO)


@dataclass(frozen=True, slots=True)
class NameCost:
    """One name of a run; prices in CNY a share, `None` where there was none.

    `wanted_quantity` is what the weights ask for before lots and cash; `traded_amount` is what the
    fills came to, CNY. `arrival_price` is the decision price where nothing was sent.
    """

    ts_code: Symbol
    side: Side
    decision_price: Decimal
    arrival_price: Decimal
    arrival_kind: str
    average_price: Decimal | None
    end_price: Decimal
    wanted_quantity: int
    approved_quantity: int
    filled_quantity: int
    traded_amount: Decimal
    parts: CostParts
    fees_billed: Decimal
    fees_estimated: Decimal
    slippage_bp: Decimal | None

    @property
    def wanted_amount(self) -> Decimal:
        """What was wanted, at the decision price, CNY."""
        return self.wanted_quantity * self.decision_price

    @property
    def price_cost(self) -> Decimal:
        """What the fills cost beyond the decision price, CNY, fees left out."""
        return self.side.sign * (self.traded_amount - self.filled_quantity * self.decision_price)

    @property
    def missed_cost(self) -> Decimal:
        """What was not traded would have made by the close, CNY."""
        missed = self.wanted_quantity - self.filled_quantity
        return self.side.sign * missed * (self.end_price - self.decision_price)

    @property
    def perold_total(self) -> Decimal:
        """The implementation shortfall in Perold's form; equal to `parts.total`."""
        return self.price_cost + self.missed_cost + self.parts.fees


@dataclass(frozen=True, slots=True)
class CashProof:
    """From the decision to the cash, CNY: what the costs explain of what the account shows.

    Cash would have changed by `at_decision_prices` had the same shares traded at their decision
    prices; less `price_cost` and `fees` it changed by `cash_change`, which is the venue's figure
    of the run's trades and their fees.
    """

    at_decision_prices: Decimal
    price_cost: Decimal
    fees: Decimal

    @property
    def cash_change(self) -> Decimal:
        """What the run's trades did to the account's cash, CNY."""
        return self.at_decision_prices - self.price_cost - self.fees


@dataclass(frozen=True, slots=True)
class RunCosts:
    """All names of a run; `shortfall_bp` is of what was wanted at decision prices."""

    names: tuple[NameCost, ...]
    slippage_bp: Decimal | None
    fees: FeeTotals

    @property
    def parts(self) -> CostParts:
        """The sums over the names."""
        return sum_of_parts(cost.parts for cost in self.names)

    @property
    def wanted_amount(self) -> Decimal:
        """What was wanted at decision prices, CNY, buys and sells together."""
        return sum((cost.wanted_amount for cost in self.names), _ZERO)

    @property
    def perold_total(self) -> Decimal:
        """The sum of the names in Perold's form."""
        return sum((cost.perold_total for cost in self.names), _ZERO)

    @property
    def shortfall_bp(self) -> Decimal | None:
        """The total in basis points of what was wanted, None where nothing was."""
        return in_bp(self.parts.total, self.wanted_amount)

    @property
    def proof(self) -> CashProof:
        """How the costs lead from decision prices to the cash."""
        return CashProof(
            at_decision_prices=sum(
                (
                    -cost.side.sign * cost.filled_quantity * cost.decision_price
                    for cost in self.names
                ),
                _ZERO,
            ),
            price_cost=sum((cost.price_cost for cost in self.names), _ZERO),
            fees=self.parts.fees,
        )


def run_costs(
    results: Iterable[LineResult],
    fills: Sequence[Fill],
    *,
    end_prices: Mapping[Symbol, Decimal],
    fee_estimates: Mapping[str, Decimal],
) -> RunCosts:
    """Return the costs of a run's lines, in their order; `fills` are the run's own.

    `end_prices` are those of the session's close, CNY; a name without one is taken to have ended
    at its arrival price. Left out are names of which nothing was wanted and nothing filled, and
    names that never had a price: those were not traded either.
    """
    results = tuple(results)
    names = []
    for result in results:
        symbol = result.line.symbol
        own = [fill for fill in fills if fill.symbol == symbol]
        cost = _name_cost(result, own, end_prices.get(symbol), fee_totals(own, fee_estimates))
        if cost is not None:
            names.append(cost)
    orders = [order for result in results for order in result.orders]
    return RunCosts(tuple(names), run_slippage_bp(orders), fee_totals(fills, fee_estimates))


def sum_of_parts(parts: Iterable[CostParts]) -> CostParts:
    """Return the sum of each part."""
    columns = tuple(parts)
    return CostParts(
        *(sum((getattr(row, field.name) for row in columns), _ZERO) for field in fields(CostParts))
    )


def _name_cost(
    result: LineResult, fills: Sequence[Fill], end: Decimal | None, fees: FeeTotals
) -> NameCost | None:
    line = result.line
    filled = sum(signed_quantity(fill) for fill in fills)
    amount = sum((signed_amount(fill) for fill in fills), _ZERO)
    wanted = max(abs(line.target_quantity - line.owned_quantity), line.quantity_max, filled)
    first = _first_sent(result.orders)
    prices = _benchmarks(result, first, end)
    if prices is None or not (wanted or fills):
        return None
    return NameCost(
        ts_code=line.symbol,
        side=line.side,
        decision_price=prices.decision,
        arrival_price=prices.arrival,
        arrival_kind="DECISION" if first is None else first.arrival_kind or "",
        average_price=amount / filled if filled else None,
        end_price=prices.end,
        wanted_quantity=wanted,
        approved_quantity=line.quantity_max,
        filled_quantity=filled,
        traded_amount=amount,
        parts=_parts(result, (wanted, filled, amount), prices, first, fees.charged),
        fees_billed=fees.billed,
        fees_estimated=fees.estimated,
        slippage_bp=run_slippage_bp(result.orders),
    )


def _parts(
    result: LineResult,
    traded: tuple[int, int, Decimal],
    prices: Benchmarks,
    first: Order | None,
    fees: Decimal,
) -> CostParts:
    """Split the shortfall of (wanted, filled, amount filled)."""
    line = result.line
    wanted, filled, amount = traded
    whole = implementation_shortfall(line.side, wanted, filled, amount, prices, fees)
    half_spread = (first.arrival_spread or _ZERO) / 2 if first is not None else _ZERO
    spread = filled * half_spread
    move = line.side.sign * (prices.end - prices.arrival)
    left = max(line.quantity_max, filled) - filled
    locked = left * move if result.reason is Reason.LIMIT_LOCKED else _ZERO
    return CostParts(
        delay=whole.delay,
        spread=spread,
        execution=whole.trading - spread,
        limit_locked=locked,
        unfilled=left * move - locked,
        cash_drag=whole.opportunity - left * move,
        fees=fees,
    )


def _first_sent(orders: Iterable[Order]) -> Order | None:
    """Return the first order that has an arrival price."""
    return next((order for order in orders if order.arrival_price), None)


def _benchmarks(result: LineResult, first: Order | None, end: Decimal | None) -> Benchmarks | None:
    """Return the three prices; what a name lacks is taken from the next later one."""
    arrival = None if first is None else first.arrival_price
    decision = _decision_price(result) or arrival or end
    if decision is None:
        return None
    arrival = arrival or decision
    return Benchmarks(decision, arrival, end or arrival)


def _decision_price(result: LineResult) -> Decimal | None:
    """Return the plan's reference, after the corporate action where there was one overnight."""
    status = result.status
    if status is not None and status.released_by == EX_RIGHTS and status.reference_price:
        return status.reference_price
    return result.line.reference_price
