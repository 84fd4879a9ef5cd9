from http import HTTPStatus

from aiohttp import web

from adapters.gateway.context import REQUEST_ID, Gateway
from adapters.gateway.cursors import Cursor, orders_page
from adapters.gateway.replies import GatewayError, json_reply
from adapters.gateway.submission import Submission
from adapters.gateway.venue import VenueRefused
from adapters.wire.errors import ErrorCode
from adapters.wire.models import (
    CANCEL_TYPE,
    CancelAccepted,
    CancelAllReply,
    CancelAllRequest,
    OrdersPage,
    OrderView,
    SubmitRequest,
)
from statemachine.events import VenueStatus

_CANCELABLE = frozenset(
    {
        VenueStatus.UNREPORTED,
        VenueStatus.WAIT_REPORTING,
        VenueStatus.REPORTED,
        VenueStatus.PART_SUCC,
    },
)


class OrderRoutes:
    """Submitting, cancelling and looking up orders."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._submission = Submission(
            gateway.settings.account_id,
            gateway.venue,
            gateway.store,
        )

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add."""
        return [
            web.post("/v1/orders", self.submit),
            web.get("/v1/orders", self.changed, allow_head=False),
            web.get("/v1/orders/{client_order_id:[^/]+}", self.one, allow_head=False),
            web.post("/v1/orders/{client_order_id:[^/]+}/cancel", self.cancel),
            web.post("/v1/cancel-all", self.cancel_all),
        ]

    async def submit(self, request: web.Request) -> web.Response:
        """Take a batch; anything refused up to the first reservation was not executed."""
        batch = SubmitRequest.model_validate_json(await request.read())
        venue = self._gateway.venue
        self._gateway.limits.take_orders(len(batch.orders), venue.now(), venue.trade_date())
        return json_reply(await self._submission.submit(batch.orders, request[REQUEST_ID]))

    async def changed(self, request: web.Request) -> web.Response:
        """Tell the orders changed since a cursor."""
        venue = self._gateway.venue
        cursor = Cursor.parse(request.query.get("since", ""))
        rows, newest = await venue.orders_since(cursor.sequence)
        page = orders_page(rows, newest, self._gateway.page_limit(request))
        view = OrdersPage(
            orders=page.rows,
            next_cursor=str(page.next_cursor),
            complete=page.complete,
            as_of=venue.now(),
        )
        return json_reply(view)

    async def one(self, request: web.Request) -> web.Response:
        """Tell one order, of any day."""
        client_order_id = request.match_info["client_order_id"]
        order = await self._gateway.venue.order(client_order_id)
        if order is None:
            raise GatewayError(ErrorCode.ORDER_NOT_FOUND, f"there is no order {client_order_id}")
        return json_reply(order)

    async def cancel(self, request: web.Request) -> web.Response:
        """Pass a cancel on; 202 says no more than that."""
        client_order_id = request.match_info["client_order_id"]
        self._gateway.limits.take_cancels(1, self._gateway.venue.now())
        await self._gateway.venue.cancel(client_order_id)
        accepted = CancelAccepted(client_order_id=client_order_id, requested=True)
        return json_reply(accepted, HTTPStatus.ACCEPTED)

    async def cancel_all(self, request: web.Request) -> web.Response:
        """Pass a cancel on for every live order, ours first; the answer lists those that were."""
        asked = CancelAllRequest.model_validate_json(await request.read())
        rows, _ = await self._gateway.venue.orders_since(0)
        live = [row for row in rows if row.status in _CANCELABLE and row.type != CANCEL_TYPE]
        chosen = [row for row in live if row.client_order_id is not None]
        if asked.account_wide:
            chosen += [row for row in live if row.client_order_id is None]
        self._gateway.limits.take_cancels(len(chosen), self._gateway.venue.now())
        requested = [_name_of(row) for row in chosen if await self._is_cancelable(row)]
        return json_reply(CancelAllReply(requested=tuple(requested)))

    async def _is_cancelable(self, order: OrderView) -> bool:
        """Pass one cancel on; an order that ended a moment ago is no reason to stop."""
        try:
            if order.client_order_id is None:
                await self._gateway.venue.cancel_at_counter(order.venue_order_id)
            else:
                await self._gateway.venue.cancel(order.client_order_id)
        except VenueRefused as refusal:
            if refusal.code == ErrorCode.NOT_CANCELABLE:
                return False
            raise
        return True


def _name_of(order: OrderView) -> str:
    return order.client_order_id or order.venue_order_id
