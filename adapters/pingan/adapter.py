"""The broker port spoken as gateway contract v1."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from urllib.parse import quote as percent_encoded

from adapters.broker import (
    REPLY_MISMATCH,
    REPLY_UNREADABLE,
    BrokerSession,
    BrokerUnavailable,
    BrokerUnknown,
    CancelAnswer,
    ClockSkew,
    Instrument,
    Listing,
    OrderRequest,
    Quote,
    SendAnswer,
    VenueTime,
)
from adapters.pingan.client import PingAnClient
from adapters.pingan.endpoint import checked_endpoint
from adapters.pingan.failures import broker_error
from adapters.pingan.reading import Reader, every_page
from adapters.pingan.sending import Sender
from adapters.pingan.session import SessionKeeper
from adapters.pingan.translate import (
    fill_of,
    funds_of,
    instrument_of,
    movement_of,
    position_of,
    quote_of,
    report_of,
    session_of,
    venue_time_of,
)
from adapters.pingan.transport import HttpTransport, Transport
from adapters.pingan.verdicts import (
    account_answer,
    cancel_answer,
    error_view,
    parsed,
    send_answer,
)
from adapters.wire.errors import ErrorCode
from adapters.wire.models import (
    CANCEL_TYPE,
    CancelAllRequest,
    FillsPage,
    FundsView,
    InstrumentsView,
    MovementsPage,
    NewOrder,
    OrdersPage,
    OrderView,
    PositionsView,
    QuotesView,
    SessionRequest,
    SubmitRequest,
    TimeView,
)
from adapters.wire.ports import RandomBytes, UtcNow
from adapters.wire.signing import GatewayCredentials
from market.symbol import Symbol
from statemachine.events import OrderReport
from statemachine.fill import Fill
from statemachine.position import Funds, Movement, Position

SYMBOLS_PER_CALL = 100
ROWS_PER_PAGE = 500


@dataclass(frozen=True, slots=True)
class PingAnAccount:
    """Where and as whom to trade. `loopback_only` is for rehearsals, `https_only` for live."""

    endpoint: str
    client_id: str
    account_id: str
    instance_id: str
    request_timeout_s: Decimal = Decimal(10)
    loopback_only: bool = False
    https_only: bool = False


class PingAnAdapter:
    """One account behind one gateway; implements adapters.broker.Broker.

    Raises EndpointError at construction for an endpoint it must not talk to. Connections belong
    to the event loop of the first call. `transport` carries the requests; HTTP unless given.
    """

    def __init__(
        self,
        account: PingAnAccount,
        credentials: GatewayCredentials,
        *,
        utc_now: UtcNow,
        random_bytes: RandomBytes,
        transport: Transport | None = None,
    ) -> None:
        self._account_id = account.account_id
        self._client = PingAnClient(
            checked_endpoint(
                account.endpoint,
                loopback_only=account.loopback_only,
                https_only=account.https_only,
            ),
            credentials,
            utc_now=utc_now,
            random_bytes=random_bytes,
            transport=transport or HttpTransport(account.request_timeout_s),
        )
        login = SessionRequest(
            client_id=account.client_id,
            account_id=account.account_id,
            instance_id=account.instance_id,
        )
        self._sessions = SessionKeeper(self._client, login, credentials.token, utc_now)
        self._reader = Reader(self._client, self._sessions)
        self._sender = Sender(self._client, self._sessions, self._reader)

    @property
    def session(self) -> BrokerSession | None:
        """The session in use as the gateway described it."""
        view = self._sessions.view
        return None if view is None else session_of(view)

    async def open_session(self) -> BrokerSession:
        """Open a session that takes over any other one."""
        return session_of(await self._sessions.open())

    async def close(self) -> None:
        """Close the connections; the session is left to expire."""
        await self._client.close()

    async def clock_skew(self) -> ClockSkew:
        """Measure on /v1/health, which needs no session."""
        return await self._sessions.measure_clock()

    async def venue_time(self) -> VenueTime:
        """Read market time."""
        return venue_time_of(await self._reader.read(TimeView, "/time"))

    async def instruments(self, symbols: Sequence[Symbol]) -> dict[Symbol, Instrument]:
        """Read today's facts, in calls of 100 names."""
        found: dict[Symbol, Instrument] = {}
        for query in _symbol_queries(symbols):
            view = await self._reader.read(InstrumentsView, "/instruments", query)
            found.update((row.symbol, row) for row in map(instrument_of, view.instruments))
        _require_all(symbols, found)
        return found

    async def quotes(self, symbols: Sequence[Symbol]) -> dict[Symbol, Quote]:
        """Read the touch, in calls of 100 names."""
        found: dict[Symbol, Quote] = {}
        for query in _symbol_queries(symbols):
            view = await self._reader.read(QuotesView, "/quotes", query)
            found.update((row.symbol, row) for row in map(quote_of, view.quotes))
        _require_all(symbols, found)
        return found

    async def funds(self) -> Funds:
        """Read cash."""
        return funds_of(await self._reader.read(FundsView, "/funds"))

    async def positions(self) -> Listing[Position]:
        """Read all holdings; they come in one piece, so the cursor is empty."""
        view = await self._reader.read(PositionsView, "/positions")
        return Listing(tuple(map(position_of, view.positions)), "", view.complete, view.as_of)

    def encode_submit(self, requests: Sequence[OrderRequest]) -> bytes:
        """Return the bytes `submit` sends. Raises ValueError for anything but 1 to 20 orders."""
        return SubmitRequest(orders=tuple(map(_new_order, requests))).model_dump_json().encode()

    def decode_submit(self, body: bytes) -> tuple[OrderRequest, ...]:
        """Return the orders in these bytes, read anew. Raises ValueError where they are none."""
        return tuple(map(_order_request, SubmitRequest.model_validate_json(body).orders))

    async def submit(self, body: bytes) -> SendAnswer:
        """Send these bytes at most once and classify what came back.

        Raises ValueError for bytes that `encode_submit` did not make; nothing was sent then.
        """
        orders = SubmitRequest.model_validate_json(body).orders
        attempt = await self._sender.post("/orders", body, server_clock=False)
        return send_answer(orders, attempt)

    async def cancel(self, client_order_id: str) -> CancelAnswer:
        """Ask for a cancel at most once."""
        path = f"{_order_path(client_order_id)}/cancel"
        attempt = await self._sender.post(path, b"", server_clock=True)
        return cancel_answer(client_order_id, attempt)

    async def cancel_account(self) -> CancelAnswer:
        """Ask once for the cancel of every live order of the account."""
        body = CancelAllRequest(account_wide=True).model_dump_json().encode()
        return account_answer(await self._sender.post("/cancel-all", body, server_clock=True))

    async def order(self, client_order_id: str) -> OrderReport | None:
        """Look one order up; only ORDER_NOT_FOUND means that there is none."""
        reply = await self._reader.reply(_order_path(client_order_id))
        error = error_view(reply)
        if error is not None and error.code == ErrorCode.ORDER_NOT_FOUND:
            return None
        if reply.status != HTTPStatus.OK:
            raise broker_error(reply)
        view = parsed(OrderView, reply)
        if view is None:
            raise BrokerUnavailable(REPLY_UNREADABLE, f"order {client_order_id} does not read")
        if view.client_order_id != client_order_id:
            raise BrokerUnknown(REPLY_MISMATCH, f"asked for {client_order_id}, was told {view}")
        return report_of(view)

    async def orders(self, cursor: str | None) -> Listing[OrderReport]:
        """Read every order changed since the cursor."""
        return await every_page(self._orders_page, cursor)

    async def fills(self, cursor: str | None) -> Listing[Fill]:
        """Read every fill since the cursor."""
        return await every_page(self._fills_page, cursor)

    async def movements(self, cursor: str | None) -> Listing[Movement]:
        """Read every movement since the cursor."""
        return await every_page(self._movements_page, cursor)

    async def _orders_page(self, cursor: str | None) -> Listing[OrderReport]:
        view = await self._reader.read(OrdersPage, "/orders", _page_query(cursor))
        # A8 row 21: a cancel listed as an order carries the id of ours and is none.
        rows = tuple(report_of(row) for row in view.orders if row.type != CANCEL_TYPE)
        return Listing(rows, view.next_cursor, view.complete, view.as_of)

    async def _fills_page(self, cursor: str | None) -> Listing[Fill]:
        view = await self._reader.read(FillsPage, "/fills", _page_query(cursor))
        rows = tuple(fill_of(row, self._account_id) for row in view.fills)
        return Listing(rows, view.next_cursor, view.complete, view.as_of)

    async def _movements_page(self, cursor: str | None) -> Listing[Movement]:
        view = await self._reader.read(MovementsPage, "/movements", _page_query(cursor))
        rows = tuple(map(movement_of, view.movements))
        return Listing(rows, view.next_cursor, view.complete, view.as_of)


