import asyncio
from contextlib import suppress
from decimal import Decimal

from aiohttp import web

from adapters.gateway.context import Gateway, seconds, whole_number
from adapters.gateway.replies import json_reply
from adapters.wire.models import EventsView, InstrumentsView, QuotesView

_LOOK_INTERVAL_S = 0.02


class MarketRoutes:
    """Facts and prices of names, and the hint that something changed."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add."""
        return [
            web.get("/v1/instruments", self.instruments, allow_head=False),
            web.get("/v1/quotes", self.quotes, allow_head=False),
            web.get("/v1/events", self.events, allow_head=False),
        ]

    async def instruments(self, request: web.Request) -> web.Response:
        """Tell today's facts of the names asked for."""
        rows = await self._gateway.venue.instruments(self._gateway.symbols_asked(request))
        return json_reply(InstrumentsView(instruments=tuple(rows)))

    async def quotes(self, request: web.Request) -> web.Response:
        """Tell the touch of the names asked for."""
        rows = await self._gateway.venue.quotes(self._gateway.symbols_asked(request))
        return json_reply(QuotesView(quotes=tuple(rows)))

    async def events(self, request: web.Request) -> web.Response:
        """Answer once something changed after a sequence, or when the time is up (real seconds).

        A venue has no way to call back, so it is looked at often; a look costs one integer.
        """
        after = whole_number(request, "after", 0)
        wait_max_s = Decimal(self._gateway.settings.events_wait_max_s)
        wait_s = min(seconds(request, "timeout", 0), wait_max_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(float(wait_s)):
                await self._change_after(after)
        sequence = self._gateway.venue.change_sequence()
        return json_reply(EventsView(sequence=sequence, changed=sequence > after))

    async def _change_after(self, after: int) -> None:
        while self._gateway.venue.change_sequence() <= after:
            await self._gateway.sleep(_LOOK_INTERVAL_S)
