"""Sending once. What is not proven refused before the first byte is unknown."""

from http import HTTPStatus

from adapters.broker import BrokerError, BrokerUnavailable, SessionSuperseded
from adapters.pingan.client import HttpCall, PingAnClient
from adapters.pingan.reading import Reader
from adapters.pingan.session import SessionKeeper
from adapters.pingan.transport import HttpReply, TransportError
from adapters.pingan.verdicts import NO_ANSWER, NOT_CONNECTED, Attempt, error_view
from adapters.wire.errors import ErrorCode, Outcome

_MENDABLE = frozenset({ErrorCode.AUTH_TOKEN_EXPIRED, ErrorCode.AUTH_SESSION_SUPERSEDED})


class Sender:
    """Posts a request that must not happen twice."""

    def __init__(self, client: PingAnClient, sessions: SessionKeeper, reader: Reader) -> None:
        self._client = client
        self._sessions = sessions
        self._reader = reader

    async def post(self, path: str, body: bytes, *, server_clock: bool) -> Attempt:
        """Send at most once, or twice when a 401 proves the first was not executed."""
        try:
            authorization = await self._sessions.current()
        except BrokerError as error:
            return _not_sent(error)
        attempt = await self._post(path, body, authorization, server_clock=server_clock)
        mendable = _MENDABLE | {ErrorCode.AUTH_TIMESTAMP} if server_clock else _MENDABLE
        if attempt.reply is None or not _may_be_repeated(attempt.reply, mendable):
            return attempt
        try:
            if not await self._reader.is_mended(attempt.reply, authorization):
                return attempt
            authorization = await self._sessions.current()
        except SessionSuperseded as error:
            return _not_sent(error)
        except BrokerError:
            return attempt
        return await self._post(path, body, authorization, server_clock=server_clock)

    async def _post(
        self,
        path: str,
        body: bytes,
        authorization: str,
        *,
        server_clock: bool,
    ) -> Attempt:
        call = HttpCall("POST", path, authorization, body=body, server_clock=server_clock)
        try:
            reply = await self._client.send(call)
        except TransportError as error:
            code = NO_ANSWER if error.bytes_started else NOT_CONNECTED
            return Attempt(error.bytes_started, code=code, message=str(error))
        return Attempt(bytes_started=True, reply=reply)


def _may_be_repeated(reply: HttpReply, mendable: frozenset[ErrorCode]) -> bool:
    """Whether the body of a 401 says, in so many words, that nothing was executed."""
    error = error_view(reply)
    return (
        reply.status == HTTPStatus.UNAUTHORIZED
        and error is not None
        and error.outcome is Outcome.NOT_EXECUTED
        and error.code in mendable
    )


def _not_sent(error: BrokerError) -> Attempt:
    return Attempt(
        bytes_started=False,
        code=error.code,
        message=error.message,
        refused=not isinstance(error, BrokerUnavailable),
    )