def _new_order(request: OrderRequest) -> NewOrder:
    return NewOrder(
        client_order_id=request.client_order_id,
        symbol=str(request.symbol),
        side=request.side,
        limit_price=request.limit_price,
        quantity=request.quantity,
        deadline=request.deadline,
    )


def _order_request(order: NewOrder) -> OrderRequest:
    return OrderRequest(
        client_order_id=order.client_order_id,
        symbol=Symbol.parse(order.symbol),
        side=order.side,
        limit_price=order.limit_price,
        quantity=order.quantity,
        deadline=order.deadline,
    )


def _order_path(client_order_id: str) -> str:
    return f"/orders/{percent_encoded(client_order_id, safe='')}"


def _symbol_queries(symbols: Sequence[Symbol]) -> Iterator[str]:
    for start in range(0, len(symbols), SYMBOLS_PER_CALL):
        yield "symbols=" + ",".join(map(str, symbols[start : start + SYMBOLS_PER_CALL]))


def _page_query(cursor: str | None) -> str:
    limit = f"limit={ROWS_PER_PAGE}"
    return limit if cursor is None else f"since={percent_encoded(cursor, safe='')}&{limit}"


def _require_all(symbols: Sequence[Symbol], found: Collection[Symbol]) -> None:
    missing = [str(symbol) for symbol in symbols if symbol not in found]
    if missing:
        raise BrokerUnavailable(REPLY_MISMATCH, f"no answer about {', '.join(missing)}")
