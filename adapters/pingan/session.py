import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from adapters.broker import (
    REPLY_MISMATCH,
    REPLY_UNREADABLE,
    BrokerRefused,
    BrokerUnavailable,
    ClockSkew,
    SessionSuperseded,
)
from adapters.pingan.client import HttpCall, PingAnClient
from adapters.pingan.failures import broker_error, no_answer
from adapters.pingan.transport import HttpReply, TransportError
from adapters.pingan.verdicts import parsed
from adapters.wire.models import HealthView, SessionRequest, SessionView
from adapters.wire.ports import UtcNow

_RENEWAL_MARGIN_MAX = timedelta(minutes=10)
_RENEWAL_MARGIN_SHARE = 10


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The session in use; `renew_at` lies a little before its end."""

    view: SessionView
    renew_at: datetime

    @property
    def authorization(self) -> str:
        """The Authorization header of a call on this session."""
        return f"Bearer {self.view.session_token}"


class SessionKeeper:
    """Holds the one session, renews it in time, and never wins it back once it was lost.

    Only `open` takes a session over; whoever calls it decided to (trading-day.md rule 23).
    """

    def __init__(
        self,
        client: PingAnClient,
        request: SessionRequest,
        login_token: str,
        utc_now: UtcNow,
    ) -> None:
        self._client = client
        self._body = request.model_dump_json().encode()
        self._account_id = request.account_id
        self._login_token = login_token
        self._utc_now = utc_now
        self._lock = asyncio.Lock()
        self._session: OpenSession | None = None
        self._is_superseded = False
        # A login that was sent and not answered may have superseded our own session.
        self._is_login_pending = False

    @property
    def view(self) -> SessionView | None:
        """What the gateway said of the session in use, None before the first."""
        return None if self._session is None else self._session.view

    async def open(self) -> SessionView:
        """Open a session over any other. Raises BrokerRefused or BrokerUnavailable."""
        async with self._lock:
            self._is_superseded = False
            return await self._open()

    async def current(self) -> str:
        """Return the Authorization header, renewing the session first when its end is near.

        Raises SessionSuperseded for ever after a takeover, BrokerUnavailable when none is open.
        """
        session = self._require_session()
        if self._utc_now() < session.renew_at and not self._is_login_pending:
            return session.authorization
        return await self.renewed(session.authorization)

    async def renewed(self, stale: str) -> str:
        """Return a header newer than `stale`; whoever comes first renews for all."""
        async with self._lock:
            session = self._require_session()
            if session.authorization == stale or self._is_login_pending:
                await self._open()
            return self._require_session().authorization

    async def measure_clock(self) -> ClockSkew:
        """Learn how far the gateway's clock is ahead, to half a round trip."""
        asked_at = self._utc_now()
        reply = await self._answer(HttpCall("GET", "/health", ""))
        answered_at = self._utc_now()
        health = parsed(HealthView, reply)
        if health is None:
            raise BrokerUnavailable(REPLY_UNREADABLE, "the answer to /v1/health does not read")
        half = (answered_at - asked_at) / 2
        skew = ClockSkew(health.server_time - asked_at - half, half)
        self._client.set_server_ahead(skew.ahead)
        return skew

    async def was_renewed_since(self, authorization: str) -> bool:
        """Whether we superseded that session ourselves; if not, note that another instance did.

        Waits for a renewal under way, whose answer may arrive after the refusal it caused.
        """
        async with self._lock:
            session = self._require_session()
            newest = session.authorization == authorization
            self._is_superseded = newest and not self._is_login_pending
        return not self._is_superseded

    def _require_session(self) -> OpenSession:
        if self._is_superseded:
            raise SessionSuperseded("AUTH_SESSION_SUPERSEDED", "another session took over")
        if self._session is None:
            raise BrokerUnavailable("NO_SESSION", "no trading session is open yet")
        return self._session

    async def _open(self) -> SessionView:
        await self.measure_clock()
        reply = await self._login()
        view = parsed(SessionView, reply)
        if view is None:
            raise BrokerUnavailable(REPLY_UNREADABLE, "the answer to /v1/session does not read")
        if view.account_id != self._account_id:
            raise BrokerUnavailable(REPLY_MISMATCH, f"a session of account {view.account_id}")
        self._session = OpenSession(view, self._renewal_moment(view.expires_at))
        self._is_login_pending = False
        return view

    async def _login(self) -> HttpReply:
        self._is_login_pending = True
        try:
            return await self._answer(
                HttpCall("POST", "/session", self._login_token, body=self._body),
            )
        except BrokerRefused:
            self._is_login_pending = False
            raise

    def _renewal_moment(self, expires_at: datetime) -> datetime:
        lifetime = expires_at - self._utc_now() - self._client.server_ahead
        margin = min(_RENEWAL_MARGIN_MAX, lifetime / _RENEWAL_MARGIN_SHARE)
        return expires_at - self._client.server_ahead - margin

    async def _answer(self, call: HttpCall) -> HttpReply:
        try:
            reply = await self._client.send(call)
        except TransportError as error:
            raise no_answer(error) from error
        if reply.status != HTTPStatus.OK:
            raise broker_error(reply)
        return reply
