"""What exists only at the paper gateway: calls under /sim/ (gateway-contract.md section 5)."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web
from pydantic import AwareDatetime, ValidationError

from adapters.venues.simulated.clock import NotJoinedError, SteppedClock, VenueClock
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.fault_plan import FaultPlanError, arm_faults, read_faults
from adapters.venues.simulated.inputs import Call
from adapters.venues.simulated.script import ScriptError, read_script
from adapters.venues.simulated.statement import statement
from adapters.venues.simulated.wire_faults import WireFaultPlan
from adapters.wire.models import Request
from market.money import decimal_text


class Participation(Request):
    """Who joins or leaves."""

    participant: str


class Waiting(Request):
    """Who waits until when."""

    participant: str
    until: AwareDatetime


@dataclass(frozen=True, slots=True)
class SimulationControl:
    """The /sim/ calls over one venue and its clock; unsigned, for loopback only."""

    venue: SimulatedVenue
    clock: VenueClock
    wire_faults: WireFaultPlan

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; those that step time only where the clock is stepped."""
        routes = [
            web.get("/sim/ledger", self._ledger),
            web.get("/sim/faults", self._tell_faults, allow_head=False),
            web.post("/sim/faults", self._arm_faults),
            web.delete("/sim/faults", self._disarm_faults),
            web.get("/sim/script", self._tell_script, allow_head=False),
            web.post("/sim/script", self._play_script),
            web.get("/sim/clock", self._tell_clock),
        ]
        if isinstance(self.clock, SteppedClock):
            routes += _Stepping(self.venue, self.clock).routes()
        return routes

    async def _ledger(self, _request: web.Request) -> web.Response:
        return _json({**await statement(self.venue), "faults_struck": self._struck()})

    async def _tell_script(self, _request: web.Request) -> web.Response:
        return _json({"played": [result.as_json() for result in self.venue.script_results]})

    async def _play_script(self, request: web.Request) -> web.Response:
        try:
            count = self.venue.play_script(read_script(await request.read()))
        except ScriptError as error:
            return _refused(str(error))
        return _json({"planned": count})

    async def _arm_faults(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            faults = read_faults(body)
        except FaultPlanError as error:
            return _refused(str(error))
        self.venue.inputs.record(Call.ARM, self.venue.now(), json.loads(body))
        count = arm_faults(faults, self.venue.faults, self.wire_faults)
        return _json({"armed": count})

    async def _tell_faults(self, _request: web.Request) -> web.Response:
        return _json({"armed": self._armed(), "struck": self._struck()})

    async def _disarm_faults(self, _request: web.Request) -> web.Response:
        count = len(self._armed())
        self.venue.inputs.record(Call.DISARM, self.venue.now(), None)
        self.venue.faults.disarm()
        self.wire_faults.disarm()
        return _json({"disarmed": count})

    def _armed(self) -> list[dict[str, object]]:
        return [*self.venue.faults.as_json(), *self.wire_faults.as_json()]

    def _struck(self) -> list[dict[str, object]]:
        venue = [strike.as_json() for strike in self.venue.faults.strikes]
        return venue + [strike.as_json() for strike in self.wire_faults.strikes]

    async def _tell_clock(self, _request: web.Request) -> web.Response:
        speed = self.clock.speed
        return _json(
            {
                "mode": self.clock.mode.value,
                "server_time": self.venue.now().isoformat(),
                "speed": None if speed is None else decimal_text(speed),
                "participants": list(self.clock.participants()),
            }
        )


@dataclass(frozen=True, slots=True)
class _Stepping:
    """The calls by which participants move a stepped clock."""

    venue: SimulatedVenue
    clock: SteppedClock

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/sim/clock/join", self._join),
            web.post("/sim/clock/leave", self._leave),
            web.post("/sim/clock/wait", self._wait),
        ]

    async def _join(self, request: web.Request) -> web.Response:
        try:
            who = Participation.model_validate_json(await request.read())
        except ValidationError as error:
            return _refused(str(error))
        self.venue.inputs.record(Call.JOIN, self.venue.now(), who.participant)
        self.clock.join(who.participant)
        return self._time()

    async def _leave(self, request: web.Request) -> web.Response:
        try:
            who = Participation.model_validate_json(await request.read())
        except ValidationError as error:
            return _refused(str(error))
        self.venue.inputs.record(Call.LEAVE, self.venue.now(), who.participant)
        self.clock.leave(who.participant)
        return self._time()

    async def _wait(self, request: web.Request) -> web.Response:
        try:
            waiting = Waiting.model_validate_json(await request.read())
            reached = await self.clock.wait(
                waiting.participant, waiting.until, lambda: _is_connected(request)
            )
        except ValidationError as error:
            return _refused(str(error))
        except NotJoinedError as error:
            return _refused(f"{error} has not joined", HTTPStatus.CONFLICT)
        return _json({"server_time": reached.isoformat()})

    def _time(self) -> web.Response:
        return _json({"server_time": self.venue.now().isoformat()})


def _is_connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _json(body: dict[str, object]) -> web.Response:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return web.Response(text=text, content_type="application/json")


def _refused(message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> web.Response:
    body = json.dumps({"code": "INVALID_ARGUMENT", "message": message})
    return web.Response(text=body, status=status, content_type="application/json")
