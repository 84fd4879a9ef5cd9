"""The error codes of gateway-contract.md section 4, and what each of them means."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus


class Outcome(StrEnum):
    """Whether the refused request was executed."""

    NOT_EXECUTED = "not_executed"
    EXECUTED = "executed"
    UNKNOWN = "unknown"


class Retry(StrEnum):
    """What the sender may do next."""

    NEVER = "never"
    SAME_ID = "same_id"
    AFTER_BACKOFF = "after_backoff"
    QUERY_FIRST = "query_first"


class ErrorCode(StrEnum):
    """Every code a gateway may answer with."""

    AUTH_SIGNATURE = "AUTH_SIGNATURE"
    AUTH_TIMESTAMP = "AUTH_TIMESTAMP"
    AUTH_REPLAY = "AUTH_REPLAY"
    AUTH_TOKEN_EXPIRED = "AUTH_TOKEN_EXPIRED"  # noqa: S105 - a code, not a secret
    AUTH_SESSION_SUPERSEDED = "AUTH_SESSION_SUPERSEDED"
    AUTH_FORBIDDEN = "AUTH_FORBIDDEN"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    LOT_SIZE = "LOT_SIZE"
    PRICE_TICK = "PRICE_TICK"
    PRICE_LIMIT = "PRICE_LIMIT"
    PRICE_CAGE = "PRICE_CAGE"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    INSUFFICIENT_SELLABLE = "INSUFFICIENT_SELLABLE"
    NO_PERMISSION = "NO_PERMISSION"
    SUSPENDED = "SUSPENDED"
    MARKET_CLOSED = "MARKET_CLOSED"
    MARKET_NO_CANCEL = "MARKET_NO_CANCEL"
    TRADING_DISABLED = "TRADING_DISABLED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    VENUE_REJECTED = "VENUE_REJECTED"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    ORDER_STATUS_UNCERTAIN = "ORDER_STATUS_UNCERTAIN"
    NOT_CANCELABLE = "NOT_CANCELABLE"
    RATE_LIMITED = "RATE_LIMITED"
    VENUE_NOT_READY = "VENUE_NOT_READY"
    VENUE_DISCONNECTED = "VENUE_DISCONNECTED"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """What a code means when nothing more is said."""

    status: HTTPStatus
    outcome: Outcome = Outcome.NOT_EXECUTED
    retry: Retry = Retry.NEVER


_REFUSED_ORDER = ErrorKind(HTTPStatus.UNPROCESSABLE_ENTITY)
_LATER_ORDER = ErrorKind(HTTPStatus.UNPROCESSABLE_ENTITY, retry=Retry.AFTER_BACKOFF)
_TAKEN_ID = ErrorKind(HTTPStatus.CONFLICT, Outcome.UNKNOWN, Retry.QUERY_FIRST)
_NO_ENTRY = ErrorKind(HTTPStatus.UNAUTHORIZED)
_VENUE_AWAY = ErrorKind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    retry=Retry.AFTER_BACKOFF,
)

ERROR_KINDS: dict[ErrorCode, ErrorKind] = {
    ErrorCode.AUTH_SIGNATURE: _NO_ENTRY,
    ErrorCode.AUTH_TIMESTAMP: ErrorKind(
        HTTPStatus.UNAUTHORIZED,
        retry=Retry.SAME_ID,
    ),
    # The same bytes arrived before, and that first arrival may have been executed.
    ErrorCode.AUTH_REPLAY: ErrorKind(
        HTTPStatus.UNAUTHORIZED,
        Outcome.UNKNOWN,
        Retry.QUERY_FIRST,
    ),
    ErrorCode.AUTH_TOKEN_EXPIRED: ErrorKind(
        HTTPStatus.UNAUTHORIZED,
        retry=Retry.SAME_ID,
    ),
    ErrorCode.AUTH_SESSION_SUPERSEDED: _NO_ENTRY,
    ErrorCode.AUTH_FORBIDDEN: ErrorKind(HTTPStatus.FORBIDDEN),
    ErrorCode.INVALID_ARGUMENT: _REFUSED_ORDER,
    ErrorCode.LOT_SIZE: _REFUSED_ORDER,
    ErrorCode.PRICE_TICK: _REFUSED_ORDER,
    ErrorCode.PRICE_LIMIT: _REFUSED_ORDER,
    ErrorCode.PRICE_CAGE: _REFUSED_ORDER,
    ErrorCode.INSUFFICIENT_FUNDS: _REFUSED_ORDER,
    ErrorCode.INSUFFICIENT_SELLABLE: _REFUSED_ORDER,
    ErrorCode.NO_PERMISSION: _REFUSED_ORDER,
    ErrorCode.SUSPENDED: _REFUSED_ORDER,
    ErrorCode.MARKET_CLOSED: _REFUSED_ORDER,
    ErrorCode.MARKET_NO_CANCEL: _LATER_ORDER,
    ErrorCode.TRADING_DISABLED: _REFUSED_ORDER,
    ErrorCode.DEADLINE_EXCEEDED: _REFUSED_ORDER,
    ErrorCode.VENUE_REJECTED: _REFUSED_ORDER,
    ErrorCode.ORDER_NOT_FOUND: ErrorKind(HTTPStatus.NOT_FOUND),
    ErrorCode.IDEMPOTENCY_CONFLICT: _TAKEN_ID,
    ErrorCode.ORDER_STATUS_UNCERTAIN: _TAKEN_ID,
    ErrorCode.NOT_CANCELABLE: ErrorKind(HTTPStatus.CONFLICT, retry=Retry.QUERY_FIRST),
    ErrorCode.RATE_LIMITED: ErrorKind(
        HTTPStatus.TOO_MANY_REQUESTS,
        retry=Retry.AFTER_BACKOFF,
    ),
    ErrorCode.VENUE_NOT_READY: _VENUE_AWAY,
    ErrorCode.VENUE_DISCONNECTED: _VENUE_AWAY,
    ErrorCode.INTERNAL: ErrorKind(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        Outcome.UNKNOWN,
        Retry.QUERY_FIRST,
    ),
}


def code_of(text: str) -> ErrorCode | None:
    """Return the code, or None for one this version does not know."""
    try:
        return ErrorCode(text)
    except ValueError:
        return None


def kind_of(code: ErrorCode) -> ErrorKind:
    """Return what a code means when the answer says nothing else."""
    return ERROR_KINDS[code]


def definite_refusals() -> tuple[str, ...]:
    """The codes that prove, by the contract, that nothing was executed."""
    return tuple(
        code.value for code, kind in ERROR_KINDS.items() if kind.outcome is Outcome.NOT_EXECUTED
    )
