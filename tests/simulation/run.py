"""One simulated day: lives of the daemon one after another, faults, checks, and a calm end."""

import random
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.broker import BrokerError, DedupeScope, SessionSuperseded
from adapters.gateway.settings import GatewaySettings, full_capabilities
from adapters.venues.simulated.desk_settings import DeskSettings
from adapters.venues.simulated.factory import VenueSettings, build_venue
from adapters.venues.simulated.faults import VenueFault, VenueFaultKind
from adapters.venues.simulated.statuses import TERMINAL
from adapters.wire.models import CapabilitiesView, FillView
from config.settings import (
    AlertSettings,
    ArchiveSettings,
    BrokersSettings,
    CheckSettings,
    HaltSettings,
    IntakeSettings,
    Mode,
    OrderFlowSettings,
    PathSettings,
    PingAnSettings,
    Settings,
)
from daemon.instance_lock import AlreadyRunning, InstanceLock
from storage.database import DatabaseFailure
from storage.records import Mark
from storage.store import StaleEpoch
from tests.daemon.planning.builders import calendar, rule_book
from tests.simulation import checker, old_backup
from tests.simulation.disk import Disk
from tests.simulation.faults import WHOLE_FOLDER, Family, Fault, Kind, Script
from tests.simulation.group import Group
from tests.simulation.house import House
from tests.simulation.life import End, HowItEnded, live
from tests.simulation.market_place import ACCOUNT, CASH, fast_disk, market_folder, opening_positions
from tests.simulation.network import Network
from tests.simulation.people import People
from tests.simulation.points import Points, Trace
from tests.simulation.scenario import LATE, Scenario, World

