"""Our fills against the broker's, by primary key (invariant I8)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from daemon.reconciliation.books import OurBook, fill_key, is_foreign
from daemon.reconciliation.signs import signed_amount, signed_quantity
from market.money import decimal_text
from statemachine.breaks import Break, BreakCause, BreakKind
from statemachine.fill import Fill


def fill_breaks(
    ours: OurBook, theirs: Sequence[Fill], *, session_date: date | None, run_id: str | None
) -> Iterator[Break]:
    """Yield fills that only one side has, or that both have differently.

    Trades of other people are no breaks. Only fills of `session_date` are compared, all where it
    is None.
    """
    runs = {order.client_order_id: order.run_id for order in ours.orders}
    own_ids = ours.client_order_ids
    here = {fill_key(fill): fill for fill in ours.fills if _is_compared(fill, session_date)}
    there = {fill_key(fill): fill for fill in theirs if _is_compared(fill, session_date)}
    for key, fill in here.items():
        run = runs.get(fill.client_order_id or "", run_id)
        if key not in there:
            yield _break_of(fill, BreakKind.FILL_MISSING, words_of(fill), "", run)
        elif not _is_same(fill, there[key]):
            found = _break_of(
                fill, BreakKind.FILL_DIFFERS, words_of(fill), words_of(there[key]), run
            )
            only_fees = _figures_of(fill) == _figures_of(there[key])
            yield replace(found, cause=BreakCause.FEE_CORRECTION) if only_fees else found
    for key, fill in there.items():
        if key not in here and not is_foreign(fill.client_order_id, own_ids):
            run = runs.get(fill.client_order_id or "", run_id)
            yield _break_of(fill, BreakKind.FILL_UNKNOWN, "", words_of(fill), run)


def words_of(fill: Fill) -> str:
    """Return the figures of a fill as a person reads them."""
    fees = "not billed" if fill.fees is None else decimal_text(fill.fees.total)
    return (
        f"{fill.kind} {fill.side} {signed_quantity(fill)} {fill.symbol} "
        f"at {decimal_text(fill.price)} = {decimal_text(signed_amount(fill))}, "
        f"fees {fees}, order {fill.client_order_id}"
    )


def _is_compared(fill: Fill, session_date: date | None) -> bool:
    return session_date is None or fill.trade_date == session_date


def _is_same(ours: Fill, theirs: Fill) -> bool:
    """Fees count once both sides have them: the broker may bill later than it reports."""
    same_fees = ours.fees is None or theirs.fees is None or ours.fees == theirs.fees
    return same_fees and _figures_of(ours) == _figures_of(theirs)


def _figures_of(fill: Fill) -> tuple[object, ...]:
    return (
        fill.client_order_id,
        fill.symbol,
        fill.side,
        signed_quantity(fill),
        fill.price,
        signed_amount(fill),
    )


def _break_of(fill: Fill, kind: BreakKind, ours: str, theirs: str, run_id: str | None) -> Break:
    detail = f"fill {fill.fill_id} of {fill.venue_order_id} on {fill.trade_date}: {_SAID[kind]}"
    subject = "/".join(map(str, fill_key(fill)))
    return Break(run_id, kind, fill.symbol, ours, theirs, detail, subject)


_SAID = {
    BreakKind.FILL_MISSING: "we have it, the broker does not list it",
    BreakKind.FILL_UNKNOWN: "the broker lists it for an order of ours, we do not have it",
    BreakKind.FILL_DIFFERS: "both have it, with other figures",
}
