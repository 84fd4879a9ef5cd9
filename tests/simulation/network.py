"""The wire between the daemon and its gateway, and everything that happens on it.

What was sent keeps travelling when its sender dies: a late request arrives in a later life.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.pingan.transport import HttpReply, SignedRequest, TransportError
from tests.simulation import mischief
from tests.simulation.faults import Family, Fault, Kind
from tests.simulation.house import House
from tests.simulation.points import Points
from tests.simulation.sends import SendLog, is_harmless

OVERTAKEN_S = 2
NAMED = {"orders", "fills", "movements", "funds", "positions", "quotes", "instruments", "time"}


def label_of(request: SignedRequest) -> str:
    """Return the short name of a call: "submit", "cancel", "order", or what is read."""
    parts = request.url.raw_path.split("/")[2:]
    if parts[-1] == "cancel":
        return "cancel"
    if parts[0] == "orders" and request.method == "POST":
        return "submit"
    if parts[0] == "orders" and len(parts) > 1:
        return "order"
    return parts[0]


@dataclass(order=True, slots=True)
class _Parcel:
    due_s: float
    number: int
    request: SignedRequest = field(compare=False)


@dataclass(slots=True)
class Network:
    """One wire; `outage_until_s` refuses every call until then."""

    house: House
    points: Points
    dice: random.Random
    latency_max_s: float
    before_arrival: Callable[[str], None] = lambda _label: None
    sends: SendLog = field(default_factory=SendLog)
    outage_until_s: float = 0
    _parcels: list[_Parcel] = field(default_factory=list)
    _numbers: int = 0
    _last_reply: dict[str, HttpReply] = field(default_factory=dict)
    _first_reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def now_s(self) -> float:
        """Virtual time of the daemon's loop."""
        return 0 if self.points.loop is None else self.points.loop.now_s

    async def exchange(self, request: SignedRequest, timeout_s: float) -> HttpReply:
        """Carry one request, or lose it, and bring what came back. Raises TransportError."""
        label, handed_s = label_of(request), self.now_s
        self.points.reach(f"net {label} begins")
        send = self.sends.begin(request, handed_s, self.now_s) if label == "submit" else None
        try:
            reply = await self._exchange(request, label, timeout_s)
        except TransportError as error:
            if send is not None:
                send.is_harmless = is_harmless(error)
            raise
        if send is not None:
            send.is_harmless = is_harmless(reply)
        return reply

    async def _exchange(self, request: SignedRequest, label: str, timeout_s: float) -> HttpReply:
        fault = self.points.script.strike(Family.NET, f"net {label} ")
        if fault is not None and fault.kind is Kind.NET_OUTAGE:
            self.outage_until_s = self.now_s + fault.size
        if self.now_s < self.outage_until_s:
            await self._pause(self.latency_max_s)
            raise TransportError("connection refused", bytes_started=False)
        await self._pause(self.dice.random() * self.latency_max_s)
        reply = await self._suffer(request, label, fault, timeout_s)
        await self._pause(self.dice.random() * self.latency_max_s)
        self.points.trace.note(reply.status, reply.body)
        self.points.reach(f"net {label} answered")
        return reply

    async def _suffer(
        self, request: SignedRequest, label: str, fault: Fault | None, timeout_s: float
    ) -> HttpReply:
        if fault is not None:
            instead = await self._before(request, label, fault, timeout_s)
            if instead is not None:
                return instead
        reply = self._deliver(request, label)
        self.points.reach(f"net {label} arrived")
        if fault is not None:
            reply = await self._after(request, reply, fault, timeout_s)
        if request.method == "GET":
            self._last_reply[str(request.url)] = reply
            mischief.keep_first_reports(reply, self._first_reports)
        return reply

    async def _before(
        self, request: SignedRequest, label: str, fault: Fault, timeout_s: float
    ) -> HttpReply | None:
        """Return or raise what happens in place of an arrival; None where the request arrives."""
        match fault.kind:
            case Kind.NET_REFUSED:
                raise TransportError("connection refused", bytes_started=False)
            case Kind.NET_CONNECT_TIMEOUT:
                await self._pause(timeout_s)
                raise TransportError("connect timed out", bytes_started=False)
            case Kind.NET_LOST_REQUEST:
                await self._pause(timeout_s)
                raise TransportError("read timed out", bytes_started=True)
            case Kind.NET_RESET_BEFORE:
                raise TransportError("connection reset", bytes_started=True)
            case Kind.NET_LATE_REQUEST:
                self.send_later(request, timeout_s + fault.size)
                await self._pause(timeout_s)
                raise TransportError("read timed out", bytes_started=True)
            case Kind.NET_OVERTAKEN:
                await self._pause(OVERTAKEN_S)
            case Kind.NET_DUPLICATE:
                self._deliver(request, label)
            case Kind.NET_STALE_PAGE:
                return self._last_reply.get(str(request.url))
            case _:
                return mischief.instead_of_arrival(fault.kind)
        return None

    async def _after(
        self, request: SignedRequest, reply: HttpReply, fault: Fault, timeout_s: float
    ) -> HttpReply:
        """Return what is left of an answer."""
        match fault.kind:
            case Kind.NET_LOST_REPLY:
                await self._pause(timeout_s)
                raise TransportError("read timed out", bytes_started=True)
            case Kind.NET_RESET_AFTER:
                raise TransportError("connection reset", bytes_started=True)
            case Kind.NET_HALF_REPLY:
                raise TransportError("payload is not completed", bytes_started=True)
            case Kind.NET_DUPLICATE_LATER:
                self.send_later(request, fault.size)
            case Kind.NET_OLD_REPORTS:
                return mischief.with_old_reports(reply, self._first_reports)
            case Kind.NET_SLOW:
                await self._pause(min(fault.size, timeout_s - 1))
            case _:
                return mischief.instead_of_answer(fault.kind, reply)
        return reply

    def send_later(self, request: SignedRequest, delay_s: float) -> None:
        """Keep a request travelling, whoever sent it lives or not."""
        self._numbers += 1
        parcel = _Parcel(self.now_s + delay_s, self._numbers, request)
        heapq.heappush(self._parcels, parcel)
        if self.points.loop is not None:
            self.points.loop.call_at(parcel.due_s, self.deliver_due, parcel.due_s)

    def deliver_due(self, now_s: float) -> None:
        """Let every request arrive whose time has come."""
        while self._parcels and self._parcels[0].due_s <= now_s:
            parcel = heapq.heappop(self._parcels)
            self._arrive(parcel.request, parcel.due_s)

    def resume(self) -> None:
        """A new process began: what came due meanwhile arrives, the rest is timed on its loop."""
        self.deliver_due(self.now_s)
        for parcel in self._parcels:
            if self.points.loop is not None:
                self.points.loop.call_at(parcel.due_s, self.deliver_due, parcel.due_s)

    def _arrive(self, request: SignedRequest, now_s: float) -> None:
        """Let a request arrive whose answer nobody waits for."""
        reply = self.house.answer(request, now_s)
        self.points.trace.note("late", now_s, reply.status, reply.body)

    def _deliver(self, request: SignedRequest, label: str) -> HttpReply:
        self.before_arrival(f"net {label} ")
        return self.house.answer(request, self.now_s)

    async def _pause(self, seconds: float) -> None:
        if self.points.loop is not None:
            await self.points.loop.pause(seconds)


@dataclass(frozen=True, slots=True)
class SimulatedTransport:
    """Implements adapters.pingan.transport.Transport for one life of the daemon."""

    network: Network
    timeout_s: float

    async def exchange(self, request: SignedRequest) -> HttpReply:
        return await self.network.exchange(request, self.timeout_s)

    async def close(self) -> None:
        """Nothing is open."""
