"""One POST to somebody's platform: its answer as JSON, or when to try again."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from adapters.alerts.channel import TryLater
from adapters.pingan.transport import SignedRequest, Transport, TransportError


async def post(transport: Transport, request: SignedRequest) -> Mapping[str, object] | TryLater:
    """Return the object a 200 carries; whatever else comes, or does not come, is tried again.

    What is told of a failure names neither address nor words of the other end: they may carry keys.
    """
    try:
        reply = await transport.exchange(request)
    except TransportError as error:
        cause = error.__cause__
        late = isinstance(cause, TimeoutError)
        return TryLater(0, "no answer in time" if late else f"no answer: {type(cause).__name__}")
    try:
        content = json.loads(reply.body)
    except ValueError:
        content = None
    if reply.status != HTTPStatus.OK or not isinstance(content, dict):
        return TryLater(0, f"HTTP {reply.status} without an answer to read")
    return content
