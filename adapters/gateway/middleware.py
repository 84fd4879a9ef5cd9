import itertools
import logging
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import ValidationError

from adapters.gateway.context import REQUEST_ID, Gateway
from adapters.gateway.limits import Bucket
from adapters.gateway.replies import GatewayError, error_reply, invalid, venue_refusal
from adapters.gateway.venue import VenueRefused, VenueUncertain
from adapters.wire.errors import ErrorCode
from adapters.wire.ports import RandomBytes
from adapters.wire.signing import AUTHORIZATION_HEADER

PREFIX = "/v1/"
HEALTH_PATH = "/v1/health"
SESSION_PATH = "/v1/session"
REQUEST_ID_HEADER = "X-Request-Id"

_LOGGER = logging.getLogger(__name__)


def envelope(gateway: Gateway, random_bytes: RandomBytes) -> Middleware:
    """Give every answer of the contract its request id, rate headers and error body."""
    prefix = random_bytes(4).hex()
    numbers = itertools.count(1)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(PREFIX):
            return await handler(request)
        request_id = f"{prefix}-{next(numbers)}"
        request[REQUEST_ID] = request_id
        try:
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 - each kind is answered, a bug also logged
            response = error_reply(_explained(error, request_id), request_id)
        response.headers[REQUEST_ID_HEADER] = request_id
        headers = gateway.limits.headers(_bucket_of(request), gateway.venue.now())
        response.headers.update(headers)
        return response

    return middleware


def authentication(gateway: Gateway) -> Middleware:
    """Let nothing but health through unsigned, nor without the current session."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(PREFIX) and request.path != HEALTH_PATH:
            body = await request.read()
            gateway.verifier.verify(request.method, request.raw_path, request.headers, body)
            _require_entry(gateway, request)
        return await handler(request)

    return middleware


def _require_entry(gateway: Gateway, request: web.Request) -> None:
    if request.path == SESSION_PATH:
        gateway.verifier.verify_login(request.headers)
    else:
        gateway.sessions.require_current(request.headers.get(AUTHORIZATION_HEADER, ""))


def _bucket_of(request: web.Request) -> Bucket:
    return Bucket.CANCELS if request.path.endswith(("/cancel", "/cancel-all")) else Bucket.ORDERS


def _explained(error: Exception, request_id: str) -> GatewayError:
    match error:
        case GatewayError():
            return error
        case VenueRefused():
            return venue_refusal(error)
        case ValidationError():
            return invalid(_first_fault(error))
        case web.HTTPException() if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            status = HTTPStatus(error.status)
            return GatewayError(ErrorCode.INVALID_ARGUMENT, error.reason, status=status)
        case VenueUncertain():
            return GatewayError(ErrorCode.INTERNAL, f"nothing proves what became of it: {error}")
    _LOGGER.error("request %s failed", request_id, exc_info=error)
    return GatewayError(ErrorCode.INTERNAL, "the gateway failed; its log has the request id")


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}"