ENDPOINT = "http://127.0.0.1:9"
LIVES_MAX, COPIES_MAX = 60, 8
RESTART_S = 5
DOWNTIMES_S = (1, 2, 5, 20, 60, 180)
CALM_S = 10
CALM_LATENCY_S = 0.02
DATABASE = ("execd.sqlite", "execd.sqlite-wal")
ANCHORS = "anchors.jsonl"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a day came to; `violations` is empty when every promise held."""

    scenario: Scenario
    violations: tuple[str, ...]
    struck: Mapping[str, int]
    lives: int
    crashes: int
    points: int
    simulated_s: float
    trace: str
    orders: int
    run_states: tuple[str, ...]


@dataclass(slots=True)
class Day:
    """Everything that outlives the daemon: disk, wire, venue, people and the hour."""

    scenario: Scenario
    folder: Path
    settings: Settings
    script: Script
    points: Points
    disk: Disk
    house: House
    network: Network
    group: Group
    people: People
    now_s: float = 0
    lives: int = 0
    recoveries: int = 0
    wall_ahead: timedelta = field(default_factory=timedelta)
    log: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    verified: Mark | None = None
    downtimes: random.Random = field(default_factory=random.Random)
    restored: old_backup.Restored | None = None
    _saved: dict[str, bytes] = field(default_factory=dict)
    _copies: deque[dict[str, bytes]] = field(default_factory=lambda: deque(maxlen=COPIES_MAX))

    @property
    def database(self) -> Path:
        """Where the daemon's memory is."""
        return self.settings.paths.state / DATABASE[0]

    def run(self) -> Outcome:
        """Live the day to its end and tell what it came to."""
        self.people.drop_pair(0)
        world = self.scenario.world
        self._live_until(world.close_s)
        self._calm_down()
        self._live_until(self.now_s + CALM_S)
        self.violations += checker.at_rest(self)
        begins_s, ends_s = world.morning_s
        self.now_s = begins_s
        self._live_until(ends_s)
        self.violations += checker.at_rest(self)
        self.violations += checker.told_at_last(self)
        return self._outcome()

    def recovered(self) -> None:
        """Called by a life that finished its recovery."""
        self.recoveries += 1
        self.points.is_recovering = False

    def at_the_broker(self, label: str) -> None:
        """Called before a request arrives: the gateway may restart, the session be taken over."""
        fault = self.script.strike(Family.BROKER, label)
        if fault is not None and fault.kind is Kind.BROKER_RESTART:
            self.house.restart(self.now)
        elif fault is not None and fault.kind is Kind.BROKER_STOLEN:
            self.house.steal_session(self.now)

    def halted_at_s(self, now_s: float | None) -> None:
        """A person's halt stands since then, or no longer."""
        self.network.sends.halted_at_s = now_s

    def step_wall(self, seconds: int) -> None:
        """Put the wall clock forward, or back."""
        self.wall_ahead += timedelta(seconds=seconds)

    def second_instance(self) -> None:
        """Somebody starts the daemon again: the lock must send it home."""
        try:
            InstanceLock.acquire(self.settings.paths.state / "lock").release()
        except AlreadyRunning:
            return
        self.violations.append("I19 a second process got the lock")

    @property
    def now(self) -> float:
        """The hour, inside a life and between two."""
        return self.now_s if self.points.loop is None else self.points.loop.now_s

    def save_disk(self) -> None:
        """Keep the bytes of database and WAL as a kill leaves them, before anything is closed."""
        state = self.settings.paths.state
        self._saved = {
            name: (state / name).read_bytes() for name in DATABASE if (state / name).exists()
        }

    def is_expected(self, error: BaseException) -> bool:
        """Whether a process may end like this, given what was done to it."""
        struck = self.script.struck
        if isinstance(error, DatabaseFailure):
            return any(name.startswith("disk:") for name in struck)
        if isinstance(error, SessionSuperseded | StaleEpoch):
            return Kind.BROKER_STOLEN in struck or Kind.OPERATOR_SECOND in struck
        if isinstance(error, BrokerError):
            return any(name.startswith(("net:", "clock:", "broker:")) for name in struck)
        return False

    def live_at_venue(self) -> set[str]:
        """Return the venue's numbers of the orders that it does not show as ended."""
        orders = self.house.venue.all_orders()
        return {order.venue_order_id for order in orders if order.status not in TERMINAL}

    def fills_at_venue(self) -> list[FillView]:
        """Return every fill the venue ever made."""
        return self.house.venue._desk.archive.fills_since(0)

    def holdings_at_venue(self) -> dict[str, int]:
        """Return shares by code."""
        held = self.house.venue.account.held()
        return {str(symbol): name.quantity for symbol, name in held if name.quantity}

    def _live_until(self, until_s: float) -> None:
        while self.now_s < until_s:
            if self.lives > LIVES_MAX:
                self.violations.append("I29 the daemon ends again and again")
                return
            self.lives += 1
            end = live(self, until_s)
            self.ends[end.how] += 1
            if end.how is HowItEnded.KILLED:
                self._put_back(self._saved)
            self.violations += checker.after_a_life(self, end)
            if self.now_s < until_s:
                self._restore()
                self.now_s += self._downtime(end)

    def _downtime(self, end: End) -> float:
        if end.how is HowItEnded.KILLED:
            return self.downtimes.choice(DOWNTIMES_S)
        return RESTART_S

    def _put_back(self, saved: Mapping[str, bytes]) -> None:
        """Give the next life the bytes a killed one left, in the same files."""
        state = self.settings.paths.state
        for path in state.glob(f"{DATABASE[0]}*"):
            if path.name not in saved:
                path.unlink()
        for name, content in saved.items():
            (state / name).write_bytes(content)

    def _restore(self) -> None:
        """Somebody puts an old copy in place of the database, once something was sent.

        Where the whole folder came back, its anchors are as old and contradict nothing.
        """
        anchors = self.settings.paths.state / ANCHORS
        kept = {ANCHORS: anchors.read_bytes()} if anchors.exists() else {}
        self._copies.append(self._saved | kept)
        begun = self.network.sends.sends
        fault = self.script.strike(Family.DISK, "restart") if begun else None
        if fault is None:
            return
        old = self._copies[max(-1 - fault.size, -len(self._copies))]
        if DATABASE[0] not in old:
            return
        lost = self.folder / DATABASE[0]
        for name, content in self._saved.items():
            (self.folder / name).write_bytes(content)
        self._put_back({name: old[name] for name in DATABASE if name in old})
        if fault.detail == WHOLE_FOLDER:
            anchors.write_bytes(old.get(ANCHORS, b""))
        now = old_backup.restored(self, lost)
        self.restored = now if self.restored is None else now.after(self.restored)
        self.people.trusts_the_record = False

    def _calm_down(self) -> None:
        """The faults stop; the liveness phase begins (I29)."""
        for armed in self.house.venue.faults._armed:
            if armed.struck:
                self.script.note(Fault(Kind.BROKER_FAULT, detail=armed.fault.kind.value))
        self.script.disarm()
        self.house.venue.faults.disarm()
        self.people.agenda = []
        self.network.outage_until_s = 0
        self.network.latency_max_s = CALM_LATENCY_S
        self.wall_ahead = timedelta()
        self.group.is_calm = True

    def _outcome(self) -> Outcome:
        trace = self.points.trace
        return Outcome(
            scenario=self.scenario,
            violations=tuple(dict.fromkeys(self.violations)),
            struck=dict(self.script.struck),
            lives=self.lives,
            crashes=self.ends[HowItEnded.KILLED],
            points=trace.points,
            simulated_s=self.now_s,
            trace=trace.digest(),
            orders=len(self.house.venue.all_orders()),
            run_states=checker.run_states(self.database),
        )


