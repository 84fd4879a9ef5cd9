"""What can go wrong, by name, and the script of one day: which fault strikes where.

A script is data. Shrinking takes items out of it, and the others still strike where they did:
every item counts its own occasions.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

WHOLE_FOLDER = "whole folder"


class Family(StrEnum):
    """Which random stream a fault is drawn from, and which seam carries it out."""

    NET = "net"
    DISK = "disk"
    CRASH = "crash"
    CLOCK = "clock"
    BROKER = "broker"
    OPERATOR = "operator"
    FILES = "files"


class Kind(StrEnum):
    """Every fault of the simulation; the prefix is its family."""

    NET_REFUSED = "net:refused"
    NET_CONNECT_TIMEOUT = "net:connect timeout"
    NET_LOST_REQUEST = "net:lost request"
    NET_RESET_BEFORE = "net:reset before"
    NET_LATE_REQUEST = "net:late request"
    NET_LOST_REPLY = "net:lost reply"
    NET_RESET_AFTER = "net:reset after"
    NET_HALF_REPLY = "net:half reply"
    NET_TRUNCATED = "net:truncated JSON"
    NET_DUPLICATE = "net:duplicate"
    NET_DUPLICATE_LATER = "net:duplicate later"
    NET_OVERTAKEN = "net:overtaken"
    NET_SLOW = "net:slow"
    NET_5XX_BEFORE = "net:5xx before"
    NET_5XX_AFTER = "net:5xx after"
    NET_408_AFTER = "net:408 after"
    NET_409_AFTER = "net:409 after"
    NET_429_BEFORE = "net:429 before"
    NET_429_AFTER = "net:429 after"
    NET_401_BEFORE = "net:401 before"
    NET_401_AFTER = "net:401 after"
    NET_REDIRECT = "net:redirect"
    NET_HTML = "net:200 of a proxy"
    NET_OTHER_ID = "net:other id echoed"
    NET_OTHER_QUANTITY = "net:other quantity echoed"
    NET_STALE_PAGE = "net:stale page"
    NET_PARTIAL_PAGE = "net:partial page"
    NET_OLD_REPORTS = "net:old reports again"
    NET_OUTAGE = "net:outage"
    DISK_EIO_LOST = "disk:EIO, commit lost"
    DISK_EIO_KEPT = "disk:EIO, commit kept"
    DISK_FULL = "disk:full"
    DISK_READ_EIO = "disk:EIO at a read"
    DISK_SLOW = "disk:slow"
    DISK_OLD_COPY = "disk:an old copy comes back"
    CRASH_POINT = "crash:point"
    CRASH_RECOVERING = "crash:in recovery"
    CLOCK_FORWARD = "clock:wall forward"
    CLOCK_BACK = "clock:wall back"
    CLOCK_PAUSE = "clock:process paused"
    CLOCK_SUSPEND = "clock:host suspended"
    BROKER_FAULT = "broker:venue fault"
    BROKER_RESTART = "broker:gateway restart"
    BROKER_STOLEN = "broker:session taken over"
    OPERATOR_HALT = "operator:halt"
    OPERATOR_HALT_FILE = "operator:HALT file"
    OPERATOR_REDUCE = "operator:only sells"
    OPERATOR_DOUBLE = "operator:double approve"
    OPERATOR_STALE = "operator:approve a stale hash"
    OPERATOR_DECLINE = "operator:decline"
    OPERATOR_STOP = "operator:clean stop"
    OPERATOR_SECOND = "operator:second instance"
    FILES_REPLACED = "files:other content"
    FILES_SAME = "files:same content again"
    FILES_REMOVED = "files:removed"
    FILES_HALF = "files:half written"

    @property
    def family(self) -> Family:
        """The stream it is drawn from."""
        return Family(self.value.partition(":")[0])


@dataclass(frozen=True, slots=True)
class Fault:
    """One item of a script.

    `at` is in the labels it counts, and it strikes at the `nth` of them. Where `at` is "time", it
    strikes `nth` seconds after the world began instead; faults of the venue are armed before.
    `size` is what the kind makes of it: seconds, or a number to choose by; `detail` names a fault
    of the venue, which strikes `nth` times, or what came back with an old copy.
    """

    kind: Kind
    at: str = ""
    nth: int = 1
    size: int = 0
    detail: str = ""


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0


@dataclass(slots=True)
class Script:
    """The faults of one day, armed; `struck` counts those that happened."""

    faults: tuple[Fault, ...]
    struck: Counter[str] = field(default_factory=Counter)
    _armed: dict[Family, list[_Armed]] = field(default_factory=dict)
    _counting: dict[tuple[Family, str], list[_Armed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for fault in self.faults:
            self._armed.setdefault(fault.kind.family, []).append(_Armed(fault))

    def strike(self, family: Family, label: str) -> Fault | None:
        """Count an occasion and return the first fault that hits it."""
        counting = self._counting.get((family, label))
        if counting is None:
            armed_here = self._armed.get(family, ())
            counting = [armed for armed in armed_here if armed.fault.at in label]
            self._counting[family, label] = counting
        hit: Fault | None = None
        for armed in counting:
            armed.seen += 1
            if hit is None and armed.seen == armed.fault.nth:
                hit = armed.fault
        if hit is not None:
            self.note(hit)
        return hit

    def note(self, fault: Fault) -> None:
        """Count a fault that happened."""
        name = fault.detail if fault.kind is Kind.BROKER_FAULT else ""
        self.struck[f"{fault.kind}{name and ' ' + name}"] += 1

    def timed(self) -> list[Fault]:
        """Return what strikes by time, in order of time."""
        timed = [fault for fault in self.faults if fault.at == "time"]
        return sorted(timed, key=lambda fault: fault.nth)

    def of_family(self, family: Family) -> list[Fault]:
        """Return the faults of a family, in script order."""
        return [armed.fault for armed in self._armed.get(family, ())]

    def disarm(self) -> None:
        """The faults stop: from here on the world is healthy."""
        self._armed.clear()
        self._counting.clear()


def faults_json(faults: Sequence[Fault]) -> str:
    """Return a script as one JSON line an item."""
    rows = [
        {name: value for name, value in asdict(fault).items() if value not in ("", 0)}
        for fault in faults
    ]
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"


def faults_of(rows: Iterable[dict[str, str | int]]) -> tuple[Fault, ...]:
    """Read a script back."""
    return tuple(
        Fault(
            kind=Kind(str(row["kind"])),
            at=str(row.get("at", "")),
            nth=int(row.get("nth", 0)),
            size=int(row.get("size", 0)),
            detail=str(row.get("detail", "")),
        )
        for row in rows
    )
