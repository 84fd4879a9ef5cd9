from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel

from adapters.gateway.venue import VenueRefused
from adapters.wire.errors import ErrorCode, Outcome, code_of, kind_of
from adapters.wire.models import ErrorView, OrderView


class GatewayError(Exception):
    """A refusal on its way to the caller.

    What `status` and `outcome` do not say is what the code means by itself.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        order: OrderView | None = None,
        status: HTTPStatus | None = None,
        outcome: Outcome | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.order = order
        self.status = kind_of(code).status if status is None else status
        self.outcome = kind_of(code).outcome if outcome is None else outcome
        self.retry_after_s = retry_after_s

    def view(self, request_id: str) -> ErrorView:
        """Return the body of the answer."""
        return ErrorView(
            code=self.code,
            message=self.message,
            outcome=self.outcome,
            retry=kind_of(self.code).retry,
            request_id=request_id,
            order=self.order,
        )


def invalid(message: str) -> GatewayError:
    """Return the refusal of a request that does not say what it should."""
    return GatewayError(ErrorCode.INVALID_ARGUMENT, message)


def venue_refusal(refusal: VenueRefused) -> GatewayError:
    """Return a venue's no; a word the contract does not know becomes VENUE_REJECTED with it."""
    code = code_of(refusal.code)
    if code is None:
        message = f"{refusal.code}: {refusal.message}"
        return GatewayError(ErrorCode.VENUE_REJECTED, message, order=refusal.order)
    return GatewayError(code, refusal.message, order=refusal.order)


def json_reply(body: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Return a model as the whole answer."""
    return web.Response(
        body=body.model_dump_json().encode(),
        status=status,
        content_type="application/json",
        charset="utf-8",
    )


def error_reply(error: GatewayError, request_id: str) -> web.Response:
    """Return the answer to a refused request."""
    response = json_reply(error.view(request_id), error.status)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response
