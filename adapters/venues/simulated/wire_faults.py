"""Misbehaviour of the connection on purpose, as a middleware in front of the gateway."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from aiohttp import web
from pydantic import Field

from adapters.venues.simulated.chance import drawn
from adapters.wire.models import Request


class WireFaultKind(StrEnum):
    """What can happen to one request; fault_catalogue.py says what each of them means."""

    DROP_BEFORE = "DROP_BEFORE"
    DROP_AFTER = "DROP_AFTER"
    DELAY_BEFORE = "DELAY_BEFORE"
    DELAY_AFTER = "DELAY_AFTER"
    SLOW_REPLY = "SLOW_REPLY"
    DUPLICATE = "DUPLICATE"
    REORDER = "REORDER"
    SERVER_ERROR_BEFORE = "SERVER_ERROR_BEFORE"
    SERVER_ERROR_AFTER = "SERVER_ERROR_AFTER"
    BAD_GATEWAY = "BAD_GATEWAY"
    REDIRECT = "REDIRECT"
    NOT_READY = "NOT_READY"
    DISCONNECTED = "DISCONNECTED"
    RATE_LIMITED = "RATE_LIMITED"
    RATE_LIMITED_AFTER = "RATE_LIMITED_AFTER"
    EXPIRED_TOKEN = "EXPIRED_TOKEN"  # noqa: S105 - a fault, not a secret
    EXPIRED_TOKEN_AFTER = "EXPIRED_TOKEN_AFTER"  # noqa: S105 - a fault, not a secret
    SESSION_TAKEN = "SESSION_TAKEN"
    CONFLICT = "CONFLICT"
    CONFLICT_AFTER = "CONFLICT_AFTER"
    HALF_REPLY = "HALF_REPLY"
    TRUNCATED_JSON = "TRUNCATED_JSON"
    EMPTY_REPLY = "EMPTY_REPLY"
    UNREADABLE = "UNREADABLE"
    WRONG_ID = "WRONG_ID"
    WRONG_QUANTITY = "WRONG_QUANTITY"
    MISSING_RESULT = "MISSING_RESULT"
    STALE_PAGE = "STALE_PAGE"
    PARTIAL_PAGE = "PARTIAL_PAGE"
    EMPTY_PAGE = "EMPTY_PAGE"
    LIST_SHRINK = "LIST_SHRINK"
    REORDER_ROWS = "REORDER_ROWS"
    DUPLICATE_ROWS = "DUPLICATE_ROWS"
    QUOTE_OUTAGE = "QUOTE_OUTAGE"
    CLOCK_SKEW = "CLOCK_SKEW"
    WRONG_DATE = "WRONG_DATE"
    RESTART = "RESTART"
    RESTART_AFTER = "RESTART_AFTER"


_SUBMIT = ("POST", "/v1/orders")
_TARGETS: dict[WireFaultKind, tuple[str, str]] = {
    WireFaultKind.STALE_PAGE: ("GET", "/v1/positions"),
    WireFaultKind.PARTIAL_PAGE: ("GET", "/v1/orders$"),
    WireFaultKind.EMPTY_PAGE: ("GET", "/v1/positions"),
    WireFaultKind.LIST_SHRINK: ("GET", "/v1/orders$"),
    WireFaultKind.REORDER_ROWS: ("GET", "/v1/orders$"),
    WireFaultKind.DUPLICATE_ROWS: ("GET", "/v1/fills"),
    WireFaultKind.QUOTE_OUTAGE: ("GET", "/v1/quotes"),
    WireFaultKind.CLOCK_SKEW: ("GET", "/v1/health"),
    WireFaultKind.WRONG_DATE: ("GET", "/v1/time"),
}


class WireFault(Request):
    """One armed fault: requests of `method` whose path begins with `path`, or is it ("…$").

    Where they are not given, they are those the kind is about: a list, the clock, else a POST of
    orders. The first `skip` of them pass, of the next `times` the share `rate` is struck.
    `delay_s` and `skew_s` are real seconds.
    """

    kind: WireFaultKind
    method: str | None = None
    path: str | None = None
    skip: int = Field(default=0, ge=0)
    times: int = Field(default=1, gt=0)
    rate: Decimal = Field(default=Decimal(1), ge=0, le=1)
    delay_s: Decimal = Field(default=Decimal(1), ge=0)
    skew_s: int = 10

    @property
    def target(self) -> tuple[str, str]:
        """Method and path that it strikes."""
        method, path = _TARGETS.get(self.kind, _SUBMIT)
        return self.method or method, self.path or path

    def concerns(self, method: str, path: str) -> bool:
        """Whether a request is one of those it may strike."""
        target_method, target = self.target
        if target.endswith("$"):
            return (method, path) == (target_method, target[:-1])
        return method == target_method and path.startswith(target)


@dataclass(frozen=True, slots=True)
class WireStrike:
    """A fault that struck a request; `count` tells which of those it concerns, from 1."""

    number: int
    kind: WireFaultKind
    method: str
    path: str
    count: int

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "where": "wire",
            "fault": self.number,
            "kind": self.kind.value,
            "method": self.method,
            "path": self.path,
            "count": self.count,
        }


@dataclass(slots=True)
class _Armed:
    fault: WireFault
    number: int
    seen: int = 0
    struck: int = 0


class WireFaultPlan:
    """Faults that strike by count, so the same requests meet the same faults.

    What a rate lets through follows from the seed, the fault's place in the plan and its own
    count alone, so that another fault changes nothing.
    """

    def __init__(self, faults: Iterable[WireFault] = (), seed: int = 0) -> None:
        """Arm these faults."""
        self._seed = seed
        self._armed: list[_Armed] = []
        self._count = 0
        self._earlier: dict[str, web.Response] = {}
        self.strikes: list[WireStrike] = []
        self.arm(faults)

    def arm(self, faults: Iterable[WireFault]) -> None:
        """Add faults to the plan."""
        for fault in faults:
            self._count += 1
            self._armed.append(_Armed(fault, self._count))

    def disarm(self) -> None:
        """Forget every fault; what was struck stays on record."""
        self._armed.clear()
        self._earlier.clear()

    def strike(self, method: str, path: str) -> WireFault | None:
        """Count a request and return the first fault that hits it."""
        hit: WireFault | None = None
        for armed in self._armed:
            if not armed.fault.concerns(method, path) or not self._is_possible(armed.fault, path):
                continue
            armed.seen += 1
            if hit is None and self._hits(armed):
                hit = armed.fault
                armed.struck += 1
                strike = WireStrike(armed.number, hit.kind, method, path, armed.seen)
                self.strikes.append(strike)
        return hit

    def remember(self, method: str, path: str, answer: web.StreamResponse) -> None:
        """Keep an answer where a fault may want to give it again later."""
        stale = WireFaultKind.STALE_PAGE
        wanted = any(
            armed.fault.kind is stale and armed.fault.concerns(method, path)
            for armed in self._armed
        )
        if wanted and isinstance(answer, web.Response):
            self._earlier[path] = answer

    def earlier(self, path: str) -> web.Response:
        """Return the answer that was remembered for a path. Raises KeyError."""
        return self._earlier[path]

    def take_over(self, number: int, method: str, path: str, count: int) -> None:
        """Put a strike of an earlier life on record, so that it does not strike again."""
        for armed in self._armed:
            if armed.number == number:
                armed.seen = count
                armed.struck += 1
                kind = armed.fault.kind
                self.strikes.append(WireStrike(number, kind, method, path, count))

    def as_json(self) -> list[dict[str, object]]:
        """Return every armed fault with its number and how often it struck."""
        return [
            {
                "where": "wire",
                "number": armed.number,
                "seen": armed.seen,
                "struck": armed.struck,
                **armed.fault.model_dump(mode="json"),
            }
            for armed in self._armed
        ]

    def _is_possible(self, fault: WireFault, path: str) -> bool:
        """Whether there is something stale to answer with, for the fault that needs it."""
        return fault.kind is not WireFaultKind.STALE_PAGE or path in self._earlier

    def _hits(self, armed: _Armed) -> bool:
        fault = armed.fault
        if not fault.skip < armed.seen <= fault.skip + fault.times:
            return False
        return drawn(f"{self._seed}|wire|{armed.number}|{armed.seen}") < fault.rate
