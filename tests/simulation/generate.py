"""Draws a day from a seed: one random stream a family, so that no family shifts another.

Swarm testing: each seed leaves whole families out, so that rare things happen alone, too. Race
windows are preferred to plain chance: most crashes fall around a send, a cancel or a recovery.
"""

import random
from collections.abc import Callable
from datetime import time

from adapters.venues.simulated.faults import VenueFaultKind
from tests.simulation.faults import WHOLE_FOLDER, Family, Fault, Kind
from tests.simulation.market_place import NAMES
from tests.simulation.scenario import Scenario, World

FAMILY_SHARE = 0.65
BRIEF_SHARE = 0.9
NO_DEDUPE_SHARE = 0.15
STAGES_SHARE, TWO_PERSONS_SHARE = 0.08, 0.08
SENDING_SHARE, WINDOWS_SHARE = 0.4, 0.75
SUBMITS_MAX, CANCELS_MAX, READS_MAX, CALLS_MAX = 5, 3, 60, 400
COMMITS_MAX, DISK_CALLS_MAX, POINTS_MAX = 100, 2000, 9000
WINDOWS = (
    ("net submit begins", SUBMITS_MAX),
    ("net submit arrived", SUBMITS_MAX),
    ("net submit answered", SUBMITS_MAX),
    ("commit open_batch", 3 * SUBMITS_MAX),
    ("commit close_submits", 3 * SUBMITS_MAX),
    ("commit create", 6),
    ("commit approve", 6),
    ("commit receive", 6),
    ("commit save", 9),
    ("commit apply_news", 60),
    ("commit set_unresolved", 6),
    ("net cancel begins", CANCELS_MAX),
    ("net cancel arrived", CANCELS_MAX),
    ("commit open_cancel", 3 * CANCELS_MAX),
    ("commit close_cancel", 3 * CANCELS_MAX),
    ("commit move ", 15),
    ("file _write_all", 12),
    ("commit recover_open", 9),
)
PAGES = ("orders", "fills", "positions", "movements", "funds")
READS = (*PAGES, "quotes", "instruments", "order", "time", "session", "health")
ONLY_ORDERS = (Kind.NET_OTHER_ID, Kind.NET_OTHER_QUANTITY)
ONLY_PAGES = (Kind.NET_STALE_PAGE, Kind.NET_PARTIAL_PAGE)
OLD_REPORTS_MAX = 12
# The venue's races between a fill, its report and a cancel; a fault strikes one order only.
RACES = (
    VenueFaultKind.LATE_FILL,
    VenueFaultKind.LATE_FILL,
    VenueFaultKind.FILL_DURING_CANCEL,
    VenueFaultKind.FILLED_DURING_CANCEL,
    VenueFaultKind.TRADE_BEFORE_ORDER,
    VenueFaultKind.LATE_REJECT,
    VenueFaultKind.LATE_REJECT,
    VenueFaultKind.BUST,
)
RACES_SHARE = 0.5
# A counter that is late with one fill is often late with all of them.
LASTING = RACES[:5]
VENUE_FAULT_WEIGHT, STRIKES, STRIKES_LASTING = 15, (1, 1, 1, 3), (1, 1, 4, 400)
ROOM_MAX, RESTARTS_MAX, OLD_COPY_MAX = 12, 3, 3
OPENING_S, WORKING_S = 230, 2000
OF_FAMILY = {family: tuple(kind for kind in Kind if kind.family is family) for family in Family}
OUTAGES_S = (3, 20, 90, 400)
WALL_STEPS_S = (1, 3, 30, 3600)
PAUSES_S = (1, 3, 40)
SUSPENSIONS_S = (60, 600)


def generate(seed: int) -> Scenario:
    """Return the day of a seed."""
    shape = random.Random(f"{seed}|shape")
    faults: list[Fault] = []
    for family in Family:
        chance = shape.random()
        count = shape.choice((1, 1, 2, 3, 5))
        if family is Family.NET:
            count = shape.choice((3, 5, 8))
        if family is Family.BROKER:
            count = shape.choice((2, 4, 6, 8))
        if family is Family.CRASH:
            count = shape.choice((3, 6, 8, 10, 12, 15))
        if chance < FAMILY_SHARE or family is Family.CRASH:
            dice = random.Random(f"{seed}|{family}")
            faults += [DRAW[family](dice) for _ in range(count)]
    return Scenario(seed, _world(random.Random(f"{seed}|world")), tuple(faults))


def _world(dice: random.Random) -> World:
    return World(
        first_send=dice.choice((time(14, 20), time(14, 30), time(14, 35), time(14, 40))),
        names=dice.randint(2, len(NAMES)),
        participation_percent=dice.choice((1, 10, 10, 50)),
        batch_size=dice.choice((1, 2, 5)),
        cancel_ratio_percent=dice.choice((15, 100, 100)),
        poll_idle_interval_s=dice.choice((15, 60)),
        look_interval_s=dice.choice((20, 40)),
        sweep_interval_s=dice.choice((10, 40, 60, 60)),
        is_brief=dice.random() < BRIEF_SHARE,
        latency_max_ms=dice.choice((20, 20, 200, 1500)),
        dedupe=dice.random() >= NO_DEDUPE_SHARE,
        stages=dice.random() < STAGES_SHARE,
        two_persons=dice.random() < TWO_PERSONS_SHARE,
    )


