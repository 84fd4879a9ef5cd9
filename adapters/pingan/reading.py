"""Reads over a session: repeated once where the gateway said how to mend it, else an error."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

from pydantic import BaseModel

from adapters.broker import REPLY_UNREADABLE, BrokerUnavailable, Listing
from adapters.pingan.client import HttpCall, PingAnClient
from adapters.pingan.failures import broker_error, no_answer
from adapters.pingan.session import SessionKeeper
from adapters.pingan.transport import HttpReply, TransportError
from adapters.pingan.verdicts import error_view, parsed
from adapters.wire.errors import ErrorCode

Model = TypeVar("Model", bound=BaseModel)
Row = TypeVar("Row")

PAGES_MAX = 1_000


class Reader:
    """Asks and asks again on a renewed session or clock; at most two requests a read."""

    def __init__(self, client: PingAnClient, sessions: SessionKeeper) -> None:
        self._client = client
        self._sessions = sessions

    async def read(self, model: type[Model], path: str, query: str = "") -> Model:
        """Return the answer. Raises BrokerRefused, SessionSuperseded or BrokerUnavailable."""
        reply = await self.reply(path, query)
        if reply.status != HTTPStatus.OK:
            raise broker_error(reply)
        answer = parsed(model, reply)
        if answer is None:
            raise BrokerUnavailable(REPLY_UNREADABLE, f"the answer to {path} does not read")
        return answer

    async def reply(self, path: str, query: str = "") -> HttpReply:
        """Return the raw answer, whatever it says, after mending what could be mended."""
        authorization = await self._sessions.current()
        reply = await self._get(path, query, authorization)
        if await self.is_mended(reply, authorization):
            authorization = await self._sessions.current()
            reply = await self._get(path, query, authorization)
        return reply

    async def is_mended(self, reply: HttpReply, authorization: str) -> bool:
        """Put right what a refusal names; True when the same request may now be sent again.

        A superseded session is only mended when it was we who superseded it, by renewing.
        """
        error = error_view(reply)
        match None if error is None else error.code:
            case ErrorCode.AUTH_TOKEN_EXPIRED:
                await self._sessions.renewed(authorization)
            case ErrorCode.AUTH_SESSION_SUPERSEDED:
                return await self._sessions.was_renewed_since(authorization)
            case ErrorCode.AUTH_TIMESTAMP:
                await self._sessions.measure_clock()
            case ErrorCode.AUTH_REPLAY:
                return True
            case _:
                return False
        return True

    async def _get(self, path: str, query: str, authorization: str) -> HttpReply:
        try:
            return await self._client.send(HttpCall("GET", path, authorization, query))
        except TransportError as error:
            raise no_answer(error) from error


async def every_page(
    read_page: Callable[[str | None], Awaitable[Listing[Row]]],
    cursor: str | None,
) -> Listing[Row]:
    """Read pages until one is complete, and return them as one listing as old as the first.

    It stays incomplete when the gateway cannot go on (its cursor stands still).
    """
    page = await read_page(cursor)
    rows, as_of = list(page.rows), page.as_of
    for _ in range(PAGES_MAX):
        if page.complete or page.cursor == cursor:
            break
        cursor = page.cursor
        page = await read_page(cursor)
        rows.extend(page.rows)
    return Listing(tuple(rows), page.cursor, page.complete, as_of)
