"""Market time of the gateway under test: stepped over /sim/clock where it can be, else waited for.

A gateway without /sim/clock, or one whose time runs by itself, is only ever waited for.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from http import HTTPStatus

from pydantic import AwareDatetime

from adapters.gateway.conformance.client import ConformanceClient, Packet, content_of
from adapters.gateway.conformance.expectations import success
from adapters.gateway.conformance.verdict import NotTried
from adapters.wire.models import Reply, TimeView
from adapters.wire.ports import Sleep
from market.phases import SHANGHAI, Phase

PARTICIPANT = "conformance"
CONTINUOUS = (Phase.MORNING, Phase.AFTERNOON)

# A moment inside each phase, in the order of the day; the morning's once its first bar has ended.
_INSIDE = (
    (Phase.OPENING_CALL, time(9, 16)),
    (Phase.OPENING_CALL_NO_CANCEL, time(9, 21)),
    (Phase.MORNING, time(9, 46)),
    (Phase.AFTERNOON, time(13, 16)),
    (Phase.CLOSING_CALL, time(14, 58)),
    (Phase.CLOSED, time(18, 0)),
)
_DAY = timedelta(days=1)
_DAYS_MAX = 12
_STEP_TIMEOUT_S = 60


class _Reached(Reply):
    server_time: AwareDatetime


@dataclass(slots=True)
class MarketTime:
    """Reads and moves market time; `wait_max_s` bounds what is waited for in real seconds."""

    client: ConformanceClient
    sleep: Sleep
    wait_max_s: int
    is_stepped: bool = field(default=False)

    async def join(self) -> None:
        """Take part in stepping where the gateway has that."""
        answer = await self.client.send(self._call("join", {}))
        self.is_stepped = answer.status == HTTPStatus.OK

    async def leave(self) -> None:
        """Let the other participants step on without us."""
        if self.is_stepped:
            await self.client.send(self._call("leave", {}))

    async def view(self) -> TimeView:
        """Return market time, trade date and phase."""
        return success(await self.client.get("/v1/time"), TimeView)

    async def now(self) -> datetime:
        """Return market time."""
        return (await self.view()).server_time

    async def wait(self, seconds: int) -> None:
        """Let market seconds pass. Raises NotTried for more real ones than are allowed."""
        if self.is_stepped:
            await self._step_to(await self.now() + timedelta(seconds=seconds))
        else:
            await self.wait_real(seconds, "so much time has passed")

    async def wait_real(self, seconds: int, until: str) -> None:
        """Let real seconds pass. Raises NotTried for more than are allowed."""
        if seconds > self.wait_max_s:
            raise NotTried(f"{seconds} s until {until}, at most {self.wait_max_s} are waited for")
        await self.sleep(seconds)

    async def reach(self, *phases: Phase) -> TimeView:
        """Return market time in one of these phases, moving on to the next where needed.

        Raises NotTried where time cannot be moved that far.
        """
        view = await self.view()
        if view.market_phase in phases:
            return view
        if not self.is_stepped:
            raise NotTried(
                f"the market phase is {view.market_phase}, not {' or '.join(phases)}, "
                "and this gateway's time cannot be moved"
            )
        return await self._step_into(view.server_time, phases)

    async def next_day(self, phase: Phase) -> TimeView:
        """Return market time in that phase of the next session. Raises NotTried."""
        if not self.is_stepped:
            raise NotTried("this gateway's time cannot be moved to the next session")
        view = await self.view()
        local = view.server_time.astimezone(SHANGHAI)
        after = local.date() if view.trade_date <= local.date() else local.date() - _DAY
        return await self._step_into(datetime.combine(after, time.max, SHANGHAI), (phase,))

    async def _step_into(self, after: datetime, phases: Collection[Phase]) -> TimeView:
        first = after.astimezone(SHANGHAI).date()
        for offset in range(_DAYS_MAX):
            for phase, clock in _INSIDE:
                moment = datetime.combine(first + offset * _DAY, clock, SHANGHAI)
                if phase not in phases or moment <= after:
                    continue
                await self._step_to(moment)
                view = await self.view()
                if view.market_phase in phases:
                    return view
        raise NotTried(f"{_DAYS_MAX} days brought no {' or '.join(phases)}")

    async def _step_to(self, moment: datetime) -> None:
        call = self._call("wait", {"until": moment.isoformat()})
        try:
            async with asyncio.timeout(_STEP_TIMEOUT_S):
                answer = await self.client.send(call)
        except TimeoutError as error:
            raise NotTried(f"another participant holds market time before {moment}") from error
        if answer.status != HTTPStatus.OK:
            raise NotTried(f"market time does not move to {moment}: {answer}")
        answer.read(_Reached)

    def _call(self, verb: str, body: dict[str, object]) -> Packet:
        content = content_of({"participant": PARTICIPANT, **body})
        return Packet("POST", f"/sim/clock/{verb}", {"content-type": "application/json"}, content)
