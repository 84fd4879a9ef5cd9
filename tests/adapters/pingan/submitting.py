"""One order to submit, and the answers a gateway may give to it."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from adapters.broker import OrderRequest, SendAnswer
from adapters.pingan.adapter import PingAnAdapter
from market.side import Side
from market.symbol import Symbol
from tests.fakes.fake_venue import MORNING, FakeVenue, an_order
from tests.support.scripted_gateway import (
    Say,
)

REQUEST = OrderRequest(
    client_order_id="S0000001",
    symbol=Symbol.parse("600000.SH"),
    side=Side.BUY,
    limit_price=Decimal("10.05"),
    quantity=300,
    deadline=MORNING + timedelta(minutes=5),
)


OTHER = replace(REQUEST, client_order_id="S0000002", symbol=Symbol.parse("000001.SZ"))


async def order_body(**changes: object) -> dict[str, Any]:
    view = await FakeVenue().place(an_order())
    body: dict[str, Any] = json.loads(view.model_dump_json())
    return {**body, **changes}


def one_result(outcome: str = "accepted", **more: object) -> dict[str, Any]:
    return {"client_order_id": "S0000001", "outcome": outcome, "replayed": False, **more}


def results(*results: dict[str, Any]) -> Say:
    return Say(200, {"results": list(results)})


async def submit(adapter: PingAnAdapter, *requests: OrderRequest) -> SendAnswer:
    return await adapter.submit(adapter.encode_submit(requests or (REQUEST,)))