def _net(dice: random.Random) -> Fault:
    kind = dice.choice((*OF_FAMILY[Family.NET], Kind.NET_OLD_REPORTS))
    at, nth = _call(dice, kind)
    size = dice.choice(OUTAGES_S) if kind is Kind.NET_OUTAGE else dice.randint(1, 25)
    return Fault(kind, at, nth, size)


def _call(dice: random.Random, kind: Kind) -> tuple[str, int]:
    if kind is Kind.NET_OLD_REPORTS:
        return f"net {dice.choice(('orders', 'order'))} ", dice.randint(1, OLD_REPORTS_MAX)
    if kind in ONLY_PAGES:
        return f"net {dice.choice(PAGES)} ", dice.randint(1, READS_MAX)
    chance = dice.random()
    if kind in ONLY_ORDERS or chance < 0.5:
        return "net submit ", min(dice.randint(1, SUBMITS_MAX), dice.randint(1, SUBMITS_MAX))
    if chance < 0.65:
        return "net cancel ", min(dice.randint(1, CANCELS_MAX), dice.randint(1, CANCELS_MAX))
    if chance < 0.9:
        return f"net {dice.choice(READS)} ", dice.randint(1, READS_MAX)
    return "net ", dice.randint(1, CALLS_MAX)


def _disk(dice: random.Random) -> Fault:
    kind = dice.choice(OF_FAMILY[Family.DISK])
    if kind is Kind.DISK_OLD_COPY:
        nth, lives = dice.randint(1, RESTARTS_MAX), dice.randint(1, OLD_COPY_MAX)
        return Fault(kind, "restart", nth, lives, dice.choice(("", WHOLE_FOLDER)))
    if kind is Kind.DISK_READ_EIO:
        return Fault(kind, "read ", dice.randint(1, DISK_CALLS_MAX))
    room = dice.randint(0, ROOM_MAX) if kind is Kind.DISK_FULL else 0
    if dice.random() < 0.5:
        name, nth_max = dice.choice([row for row in WINDOWS if row[0].startswith("commit")])
        return Fault(kind, name, dice.randint(1, nth_max), room)
    return Fault(kind, "commit ", dice.randint(1, COMMITS_MAX), room)


def _crash(dice: random.Random) -> Fault:
    chance = dice.random()
    if chance < 0.2:
        return Fault(Kind.CRASH_RECOVERING, "|recovering", dice.randint(1, 400))
    if chance < 0.75:
        name, nth_max = dice.choice(WINDOWS)
        return Fault(Kind.CRASH_POINT, name, dice.randint(1, nth_max))
    return Fault(Kind.CRASH_POINT, "", dice.randint(1, POINTS_MAX))


def _clock(dice: random.Random) -> Fault:
    kind = dice.choice(OF_FAMILY[Family.CLOCK])
    if kind in (Kind.CLOCK_FORWARD, Kind.CLOCK_BACK):
        return Fault(kind, "time", dice.randint(0, WORKING_S), dice.choice(WALL_STEPS_S))
    size = dice.choice(PAUSES_S if kind is Kind.CLOCK_PAUSE else SUSPENSIONS_S)
    chance = dice.random()
    if chance < SENDING_SHARE:
        return Fault(kind, "commit open_batch", dice.randint(1, SUBMITS_MAX), size)
    if chance < WINDOWS_SHARE:
        name, nth_max = dice.choice(WINDOWS)
        return Fault(kind, name, dice.randint(1, nth_max), size)
    return Fault(kind, "", dice.randint(1, POINTS_MAX), size)


def _broker(dice: random.Random) -> Fault:
    kind = dice.choice((Kind.BROKER_FAULT,) * VENUE_FAULT_WEIGHT + OF_FAMILY[Family.BROKER])
    if kind is Kind.BROKER_FAULT:
        detail = dice.choice(RACES if dice.random() < RACES_SHARE else sorted(VenueFaultKind))
        nth = dice.choice(STRIKES_LASTING if detail in LASTING else STRIKES)
        return Fault(kind, "venue", nth, dice.choice((1, 3, 8, 60, 150)), detail)
    return Fault(kind, "net ", dice.randint(1, CALLS_MAX))


def _operator(dice: random.Random) -> Fault:
    kind = dice.choice(OF_FAMILY[Family.OPERATOR])
    nth = dice.randint(1, OPENING_S + 60 if dice.random() < 0.5 else WORKING_S)
    return Fault(kind, "time", nth, dice.choice((5, 60, 400)))


def _files(dice: random.Random) -> Fault:
    kind = dice.choice(OF_FAMILY[Family.FILES])
    nth = dice.randint(1, OPENING_S + 60 if dice.random() < 0.7 else WORKING_S)
    return Fault(kind, "time", nth, dice.randint(1, 20))


DRAW: dict[Family, Callable[[random.Random], Fault]] = {
    Family.NET: _net,
    Family.DISK: _disk,
    Family.CRASH: _crash,
    Family.CLOCK: _clock,
    Family.BROKER: _broker,
    Family.OPERATOR: _operator,
    Family.FILES: _files,
}
