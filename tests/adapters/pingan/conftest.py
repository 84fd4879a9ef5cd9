from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from adapters.pingan.adapter import PingAnAccount, PingAnAdapter
from tests.support.gateway import ACCOUNT, CREDENTIALS, HandClock, counting_bytes
from tests.support.scripted_gateway import ScriptedGateway, scripted


@asynccontextmanager
async def adapter_of(
    endpoint: str,
    clock: HandClock,
    request_timeout_s: str = "5",
    first_nonce: int = 1,
    **more: bool,
) -> AsyncIterator[PingAnAdapter]:
    """Yield an adapter that has no session yet."""
    account = PingAnAccount(
        endpoint=endpoint,
        client_id="daemon",
        account_id=ACCOUNT,
        instance_id="one",
        request_timeout_s=Decimal(request_timeout_s),
        **more,
    )
    adapter = PingAnAdapter(
        account,
        CREDENTIALS,
        utc_now=clock,
        random_bytes=counting_bytes(first_nonce),
    )
    try:
        yield adapter
    finally:
        await adapter.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def script(clock: HandClock) -> AsyncIterator[ScriptedGateway]:
    async with scripted(clock) as gateway:
        yield gateway


@pytest.fixture
async def adapter(script: ScriptedGateway, clock: HandClock) -> AsyncIterator[PingAnAdapter]:
    """An adapter with a session on the scripted gateway."""
    async with adapter_of(script.base, clock) as opened:
        await opened.open_session()
        yield opened
