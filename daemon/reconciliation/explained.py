"""What differs from our own trading alone and is known: it is told by name, and locks nothing.

Movements that are no trades and trades of other people (a-share-rules.md section 10) explain
shares and cash; a list that came in part explains why nothing was compared.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from daemon.reconciliation.books import BrokerBook, OurBook, foreign_fills, order_key
from daemon.reconciliation.signs import billed_fees, share_change, signed_amount
from market.money import decimal_text
from market.symbol import Symbol
from statemachine.breaks import Break, BreakCause, BreakKind
from statemachine.fill import Fill
from statemachine.movement_kinds import CASH_KINDS
from statemachine.position import Movement

_ZERO = Decimal(0)
_CAUSES = {
    cause.value: cause
    for cause in (
        BreakCause.DIVIDEND,
        BreakCause.TAX,
        BreakCause.BONUS_SHARES,
        BreakCause.RIGHTS,
        BreakCause.IPO,
        BreakCause.REPO,
        BreakCause.INTEREST,
        BreakCause.STANDARD_BOND,
        BreakCause.FEE_CORRECTION,
        BreakCause.DEPOSIT,
        BreakCause.WITHDRAWAL,
        BreakCause.CODE_CHANGE,
    )
}
_KIND_OF_LIST = {
    "orders": BreakKind.ORDER_MISSING,
    "fills": BreakKind.FILL_MISSING,
    "positions": BreakKind.POSITION,
}


def explained_breaks(ours: OurBook, theirs: BrokerBook) -> Iterator[Break]:
    """Yield every known difference: movements, other people's orders, answers in part.

    What is older than `told_from` is history, and not told again.
    """
    for movement in ours.recent_movements:
        if ours.told_from is None or movement.date >= ours.told_from:
            yield from _of_movement(movement)
    by_order: dict[str, list[Fill]] = {}
    for fill in foreign_fills(ours, theirs.fills or ()):
        if ours.told_from is not None and fill.trade_date < ours.told_from:
            continue
        by_order.setdefault(order_key(fill), []).append(fill)
    for key, fills in by_order.items():
        yield from _of_trade(key, fills)
    for name in theirs.incomplete:
        yield _of_part(name)


def cause_of(movement: Movement) -> BreakCause:
    """Return why shares or cash moved; a kind the gateway adds one day is a transfer."""
    return _CAUSES.get(movement.kind, BreakCause.TRANSFER)


def _of_movement(movement: Movement) -> Iterator[Break]:
    cause = cause_of(movement)
    said = f"{movement.text or movement.kind} on {movement.date} ({movement.movement_id})"
    evidence = (movement.movement_id,)
    moves_shares = movement.quantity != 0 and movement.kind not in CASH_KINDS
    if moves_shares and movement.symbol is not None:
        change = str(movement.quantity)
        yield _explained(
            BreakKind.POSITION, movement.symbol, change, said, movement.movement_id, cause, evidence
        )
    if movement.amount:
        change = decimal_text(movement.amount)
        yield _explained(
            BreakKind.CASH, movement.symbol, change, said, movement.movement_id, cause, evidence
        )


def _of_trade(key: str, fills: Iterable[Fill]) -> Iterator[Break]:
    """One order of somebody else: what all its fills did to shares and cash."""
    parts = tuple(fills)
    first = parts[0]
    shares = sum(share_change(fill) for fill in parts)
    paid = sum((fill.side.sign * signed_amount(fill) for fill in parts), _ZERO)
    cash = -paid - sum(map(billed_fees, parts), _ZERO)
    said = f"{first.side} {abs(shares)} {first.symbol} by somebody else on {first.trade_date}"
    evidence = tuple(f"{fill.venue_order_id}/{fill.fill_id}" for fill in parts)
    cause = BreakCause.FOREIGN_TRADE
    yield _explained(BreakKind.POSITION, first.symbol, str(shares), said, key, cause, evidence)
    amount = decimal_text(cash)
    yield _explained(BreakKind.CASH, first.symbol, amount, said, key, cause, evidence)


def _of_part(name: str) -> Break:
    said = f"the broker's {name} came in part: nothing is concluded from them"
    cause = BreakCause.QUERY_INCOMPLETE
    return _explained(_KIND_OF_LIST[name], None, "", said, name, cause, (name,))


def _explained(
    kind: BreakKind,
    symbol: Symbol | None,
    change: str,
    said: str,
    subject: str,
    cause: BreakCause,
    evidence: tuple[str, ...],
) -> Break:
    return Break(
        run_id=None,
        kind=kind,
        symbol=symbol,
        ours="",
        theirs=change,
        detail=said,
        subject=subject,
        cause=cause,
        evidence=evidence,
        explained=True,
    )