def run_day(scenario: Scenario, **more: Any) -> Outcome:
    """Simulate one day in a folder of its own. `more` goes to Points."""
    folder = Path(tempfile.mkdtemp(prefix="sage-sim-", dir=fast_disk()))
    try:
        return open_day(scenario, folder, **more).run()
    finally:
        shutil.rmtree(folder)


def open_day(scenario: Scenario, folder: Path, **more: Any) -> Day:
    """Put a day together."""
    for name in ("inbox", "state", "artifacts", "gateway"):
        (folder / name).mkdir()
    script = Script(scenario.faults)
    points = Points(script, Trace(), **more)
    house = _house(scenario, folder / "gateway", script)
    network = Network(house, points, _dice(scenario, "net"), scenario.world.latency_max_ms / 1000)
    if not scenario.world.dedupe:
        network.sends.sends_max = 1
    day = Day(
        scenario=scenario,
        folder=folder,
        settings=settings_of(scenario, folder),
        script=script,
        points=points,
        disk=Disk(points, _dice(scenario, "disk")),
        house=house,
        network=network,
        group=Group(points, _dice(scenario, "group")),
        people=People(
            names=scenario.world.names,
            look_interval_s=scenario.world.look_interval_s,
            inbox=folder / "inbox",
            origin_s=scenario.world.origin.timestamp(),
            agenda=script.timed(),
            note=script.note,
        ),
        downtimes=_dice(scenario, "downtime"),
    )
    network.before_arrival = day.at_the_broker
    day.people.step_wall = day.step_wall
    day.people.halted_at_s = day.halted_at_s
    day.people.second_instance = day.second_instance
    return day


def settings_of(scenario: Scenario, folder: Path) -> Settings:
    """Return the settings of the daemon in this world."""
    world = scenario.world
    return Settings(
        mode=Mode.PAPER,
        brokers=BrokersSettings(
            pingan=PingAnSettings(endpoint=ENDPOINT, account_id=ACCOUNT, client_id="C1")
        ),
        paths=PathSettings(
            inbox=folder / "inbox",
            state=folder / "state",
            artifacts=folder / "artifacts",
            socket=folder / "execd.sock",
        ),
        intake=IntakeSettings(sweep_interval_s=Decimal(world.sweep_interval_s)),
        checks=CheckSettings(late_arrival="today"),
        # Two looks a second would be most of the day's events; each send looks for the file itself.
        halt=HaltSettings().model_copy(update={"watch_interval_s": Decimal(30)}),
        day=world.day,
        flow=OrderFlowSettings(
            batch_size=world.batch_size,
            cancel_ratio_max=Decimal(world.cancel_ratio_percent) / 100,
            poll_interval_s=world.poll_interval_s,
            poll_idle_interval_s=world.poll_idle_interval_s,
        ).model_copy(update=LATE),
        alerts=AlertSettings(look_interval_s=30),
        approval=world.approval,
        # A pack is as much work as the day it tells of.
        archive=ArchiveSettings(enabled=False),
        approve_gaps=True,
    )


def _house(scenario: Scenario, folder: Path, script: Script) -> House:
    world = scenario.world
    venue = build_venue(
        market_folder(),
        account=ACCOUNT,
        cash=CASH,
        start=world.origin,
        positions=opening_positions(),
        settings=VenueSettings(
            desk=DeskSettings(participation=Decimal(world.participation_percent) / 100),
            seed=scenario.seed,
        ),
        calendar=calendar(),
        rule_book=rule_book(),
    )
    for fault in script.of_family(Family.BROKER):
        if fault.kind is Kind.BROKER_FAULT:
            venue.faults.arm([venue_fault(fault)])
    settings = GatewaySettings(
        account_id=ACCOUNT, version="simulation", capabilities=_capabilities(world)
    )
    return House(venue, settings, folder, world.origin, _dice(scenario, "gateway"))


def _capabilities(world: World) -> CapabilitiesView:
    """Return what the gateway says of itself.

    It recognises ids whatever it says, so that a copy on the wire does no harm; the log of sends
    shows what the daemon made of its word.
    """
    capabilities = full_capabilities()
    if world.dedupe:
        return capabilities
    return capabilities.model_copy(update={"dedupe_scope": DedupeScope.NONE})


def venue_fault(fault: Fault) -> VenueFault:
    """Return a script item as the venue's own fault."""
    return VenueFault(
        kind=VenueFaultKind(fault.detail), times=fault.nth, delay_s=fault.size, rate=Decimal(1)
    )


def _dice(scenario: Scenario, stream: str) -> random.Random:
    return random.Random(f"{scenario.seed}|{stream}")
