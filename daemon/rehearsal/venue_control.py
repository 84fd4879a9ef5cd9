"""The driver's end of the paper gateway's /sim calls."""

from datetime import datetime
from types import TracebackType
from typing import Any, Self

import aiohttp

PARTICIPANT = "driver"


class VenueControl:
    """Holds and moves market time, and reads the venue's own ledger."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))

    async def __aenter__(self) -> Self:
        await self._post("join", {})
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def now(self) -> datetime:
        """Return market time."""
        async with self._session.get(f"{self._endpoint}/sim/clock") as answer:
            return datetime.fromisoformat((await answer.json())["server_time"])

    async def wait_until(self, moment: datetime) -> datetime:
        """Let market time run to the moment; returns the time then."""
        answer = await self._post("wait", {"until": moment.isoformat()})
        return datetime.fromisoformat(answer["server_time"])

    async def ledger(self) -> dict[str, Any]:
        """Return everything the venue did and saw."""
        async with self._session.get(f"{self._endpoint}/sim/ledger") as answer:
            answer.raise_for_status()
            ledger: dict[str, Any] = await answer.json()
            return ledger

    async def _post(self, verb: str, body: dict[str, str]) -> dict[str, Any]:
        body = {"participant": PARTICIPANT, **body}
        async with self._session.post(f"{self._endpoint}/sim/clock/{verb}", json=body) as answer:
            answer.raise_for_status()
            content: dict[str, Any] = await answer.json()
            return content
