"""The server end of gateway contract v1, in front of any venue."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from aiohttp import web
from aiohttp.typedefs import Middleware

from adapters.gateway.authentication import RequestVerifier
from adapters.gateway.context import GATEWAY, Gateway
from adapters.gateway.idempotency import IdempotencyStore
from adapters.gateway.limits import MessageLimits
from adapters.gateway.middleware import authentication, envelope
from adapters.gateway.routes.account import AccountRoutes
from adapters.gateway.routes.market import MarketRoutes
from adapters.gateway.routes.orders import OrderRoutes
from adapters.gateway.routes.session import SessionRoutes
from adapters.gateway.sessions import SessionRegistry
from adapters.gateway.settings import GatewaySettings
from adapters.gateway.venue import Venue
from adapters.wire.ports import RandomBytes, Sleep, UtcNow
from adapters.wire.signing import GatewayCredentials


def create_app(
    venue: Venue,
    credentials: GatewayCredentials,
    settings: GatewaySettings,
    *,
    utc_now: UtcNow,
    random_bytes: RandomBytes,
    idempotency: IdempotencyStore,
    sleep: Sleep = asyncio.sleep,
    extra_routes: Sequence[web.AbstractRouteDef] = (),
    extra_middlewares: Sequence[Middleware] = (),
) -> web.Application:
    """Return the gateway as an application; run it without an access log, it serves polls.

    `idempotency` is opened and closed by the caller. `extra_routes` lie outside /v1/ and are
    neither signed nor limited; `extra_middlewares` see every request first and every answer last.
    """
    gateway = Gateway(
        venue=venue,
        settings=settings,
        store=idempotency,
        sessions=SessionRegistry(
            settings.account_id,
            settings.session_lifetime,
            credentials,
            idempotency,
            utc_now,
        ),
        verifier=RequestVerifier(credentials, utc_now),
        limits=MessageLimits(settings.limits),
        utc_now=utc_now,
        sleep=sleep,
    )
    app = web.Application(
        middlewares=[
            *extra_middlewares,
            envelope(gateway, random_bytes),
            authentication(gateway),
        ],
        client_max_size=settings.body_bytes_max,
    )
    for routes in (SessionRoutes, AccountRoutes, MarketRoutes, OrderRoutes):
        app.add_routes(routes(gateway).routes())
    app.add_routes(extra_routes)
    app[GATEWAY] = gateway
    app.cleanup_ctx.append(_earlier_orders(gateway))
    return app


def _earlier_orders(gateway: Gateway) -> Callable[[web.Application], AsyncIterator[None]]:
    """Let the daily total go on where it stood before a restart."""

    async def count(_app: web.Application) -> AsyncIterator[None]:
        trade_date = gateway.venue.trade_date()
        sent = await gateway.store.orders_on(gateway.settings.account_id, trade_date)
        gateway.limits.count_earlier_orders(sent, trade_date)
        yield

    return count
