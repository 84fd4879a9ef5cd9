from aiohttp import web

from adapters.gateway.context import Gateway
from adapters.gateway.cursors import Cursor, growing_page
from adapters.gateway.replies import json_reply
from adapters.wire.models import FillsPage, MovementsPage, PositionsView


class AccountRoutes:
    """What the account holds and what moved in it."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add."""
        return [
            web.get("/v1/funds", self.funds, allow_head=False),
            web.get("/v1/positions", self.positions, allow_head=False),
            web.get("/v1/fills", self.fills, allow_head=False),
            web.get("/v1/movements", self.movements, allow_head=False),
        ]

    async def funds(self, _request: web.Request) -> web.Response:
        """Tell cash."""
        return json_reply(await self._gateway.venue.funds())

    async def positions(self, _request: web.Request) -> web.Response:
        """Tell all holdings."""
        venue = self._gateway.venue
        rows = tuple(await venue.positions())
        return json_reply(PositionsView(complete=True, as_of=venue.now(), positions=rows))

    async def fills(self, request: web.Request) -> web.Response:
        """Tell fills since a cursor."""
        venue = self._gateway.venue
        cursor = Cursor.parse(request.query.get("since", ""))
        rows, newest = await venue.fills_since(cursor.sequence)
        page = growing_page(rows, newest, cursor, self._gateway.page_limit(request))
        view = FillsPage(
            fills=page.rows,
            next_cursor=str(page.next_cursor),
            complete=page.complete,
            as_of=venue.now(),
        )
        return json_reply(view)

    async def movements(self, request: web.Request) -> web.Response:
        """Tell movements since a cursor."""
        venue = self._gateway.venue
        cursor = Cursor.parse(request.query.get("since", ""))
        rows, newest = await venue.movements_since(cursor.sequence)
        page = growing_page(rows, newest, cursor, self._gateway.page_limit(request))
        view = MovementsPage(
            movements=page.rows,
            next_cursor=str(page.next_cursor),
            complete=page.complete,
            as_of=venue.now(),
        )
        return json_reply(view)
