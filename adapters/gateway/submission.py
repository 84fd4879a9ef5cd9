"""One batch: claim every id durably, then call the venue once an order, then store the results."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.gateway.idempotency import Claim, IdempotencyStore, Reservation
from adapters.gateway.replies import GatewayError, invalid, venue_refusal
from adapters.gateway.venue import Venue, VenueRefused, VenueUncertain
from adapters.wire.errors import ErrorCode, Outcome, Retry, kind_of
from adapters.wire.models import NewOrder, SubmitOutcome, SubmitReply, SubmitResult

_CLAIM_ERRORS = {
    Claim.CONFLICT: (ErrorCode.IDEMPOTENCY_CONFLICT, "this id was used for another order"),
    Claim.UNCERTAIN: (ErrorCode.ORDER_STATUS_UNCERTAIN, "the first sending has no known result"),
}


@dataclass(slots=True)
class _Ending:
    """What to write down when the batch is through, or breaks off."""

    results: dict[str, str] = field(default_factory=dict)
    released: list[str] = field(default_factory=list)


class Submission:
    """Passes batches on to a venue, each client_order_id at most once for ever."""

    def __init__(self, account_id: str, venue: Venue, store: IdempotencyStore) -> None:
        self._account_id = account_id
        self._venue = venue
        self._store = store

    async def submit(self, orders: Sequence[NewOrder], request_id: str) -> SubmitReply:
        """Return one result an order, same order.

        Raises GatewayError INVALID_ARGUMENT for an id twice in the batch, and a 409 when every
        order of it (a single one is such a batch) names an id that is taken.
        """
        _require_distinct_ids(orders)
        digests = {order.client_order_id: _digest(order) for order in orders}
        trade_date = self._venue.trade_date()
        claims = await self._store.reserve(self._account_id, digests, trade_date)
        _require_a_free_id([claims[order.client_order_id] for order in orders])
        ending = _Ending()
        try:
            results = [
                await self._handle(order, claims[order.client_order_id], ending, request_id)
                for order in orders
            ]
        finally:
            if ending.results or ending.released:
                await self._store.settle(self._account_id, ending.results, ending.released)
        return SubmitReply(results=tuple(results))

    async def _handle(
        self,
        order: NewOrder,
        reservation: Reservation,
        ending: _Ending,
        request_id: str,
    ) -> SubmitResult:
        if reservation.claim is Claim.NEW:
            return await self._place(order, ending, request_id)
        if reservation.result is not None:
            first = SubmitResult.model_validate_json(reservation.result)
            return first.model_copy(update={"replayed": True})
        return _refused(order, _claim_error(reservation.claim), SubmitOutcome.UNKNOWN, request_id)

    async def _place(self, order: NewOrder, ending: _Ending, request_id: str) -> SubmitResult:
        try:
            result = await self._pass_on(order)
        except VenueUncertain as uncertain:
            error = GatewayError(ErrorCode.ORDER_STATUS_UNCERTAIN, str(uncertain))
            return _refused(order, error, SubmitOutcome.UNKNOWN, request_id)
        except GatewayError as error:
            if error.outcome is not Outcome.NOT_EXECUTED:
                return _refused(order, error, SubmitOutcome.UNKNOWN, request_id)
            result = _refused(order, error, SubmitOutcome.REJECTED, request_id)
            if kind_of(error.code).retry is Retry.AFTER_BACKOFF:
                ending.released.append(order.client_order_id)
                return result
        ending.results[order.client_order_id] = result.model_dump_json()
        return result

    async def _pass_on(self, order: NewOrder) -> SubmitResult:
        if self._venue.now() > order.deadline:
            message = f"not passed on by {order.deadline.isoformat()}"
            raise GatewayError(ErrorCode.DEADLINE_EXCEEDED, message)
        try:
            view = await self._venue.place(order)
        except VenueRefused as refusal:
            raise venue_refusal(refusal) from refusal
        return SubmitResult(
            client_order_id=order.client_order_id,
            outcome=SubmitOutcome.ACCEPTED,
            order=view,
        )


def _require_distinct_ids(orders: Sequence[NewOrder]) -> None:
    if len({order.client_order_id for order in orders}) != len(orders):
        raise invalid("a client_order_id appears twice in this batch")


def _require_a_free_id(reservations: Sequence[Reservation]) -> None:
    claims = {reservation.claim for reservation in reservations}
    if len(claims) == 1 and (taken := claims.pop()) in _CLAIM_ERRORS:
        raise _claim_error(taken)


def _claim_error(claim: Claim) -> GatewayError:
    code, message = _CLAIM_ERRORS[claim]
    return GatewayError(code, message)


def _refused(
    order: NewOrder,
    error: GatewayError,
    outcome: SubmitOutcome,
    request_id: str,
) -> SubmitResult:
    return SubmitResult(
        client_order_id=order.client_order_id,
        outcome=outcome,
        order=error.order,
        error=error.view(request_id),
    )


def _digest(order: NewOrder) -> str:
    return hashlib.sha256(order.model_dump_json().encode()).hexdigest()
