"""What every case works with: a session, market time, and orders that are fresh and tidied up."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from http import HTTPStatus

from adapters.gateway.conformance.client import Answer, ConformanceClient, Model
from adapters.gateway.conformance.expectations import acceptance, success
from adapters.gateway.conformance.market_time import CONTINUOUS, MarketTime
from adapters.gateway.conformance.verdict import NotKept, NotTried, require
from adapters.wire.models import (
    FillsPage,
    FillView,
    HealthView,
    NewOrder,
    OrdersPage,
    OrderView,
    SessionRequest,
    SessionView,
    SubmitReply,
    SubmitRequest,
    SubmitResult,
)
from market.phases import Phase
from statemachine.events import ENDED_STATUSES

CLIENT_ID = "conformance"
_RETRY_AFTER_MAX_S = 120
_ID_BYTES = 10
_PACED_TRIES = 8
_FILL_STEP_S = 60
_SETTLING_STEP_S = 5
_SETTLING_STEPS = 12
_PAGES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Night:
    """What was done before a night passed: an order left live, one filled, a sell too early.

    `sellable` shares of the bought name there were that day, `cursor` is from its last moments.
    """

    left: NewOrder
    bought: OrderView
    sellable: int
    early_sell: SubmitResult
    cursor: str
    trade_date: date


@dataclass(slots=True)
class Bench:
    """One account at one gateway.

    `symbols` are names the account may trade beside those it holds. The runner opens a session
    before each case and cancels afterwards what the case left.
    """

    client: ConformanceClient
    time: MarketTime
    account_id: str
    symbols: tuple[str, ...]
    night: Night | None = None
    _accepted: list[str] = field(default_factory=list)

    async def login(self, instance_id: str = "one") -> SessionView:
        """Open a session over any other and use it."""
        view = success(await self.login_answer(instance_id), SessionView)
        self.client.authorization = f"Bearer {view.session_token}"
        return view

    async def login_answer(self, instance_id: str = "one", token: str | None = None) -> Answer:
        """Ask for a session, with another login token where one is given."""
        body = SessionRequest(
            client_id=CLIENT_ID, account_id=self.account_id, instance_id=instance_id
        )
        authorization = self.client.credentials.token if token is None else token
        content = body.model_dump_json().encode()
        packet = self.client.signed("POST", "/v1/session", content, authorization=authorization)
        return await self.client.send(packet)

    async def measure_clock(self) -> HealthView:
        """Learn how far the gateway's real time is ahead of ours."""
        packet = self.client.signed("GET", "/v1/health")
        asked_at = self.client.utc_now()
        view = success(await self.client.send(packet), HealthView)
        self.client.server_ahead = view.server_time - asked_at
        return view

    async def read(self, target: str, model: type[Model]) -> Model:
        """Return the answer to a GET that must succeed."""
        return success(await self.client.get(target), model)

    def fresh_id(self, length: int | None = None) -> str:
        """Return a client_order_id never used before."""
        text = f"C{self.client.random_bytes(_ID_BYTES).hex()}"
        return text if length is None else text[:length].ljust(length, "0")

    async def trading(self) -> None:
        """Be in continuous trading. Raises NotTried."""
        await self.time.reach(*CONTINUOUS)

    async def post_orders(self, orders: Collection[NewOrder]) -> Answer:
        """Send a batch, waiting as the gateway asks while its limit is reached."""
        body = SubmitRequest(orders=tuple(orders))
        for _ in range(_PACED_TRIES):
            answer = await self.client.post("/v1/orders", body)
            if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
                break
            await self._wait_as_asked(answer)
        if answer.status == HTTPStatus.OK:
            self._note_accepted(answer.read(SubmitReply))
        return answer

    async def submit(self, *orders: NewOrder) -> tuple[SubmitResult, ...]:
        """Send a batch and return one result an order, in the order sent."""
        reply = success(await self.post_orders(orders), SubmitReply)
        sent = [order.client_order_id for order in orders]
        answered = [result.client_order_id for result in reply.results]
        require(sent == answered, f"sent {sent}, the results are of {answered}")
        return reply.results

    async def accepted(self, order: NewOrder) -> OrderView:
        """Send one order that the counter must take."""
        (result,) = await self.submit(order)
        return acceptance(result)

    async def order(self, client_order_id: str) -> OrderView:
        """Return one order as it is now."""
        return await self.read(f"/v1/orders/{client_order_id}", OrderView)

    async def cancel(self, client_order_id: str) -> Answer:
        """Ask for a cancel, waiting as the gateway asks while its limit is reached."""
        return await self.paced_post(f"/v1/orders/{client_order_id}/cancel", None)

    async def paced_post(self, target: str, body: dict[str, object] | None) -> Answer:
        """Send a POST again for as long as the gateway says 429, as it asks."""
        for _ in range(_PACED_TRIES):
            answer = await self.client.post(target, body)
            if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
                break
            await self._wait_as_asked(answer)
        return answer

    async def settled(self, client_order_id: str) -> OrderView:
        """Return an order that is being cancelled once it has ended. Raises NotKept."""
        for _ in range(_SETTLING_STEPS):
            view = await self.order(client_order_id)
            if view.status in ENDED_STATUSES:
                return view
            await self.time.wait(_SETTLING_STEP_S)
        waited_s = _SETTLING_STEP_S * _SETTLING_STEPS
        raise NotKept(f"{client_order_id} is {view.status} {waited_s} s after its cancel")

    async def filled(self, client_order_id: str, within: timedelta) -> OrderView:
        """Return an order once it has ended, filled. Raises NotTried where the market did not."""
        step_s, steps = 1, self.time.wait_max_s
        if self.time.is_stepped:
            step_s, steps = _FILL_STEP_S, within // timedelta(seconds=_FILL_STEP_S)
        view = await self.order(client_order_id)
        for _ in range(steps):
            view = await self.order(client_order_id)
            if view.status in ENDED_STATUSES:
                break
            await self.time.wait(step_s)
        if view.filled_quantity != view.quantity:
            raise NotTried(f"the market did not fill {client_order_id} within {within}")
        return view

    async def orders_since(self, cursor: str = "", limit: int | None = None) -> OrdersPage:
        """Return one page of changed orders."""
        return await self.read(f"/v1/orders{page_query(cursor, limit)}", OrdersPage)

    async def all_orders(self, cursor: str = "") -> tuple[list[OrderView], str]:
        """Return every changed order, page after page, and where the last page ended."""
        orders: list[OrderView] = []
        for _ in range(_PAGES_MAX):
            page = await self.orders_since(cursor)
            orders += page.orders
            cursor = page.next_cursor
            if page.complete:
                return orders, cursor
        raise NotKept(f"the list of orders is not complete after {_PAGES_MAX} pages")

    async def all_fills(self, cursor: str = "") -> tuple[list[FillView], str]:
        """Return every fill after a cursor, page after page, and where the last page ended."""
        fills: list[FillView] = []
        for _ in range(_PAGES_MAX):
            page = await self.read(f"/v1/fills{page_query(cursor, None)}", FillsPage)
            fills += page.fills
            cursor = page.next_cursor
            if page.complete:
                return fills, cursor
        raise NotKept(f"the list of fills is not complete after {_PAGES_MAX} pages")

    async def tidy(self) -> None:
        """Cancel what the case left, and see it end; what refuses has ended or will."""
        accepted, self._accepted = self._accepted, []
        if not accepted:
            return
        ended = {
            row.client_order_id
            for row in (await self.all_orders())[0]
            if row.status in ENDED_STATUSES
        }
        going = [client_order_id for client_order_id in accepted if client_order_id not in ended]
        answers = [await self.cancel(client_order_id) for client_order_id in going]
        for client_order_id, answer in zip(going, answers, strict=True):
            if answer.status == HTTPStatus.ACCEPTED:
                await self.settled(client_order_id)

    async def _wait_as_asked(self, answer: Answer) -> None:
        """Wait for Retry-After market seconds, or for tomorrow when the day's total is reached."""
        text = answer.headers.get("Retry-After", "")
        require(text.isdigit(), f"{answer} has Retry-After {text!r}")
        if int(text) <= _RETRY_AFTER_MAX_S:
            await self.time.wait(max(1, int(text)))
        else:
            await self.time.next_day(Phase.MORNING)

    def _note_accepted(self, reply: SubmitReply) -> None:
        self._accepted += [result.client_order_id for result in reply.results if result.order]


def page_query(cursor: str, limit: int | None) -> str:
    """Return the query of a paged list, with its question mark; "" when nothing is asked."""
    words = ([f"since={cursor}"] if cursor else []) + ([f"limit={limit}"] if limit else [])
    return f"?{'&'.join(words)}" if words else ""
