"""Section 4 of the contract: every refusal says what it means."""

from http import HTTPStatus

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.client import Packet
from adapters.gateway.conformance.expectations import error_body, refusal
from adapters.gateway.conformance.verdict import require
from adapters.wire.errors import ErrorCode, Outcome

_BODY_BYTES = 500_000


async def unknown_paths(bench: Bench) -> None:
    """Call what the contract does not have."""
    for target in ("/v1/nothing", "/v1/orders/a/b/c", "/v1/"):
        view = error_body(await bench.client.get(target))
        require(view.outcome is Outcome.NOT_EXECUTED, f"{target} says outcome {view.outcome}")


async def unknown_methods(bench: Bench) -> None:
    """Call what exists with another method."""
    for method, target in (("DELETE", "/v1/orders"), ("PUT", "/v1/session"), ("POST", "/v1/funds")):
        answer = await bench.client.send(bench.client.signed(method, target))
        view = error_body(answer)
        require(answer.status != HTTPStatus.NOT_FOUND or bool(view.code), f"{answer} has no code")
        require(view.outcome is Outcome.NOT_EXECUTED, f"{method} {target}: {view.outcome}")


async def request_ids(bench: Bench) -> None:
    """Be refused several times: each refusal has an id of its own."""
    ids = []
    for _ in range(3):
        answer = await bench.client.get(f"/v1/orders/{bench.fresh_id()}")
        ids.append(refusal(answer, ErrorCode.ORDER_NOT_FOUND).request_id)
    require(len(set(ids)) == len(ids), f"three refusals have the ids {ids}")


async def refusals_are_json(bench: Bench) -> None:
    """Be refused at the door, in a query and in a body: each time in the same shape."""
    unsigned = await bench.client.send(Packet("GET", "/v1/funds", {}))
    bad_query = await bench.client.get("/v1/orders?limit=0")
    bad_body = await bench.client.post("/v1/orders", {"orders": 1})
    for answer in (unsigned, bad_query, bad_body):
        kind = answer.headers.get("Content-Type", "")
        require(kind.startswith("application/json"), f"{answer} has the content type {kind!r}")
        view = error_body(answer)
        require(view.outcome is Outcome.NOT_EXECUTED, f"{answer} says outcome {view.outcome}")


async def enormous_body(bench: Bench) -> None:
    """Send a body no batch has: refused, and the gateway lives on."""
    content = b'{"orders":[' + b" " * _BODY_BYTES + b"]}"
    answer = await bench.client.send(bench.client.signed("POST", "/v1/orders", content))
    view = error_body(answer)
    require(view.outcome is Outcome.NOT_EXECUTED, f"{answer} says outcome {view.outcome}")
    await bench.time.view()


CASES = (
    Case("C104", "errors", "an unknown path is refused in the contract's words", unknown_paths),
    Case("C105", "errors", "an unknown method is refused in the contract's words",
         unknown_methods),
    Case("C106", "errors", "every refusal has a request_id of its own", request_ids),
    Case("C107", "errors", "every refusal is JSON of one shape", refusals_are_json),
    Case("C108", "errors", "an enormous body is refused", enormous_body),
)  # fmt: skip
