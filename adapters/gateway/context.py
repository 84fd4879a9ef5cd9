from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from aiohttp import web

from adapters.gateway.authentication import RequestVerifier
from adapters.gateway.idempotency import IdempotencyStore
from adapters.gateway.limits import MessageLimits
from adapters.gateway.replies import invalid
from adapters.gateway.sessions import SessionRegistry
from adapters.gateway.settings import GatewaySettings
from adapters.gateway.venue import Venue
from adapters.wire.ports import Sleep, UtcNow
from market.symbol import Symbol, SymbolError

REQUEST_ID = web.RequestKey("request_id", str)

_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts every route shares."""

    venue: Venue
    settings: GatewaySettings
    store: IdempotencyStore
    sessions: SessionRegistry
    verifier: RequestVerifier
    limits: MessageLimits
    utc_now: UtcNow
    sleep: Sleep

    def forget(self) -> None:
        """Lose what is only in memory and end the session; ids and the day's total stand."""
        self.sessions.end_all()
        self.verifier.forget()
        self.limits.forget()

    def symbols_asked(self, request: web.Request) -> list[str]:
        """Read ?symbols=a,b. Raises GatewayError INVALID_ARGUMENT, also for none or too many."""
        symbols = [text for text in request.query.get("symbols", "").split(",") if text]
        if not 1 <= len(symbols) <= self.settings.symbols_max:
            raise invalid(f"symbols= takes 1 to {self.settings.symbols_max}, not {len(symbols)}")
        try:
            return [str(Symbol.parse(text)) for text in symbols]
        except SymbolError as error:
            raise invalid(str(error)) from error

    def page_limit(self, request: web.Request) -> int:
        """Read ?limit=; the gateway's own bound is the default and the most."""
        rows_max = self.settings.page_rows_max
        limit = whole_number(request, "limit", rows_max)
        if limit < 1:
            raise invalid("limit= is at least 1")
        return min(limit, rows_max)


GATEWAY = web.AppKey("gateway", Gateway)


def whole_number(request: web.Request, name: str, default: int) -> int:
    """Read a non-negative integer of the query. Raises GatewayError INVALID_ARGUMENT."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        raise invalid(f"{name}={text!r} is not a whole number")
    return int(text)


def seconds(request: web.Request, name: str, default: int) -> Decimal:
    """Read non-negative seconds of the query. Raises GatewayError INVALID_ARGUMENT."""
    text = request.query.get(name, str(default))
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise invalid(f"{name}={text!r} is not a number of seconds")
    return value
