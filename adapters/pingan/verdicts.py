"""What one send proves (never-twice-never-lost.md A3); pure.

Only the codes listed here, under the status the contract gives them and with a body that says
not_executed, prove that nothing is live. Everything else is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar, assert_never

from pydantic import BaseModel, ValidationError

from adapters.broker import (
    REPLY_MISMATCH,
    REPLY_UNREADABLE,
    CancelAnswer,
    SendAnswer,
    SendResult,
    SendVerdict,
)
from adapters.pingan.translate import report_of
from adapters.pingan.transport import HttpReply
from adapters.wire.errors import ErrorCode, Outcome, code_of, kind_of
from adapters.wire.models import (
    CancelAccepted,
    CancelAllReply,
    ErrorView,
    NewOrder,
    OrderView,
    SubmitOutcome,
    SubmitReply,
    SubmitResult,
)
from statemachine.events import VenueStatus
from statemachine.systemic_refusals import SYSTEMIC_REFUSALS

Model = TypeVar("Model", bound=BaseModel)

NOT_CONNECTED = "NOT_CONNECTED"
NO_ANSWER = "NO_ANSWER"

_TRY_AGAIN = frozenset(
    {ErrorCode.RATE_LIMITED, ErrorCode.VENUE_NOT_READY, ErrorCode.VENUE_DISCONNECTED},
)
_NO_ENTRY = frozenset(
    {
        ErrorCode.AUTH_SIGNATURE,
        ErrorCode.AUTH_TIMESTAMP,
        ErrorCode.AUTH_TOKEN_EXPIRED,
        ErrorCode.AUTH_SESSION_SUPERSEDED,
        ErrorCode.AUTH_FORBIDDEN,
    },
)
SUBMIT_REFUSALS = _NO_ENTRY | {
    ErrorCode.INVALID_ARGUMENT,
    ErrorCode.LOT_SIZE,
    ErrorCode.PRICE_TICK,
    ErrorCode.PRICE_LIMIT,
    ErrorCode.PRICE_CAGE,
    ErrorCode.INSUFFICIENT_FUNDS,
    ErrorCode.INSUFFICIENT_SELLABLE,
    ErrorCode.NO_PERMISSION,
    ErrorCode.SUSPENDED,
    ErrorCode.MARKET_CLOSED,
    ErrorCode.TRADING_DISABLED,
    ErrorCode.DEADLINE_EXCEEDED,
    ErrorCode.VENUE_REJECTED,
}
CANCEL_REFUSALS = _NO_ENTRY | {
    ErrorCode.INVALID_ARGUMENT,
    ErrorCode.NO_PERMISSION,
    ErrorCode.MARKET_CLOSED,
    ErrorCode.MARKET_NO_CANCEL,
    ErrorCode.NOT_CANCELABLE,
    ErrorCode.ORDER_NOT_FOUND,
    ErrorCode.TRADING_DISABLED,
    ErrorCode.VENUE_REJECTED,
}


# A malformed request is refused under whichever status the HTTP layer has for its fault.
_MALFORMED = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    },
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one send ended on the wire: with a whole reply, or with a failure in words.

    `refused` marks a failure to get in before anything was sent that trying again cannot mend.
    """

    bytes_started: bool
    reply: HttpReply | None = None
    code: str = NO_ANSWER
    message: str = ""
    refused: bool = False

    @property
    def evidence(self) -> bytes:
        """The raw reply, or what happened instead of one."""
        return self.message.encode() if self.reply is None else self.reply.body


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and its reason, before it is given to an order."""

    verdict: SendVerdict
    code: str
    message: str
    systemic: bool
    order: OrderView | None = None


def send_answer(orders: Sequence[NewOrder], attempt: Attempt) -> SendAnswer:
    """Give each order of a batch its verdict."""
    return SendAnswer(
        results=_results(orders, attempt),
        bytes_started=attempt.bytes_started,
        evidence=attempt.evidence,
    )


def cancel_answer(client_order_id: str, attempt: Attempt) -> CancelAnswer:
    """Give a cancel request its verdict; only 202 for this very order is an acceptance."""
    finding = _cancel_finding(client_order_id, attempt)
    return CancelAnswer(
        verdict=finding.verdict,
        code=finding.code,
        message=finding.message,
        report=None if finding.order is None else report_of(finding.order),
        evidence=attempt.evidence,
    )


def account_answer(attempt: Attempt) -> CancelAnswer:
    """Give a cancel of the whole account its verdict; which orders it reached, a list tells."""
    reply = attempt.reply
    if reply is None or not _is_success(reply):
        finding = _refusal_finding(attempt, CANCEL_REFUSALS)
    elif parsed(CancelAllReply, reply) is None:
        finding = _unknown(REPLY_UNREADABLE, "the answer to a cancel of all does not read")
    else:
        finding = Finding(SendVerdict.ACCEPTED, "", "", systemic=False)
    return CancelAnswer(finding.verdict, finding.code, finding.message, None, attempt.evidence)


def error_view(reply: HttpReply) -> ErrorView | None:
    """Return the error body, or None when the reply is no error or has none that reads."""
    return parsed(ErrorView, reply) if reply.status >= HTTPStatus.BAD_REQUEST else None


def parsed(model: type[Model], reply: HttpReply) -> Model | None:
    """Return the body as a model, or None when it does not read."""
    try:
        return model.model_validate_json(reply.body)
    except ValidationError:
        return None


def _results(orders: Sequence[NewOrder], attempt: Attempt) -> tuple[SendResult, ...]:
    reply = attempt.reply
    if reply is None or not _is_success(reply):
        finding = _refusal_finding(attempt, SUBMIT_REFUSALS)
        return tuple(_result(order, finding) for order in orders)
    answer = parsed(SubmitReply, reply)
    if answer is None:
        finding = _unknown(REPLY_UNREADABLE, "the answer to a submit does not read")
        return tuple(_result(order, finding) for order in orders)
    told = [result.client_order_id for result in answer.results]
    if told != [order.client_order_id for order in orders]:
        finding = _unknown(REPLY_MISMATCH, f"asked for other orders than answered: {told}")
        return tuple(_result(order, finding) for order in orders)
    pairs = zip(orders, answer.results, strict=True)
    return tuple(_result(order, _order_finding(order, result)) for order, result in pairs)


def _order_finding(order: NewOrder, result: SubmitResult) -> Finding:
    match result.outcome:
        case SubmitOutcome.ACCEPTED:
            return _accepted_finding(order, result)
        case SubmitOutcome.REJECTED:
            return _rejected_finding(result)
        case SubmitOutcome.UNKNOWN:
            code = result.error.code if result.error else SubmitOutcome.UNKNOWN.name
            message = result.error.message if result.error else ""
            return Finding(SendVerdict.UNKNOWN, code, message, systemic=False, order=result.order)
        case _:
            assert_never(result.outcome)


def _accepted_finding(order: NewOrder, result: SubmitResult) -> Finding:
    view = result.order
    if view is None or not _echoes(order, view):
        return _unknown(REPLY_MISMATCH, f"accepted, but not what was sent: {view}")
    return Finding(SendVerdict.ACCEPTED, "", view.raw_text, systemic=False, order=view)


def _rejected_finding(result: SubmitResult) -> Finding:
    error, view = result.error, result.order
    if error is None or (view is not None and view.status is not VenueStatus.JUNK):
        return _unknown(REPLY_MISMATCH, f"rejected, but not proven: {result}")
    code = code_of(error.code)
    if error.outcome is not Outcome.NOT_EXECUTED:
        verdict = SendVerdict.UNKNOWN
    elif code in _TRY_AGAIN and view is None:
        verdict = SendVerdict.NOT_SENT
    else:
        verdict = SendVerdict.REFUSED
    systemic = error.code in SYSTEMIC_REFUSALS
    return Finding(verdict, error.code, error.message, systemic=systemic, order=view)


def _echoes(order: NewOrder, view: OrderView) -> bool:
    """Whether the venue took exactly this order, and gave it a number of its own."""
    asked = (order.client_order_id, order.symbol, order.side, order.quantity, order.limit_price)
    taken = (view.client_order_id, view.symbol, view.side, view.quantity, view.limit_price)
    return asked == taken and bool(view.venue_order_id)


def _cancel_finding(client_order_id: str, attempt: Attempt) -> Finding:
    reply = attempt.reply
    if reply is None or not _is_success(reply):
        return _refusal_finding(attempt, CANCEL_REFUSALS)
    answer = parsed(CancelAccepted, reply)
    if answer is None:
        return _unknown(REPLY_UNREADABLE, "the answer to a cancel does not read")
    if answer.client_order_id != client_order_id or not answer.requested:
        return _unknown(REPLY_MISMATCH, f"asked to cancel another order than answered: {answer}")
    return Finding(SendVerdict.ACCEPTED, "", "", systemic=False)


def _refusal_finding(attempt: Attempt, refusals: frozenset[ErrorCode]) -> Finding:
    """Judge a failure on the wire, or an answer that is not a success."""
    if attempt.reply is None:
        verdict = _silent_verdict(attempt)
        return Finding(verdict, attempt.code, attempt.message, systemic=True)
    error = error_view(attempt.reply)
    if error is None:
        return _unknown(f"HTTP_{attempt.reply.status}", "an answer without a readable error body")
    code = code_of(error.code)
    verdict = _error_verdict(attempt.reply.status, error, code, refusals)
    systemic = error.code in SYSTEMIC_REFUSALS
    return Finding(verdict, error.code, error.message, systemic=systemic, order=error.order)


def _silent_verdict(attempt: Attempt) -> SendVerdict:
    if attempt.bytes_started:
        return SendVerdict.UNKNOWN
    return SendVerdict.REFUSED if attempt.refused else SendVerdict.NOT_SENT


def _error_verdict(
    status: int,
    error: ErrorView,
    code: ErrorCode | None,
    refusals: frozenset[ErrorCode],
) -> SendVerdict:
    if code is None or error.outcome is not Outcome.NOT_EXECUTED or not _fits(status, code):
        return SendVerdict.UNKNOWN
    if code in _TRY_AGAIN:
        return SendVerdict.NOT_SENT
    return SendVerdict.REFUSED if code in refusals else SendVerdict.UNKNOWN


def _fits(status: int, code: ErrorCode) -> bool:
    """Whether the contract sends this code under this status."""
    if code is ErrorCode.INVALID_ARGUMENT:
        return status in _MALFORMED
    return status == kind_of(code).status


def _is_success(reply: HttpReply) -> bool:
    return HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES


def _unknown(code: str, message: str) -> Finding:
    return Finding(SendVerdict.UNKNOWN, code, message, systemic=True)


def _result(order: NewOrder, finding: Finding) -> SendResult:
    return SendResult(
        client_order_id=order.client_order_id,
        verdict=finding.verdict,
        report=None if finding.order is None else report_of(finding.order),
        code=finding.code,
        message=finding.message,
        systemic=finding.systemic,
    )
