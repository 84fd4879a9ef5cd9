"""What an answer must be, said once for all cases."""

from http import HTTPStatus

from adapters.gateway.conformance.client import Answer, Model
from adapters.gateway.conformance.verdict import NotKept, require
from adapters.wire.errors import ErrorCode, Outcome, code_of, kind_of
from adapters.wire.models import ErrorView, OrderView, SubmitOutcome, SubmitResult
from statemachine.events import ENDED_STATUSES

REQUEST_ID_HEADER = "X-Request-Id"


def success(answer: Answer, model: type[Model], status: HTTPStatus = HTTPStatus.OK) -> Model:
    """Return the body of a success. Raises NotKept for another status or shape."""
    require(answer.status == status, f"{answer} is not {int(status)}: {_said(answer)}")
    return answer.read(model)


def error_body(answer: Answer) -> ErrorView:
    """Return the body of a refusal that agrees with itself (gateway-contract.md section 4)."""
    require(answer.status >= HTTPStatus.BAD_REQUEST, f"{answer} is no refusal: {_said(answer)}")
    view = answer.read(ErrorView)
    require(bool(view.request_id), f"{answer} has no request_id")
    require(bool(view.message), f"{answer} has no message")
    told = answer.headers.get(REQUEST_ID_HEADER, view.request_id)
    require(told == view.request_id, f"{answer} names two request ids")
    return view


def refusal(answer: Answer, *codes: ErrorCode) -> ErrorView:
    """Return the refusal with one of these codes, its status, outcome and retry as declared."""
    view = error_body(answer)
    code = _known_code(view, codes, str(answer))
    status = kind_of(code).status
    require(answer.status == status, f"{answer} says {code}, whose status is {int(status)}")
    return view


def rejection(result: SubmitResult, *codes: ErrorCode) -> ErrorView:
    """Return why one order of a batch was refused, proven not live."""
    place = f"the result of {result.client_order_id}"
    require(
        result.outcome is SubmitOutcome.REJECTED,
        f"{place} is {result.outcome}, not rejected with {_words(codes)}",
    )
    if result.error is None:
        raise NotKept(f"{place} is rejected and does not say why")
    _known_code(result.error, codes, place)
    require(
        result.error.outcome is Outcome.NOT_EXECUTED,
        f"{place} is rejected, but its outcome is {result.error.outcome}",
    )
    if result.order is not None:
        require(
            result.order.status in ENDED_STATUSES,
            f"{place} is rejected, but the order is {result.order.status}",
        )
    return result.error


def acceptance(result: SubmitResult) -> OrderView:
    """Return the order that the counter took."""
    place = f"the result of {result.client_order_id}"
    why = "" if result.error is None else f": {result.error.code} {result.error.message}"
    require(result.outcome is SubmitOutcome.ACCEPTED, f"{place} is {result.outcome}{why}")
    if result.order is None:
        raise NotKept(f"{place} is accepted and shows no order")
    return result.order


def _known_code(view: ErrorView, codes: tuple[ErrorCode, ...], place: str) -> ErrorCode:
    code = code_of(view.code)
    if code is None or code not in codes:
        raise NotKept(f"{place} says {view.code}, not {_words(codes)}: {view.message}")
    kind = kind_of(code)
    require(view.outcome is kind.outcome, f"{place}: {code} says outcome {view.outcome}")
    require(view.retry is kind.retry, f"{place}: {code} says retry {view.retry}")
    return code


def _words(codes: tuple[ErrorCode, ...]) -> str:
    return " or ".join(codes)


def _said(answer: Answer) -> str:
    return answer.body[:200].decode(errors="replace")
