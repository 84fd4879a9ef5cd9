"""The failure of a read as one of the broker's errors; a read executes nothing."""

from decimal import Decimal
from http import HTTPStatus

from adapters.broker import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    SessionSuperseded,
)
from adapters.pingan.transport import HttpReply, TransportError
from adapters.pingan.verdicts import NO_ANSWER, NOT_CONNECTED, error_view
from adapters.wire.errors import ErrorCode

_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


def no_answer(error: TransportError) -> BrokerUnavailable:
    """Return the failure of a read that got no whole answer."""
    code = NO_ANSWER if error.bytes_started else NOT_CONNECTED
    return BrokerUnavailable(code, str(error))


def broker_error(reply: HttpReply) -> BrokerError:
    """Return the failure a reply other than a success stands for."""
    error = error_view(reply)
    code = f"HTTP_{reply.status}" if error is None else error.code
    message = "an answer without a readable error body" if error is None else error.message
    if code == ErrorCode.AUTH_SESSION_SUPERSEDED:
        return SessionSuperseded(code, message)
    if _is_refusal(reply.status) and error is not None:
        return BrokerRefused(code, message)
    return BrokerUnavailable(code, message, _seconds(reply.retry_after))


def _is_refusal(status: int) -> bool:
    is_client_error = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return is_client_error and status not in _LATER


def _seconds(text: str) -> Decimal | None:
    return Decimal(text) if text.isascii() and text.isdigit() else None
