from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.fake_venue import FakeVenue
from tests.support.gateway import HandClock, HandSigned, gateway, hand_signed


@pytest.fixture
def venue() -> FakeVenue:
    return FakeVenue()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def stranger(
    venue: FakeVenue,
    clock: HandClock,
    tmp_path: Path,
) -> AsyncIterator[HandSigned]:
    """A client of a running gateway that has not logged in."""
    async with gateway(venue, tmp_path, clock) as base, hand_signed(base, clock) as client:
        yield client


@pytest.fixture
async def client(stranger: HandSigned) -> HandSigned:
    """A client of a running gateway with a session."""
    await stranger.login()
    return stranger
