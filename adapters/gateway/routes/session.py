from aiohttp import web

from adapters.gateway.context import Gateway
from adapters.gateway.replies import GatewayError, json_reply
from adapters.gateway.sessions import Session
from adapters.wire.errors import ErrorCode
from adapters.wire.models import (
    HealthView,
    RateLimitsView,
    SessionRequest,
    SessionView,
    TimeView,
)


class SessionRoutes:
    """Opening a session, and the two clocks: health tells real time, time tells market time."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add."""
        return [
            web.post("/v1/session", self.open_session),
            web.get("/v1/health", self.health, allow_head=False),
            web.get("/v1/time", self.time, allow_head=False),
        ]

    async def open_session(self, request: web.Request) -> web.Response:
        """Open a session for the account of this gateway, superseding any other."""
        asked = SessionRequest.model_validate_json(await request.read())
        if asked.account_id != self._gateway.settings.account_id:
            raise GatewayError(ErrorCode.AUTH_FORBIDDEN, "this gateway serves another account")
        return json_reply(self._view(await self._gateway.sessions.open()))

    async def health(self, _request: web.Request) -> web.Response:
        """Say that the gateway is alive, to anybody."""
        venue = self._gateway.venue
        view = HealthView(
            status="ok",
            version=self._gateway.settings.version,
            venue=venue.name,
            market_phase=venue.phase(),
            server_time=self._gateway.utc_now(),
        )
        return json_reply(view)

    async def time(self, _request: web.Request) -> web.Response:
        """Tell market time."""
        venue = self._gateway.venue
        view = TimeView(
            server_time=venue.now(),
            trade_date=venue.trade_date(),
            market_phase=venue.phase(),
        )
        return json_reply(view)

    def _view(self, session: Session) -> SessionView:
        settings = self._gateway.settings
        return SessionView(
            session_token=session.token,
            session_epoch=session.epoch,
            expires_at=session.expires_at,
            account_id=settings.account_id,
            trade_date=self._gateway.venue.trade_date(),
            server_time=self._gateway.venue.now(),
            capabilities=settings.capabilities,
            rate_limits=RateLimitsView(
                orders_per_second=settings.limits.per_second,
                orders_per_second_hard=settings.limits.burst,
                orders_per_day=settings.limits.orders_per_day,
            ),
        )
