"""One paper counter for a rehearsed plan: orders in, what became of them out.

Here the ids of a plan's orders are exchanged for ids with a blank in them, which no wire takes.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from adapters.broker import Instrument, Quote
from adapters.gateway.venue import Venue, VenueRefused
from adapters.pingan.translate import funds_of, instrument_of, position_of, quote_of, report_of
from adapters.wire.models import NewOrder, OrderView
from market.symbol import Symbol
from statemachine.order import CancelOutcome, Order, SendState
from statemachine.own_moves import ask_cancel, note_cancel_reply, note_cancel_sent, refuse_send
from statemachine.position import AccountSnapshot
from statemachine.venue_path import settle

PATIENCE = timedelta(seconds=30)
_ZERO = Decimal(0)


class SteppedVenue(Venue, Protocol):
    """A venue whose market time is moved by hand."""

    def advance_to(self, moment: datetime) -> None:
        """Let market time run to a moment."""
        ...


def rehearsal_id(order: Order) -> str:
    """Return what an order is called in a rehearsal: unlike any client_order_id."""
    return f"rehearsal {order.symbol} {order.side} {order.slice} {order.leg}"


class PaperCounter:
    """Places and cancels at once, without a wire; fees are those billed so far, CNY by order."""

    def __init__(self, venue: SteppedVenue) -> None:
        self._venue = venue
        self._fees: dict[str, Decimal] = {}

    def advance_to(self, moment: datetime) -> None:
        """Let market time run."""
        self._venue.advance_to(moment)

    def fees_of(self, order: Order) -> Decimal:
        """Return what was billed for an order so far, CNY."""
        return self._fees.get(order.client_order_id, _ZERO)

    async def quotes(self, symbols: Sequence[Symbol]) -> dict[Symbol, Quote]:
        """Return the touch now."""
        views = await self._venue.quotes([str(symbol) for symbol in symbols])
        return {quote.symbol: quote for quote in map(quote_of, views)}

    async def instruments(self, symbols: Sequence[Symbol]) -> dict[Symbol, Instrument]:
        """Return the facts of the session."""
        views = await self._venue.instruments([str(symbol) for symbol in symbols])
        return {instrument.symbol: instrument for instrument in map(instrument_of, views)}

    async def account(self, now: datetime) -> AccountSnapshot:
        """Return the account now."""
        positions = tuple(position_of(view) for view in await self._venue.positions())
        return AccountSnapshot("rehearsal", positions, funds_of(await self._venue.funds()), now)

    async def place(self, planned: Order, now: datetime) -> Order:
        """Place an order under the id of a rehearsal; a refusal ends it."""
        order = replace(planned, client_order_id=rehearsal_id(planned))
        try:
            view = await self._venue.place(_request(order, now))
        except VenueRefused as refused:
            return refuse_send(order, refused.code, refused.message, now)[0]
        return self._seen(replace(order, send_state=SendState.ACCEPTED), view, now)

    async def cancel(self, order: Order, cause: str, now: datetime) -> Order:
        """Ask for a cancel; the order is looked at again later."""
        asked = note_cancel_sent(ask_cancel(order, cause, now)[0])
        try:
            await self._venue.cancel(order.client_order_id)
        except VenueRefused as refused:
            return note_cancel_reply(asked, CancelOutcome.REFUSED, refused.code, now).order
        return asked

    async def look(self, order: Order, now: datetime) -> Order:
        """Return the order as the venue has it now."""
        view = None if order.is_terminal else await self._venue.order(order.client_order_id)
        return order if view is None else self._seen(order, view, now)

    def _seen(self, order: Order, view: OrderView, now: datetime) -> Order:
        self._fees[order.client_order_id] = view.fees_total or _ZERO
        return settle(
            order,
            report_of(view),
            filled_quantity=view.filled_quantity,
            filled_amount=view.filled_amount,
            at=now,
        ).order


def _request(order: Order, now: datetime) -> NewOrder:
    return NewOrder.model_construct(
        client_order_id=order.client_order_id,
        symbol=str(order.symbol),
        side=order.side,
        limit_price=order.limit_price,
        quantity=order.quantity,
        deadline=now + PATIENCE,
    )
