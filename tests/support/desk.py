"""A daemon's desk on a real store, with a broker, clocks and dice in memory."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog
from structlog.testing import LogCapture

from config.settings import (
    BrokersSettings,
    ClockMode,
    LiveSettings,
    Mode,
    PathSettings,
    PingAnSettings,
    Settings,
)
from config.settings_hash import settings_hash
from daemon.actions import Actions, Person
from daemon.approvals import ApprovalDesk, Confirmations
from daemon.desk import Desk, Signals
from daemon.halting.files import HaltFiles
from daemon.instance_lock import InstanceLock
from daemon.market_clock import SteppedMarketClock
from daemon.metrics import Metrics
from daemon.tasks.plan import Planner
from daemon.tasks.poll import Poller
from market.phases import market_time
from market.symbol import Symbol
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.portfolio import Target, TargetPortfolio
from statemachine.run import Run, RunState
from storage.sqlite_store import open_store
from tests.daemon.planning.builders import calendar, portfolio, rule_book, symbol, target
from tests.fakes.fake_broker import FakeBroker
from tests.fakes.fake_clock import FakeMachineClock, market_clock
from tests.fakes.fake_randomness import CountingRandomness

ACCOUNT = "880001234"
ENDPOINT = "http://127.0.0.1:9000"
KEY = bytes(range(32))
SIGNAL = date(2025, 11, 7)
SESSION = date(2025, 11, 10)
EVENING = market_time(SIGNAL, "20:00:00")
FIRST_SEND = market_time(SESSION, "09:31:00")
WANG = Person("wang", 1000)
BANK, VANKE, MAOTAI = "600000.SH", "000002.SZ", "600519.SH"


def at(clock: str, day: date = SESSION) -> datetime:
    """Return a moment of the session, Shanghai time."""
    return market_time(day, clock)


def settings_in(folder: Path, mode: Mode = Mode.PAPER, **changes: object) -> Settings:
    """Return settings whose paths lie in this folder; `changes` replace whole groups."""
    pingan = PingAnSettings(endpoint=ENDPOINT, account_id=ACCOUNT, client_id="C1")
    inbox, artifacts = folder / "inbox", folder / "artifacts"
    inbox.mkdir(exist_ok=True)
    artifacts.mkdir(exist_ok=True)
    settings = Settings(
        mode=mode,
        clock=ClockMode.STEPPED,
        brokers=BrokersSettings(pingan=pingan),
        paths=PathSettings(
            inbox=inbox, state=folder, artifacts=artifacts, socket=folder / "execd.sock"
        ),
        live=LiveSettings(accounts=(ACCOUNT,), champions=("seed_balance_strategy",)),
    )
    return settings.model_copy(update=changes)


@dataclass(slots=True)
class Room:
    """A desk, and the ends of it that a test holds."""

    desk: Desk
    broker: FakeBroker
    clock: SteppedMarketClock
    machine: FakeMachineClock
    log: LogCapture

    @property
    def planner(self) -> Planner:
        return Planner(self.desk, Poller(self.desk))

    @property
    def actions(self) -> Actions:
        return Actions(self.desk, ApprovalDesk(self.desk, KEY))

    async def until(self, moment: datetime) -> None:
        """Let market time run; everything that is due before happens."""
        await self.clock.sleep_until(moment)

    async def receive(self, wanted: TargetPortfolio) -> Run:
        """Have a pair taken from the inbox."""
        run = run_of(wanted, self.clock.now())
        await self.desk.store.receive_run(run, wanted, b"csv", b"context")
        return run

    async def planned(self, *targets: Target, exposure: str | None = None) -> Plan:
        """Receive and plan a portfolio; it awaits approval."""
        run = await self.receive(portfolio(*targets, exposure=exposure))
        assert not await self.planner.plan_waiting(), self.log.entries
        return await self.plan(run.run_id)

    async def approved(self, *targets: Target, exposure: str | None = None) -> Plan:
        """Receive, plan and approve a portfolio."""
        plan = await self.planned(*targets, exposure=exposure)
        await self.approve(plan)
        return plan

    async def approve(self, plan: Plan) -> Run:
        """Approve a plan, typing whatever it asks for."""
        typed = Confirmations(underinvested=True)
        return await self.actions.approve(plan.run_id, plan.plan_hash, WANG, typed)

    async def plan(self, run_id: str) -> Plan:
        found = await self.desk.store.plan(run_id)
        assert found is not None, self.log.entries
        return found

    async def state(self, run_id: str) -> RunState:
        run = await self.desk.store.run(run_id)
        assert run is not None
        return run.state

    async def order_of(self, run_id: str, text: str = BANK) -> Order:
        """Return the only order of a name."""
        (found,) = [
            order
            for order in await self.desk.store.orders_of(run_id)
            if order.symbol == symbol(text)
        ]
        return found

    async def adopt(self, text: str, quantity: int, owner: str = "ours") -> None:
        await self.actions.adopt(symbol(text), owner, quantity, WANG)

    def logged(self) -> list[str]:
        """Return the sentences logged so far."""
        return [entry["event"] for entry in self.log.entries]

    def log_entry(self, event: str) -> dict[str, Any]:
        """Return the newest entry with this sentence."""
        return dict(next(entry for entry in reversed(self.log.entries) if entry["event"] == event))


def run_of(wanted: TargetPortfolio, now: datetime) -> Run:
    """Return the run a portfolio is received as."""
    return Run(
        run_id=wanted.run_id,
        account=ACCOUNT,
        signal_date=wanted.signal_date,
        session_date=None,
        state=RunState.RECEIVED,
        input_hash=wanted.input_hash,
        champion_id=wanted.champion_id,
        received_at=now,
        csv_name=wanted.csv_name,
        context_name=wanted.context_name,
    )


def dated(
    wanted: TargetPortfolio, signal_date: date, tail: str = "ba9876543210"
) -> TargetPortfolio:
    """Return the same wishes as another content of another day."""
    day = f"{signal_date:%Y%m%d}"
    return replace(
        wanted,
        run_id=f"{day}-{tail}",
        input_hash=tail * 5,
        signal_date=signal_date,
        csv_name=f"portfolio_{day}.csv",
        context_name=f"execution_context_{day}.json",
    )


def two_buys() -> tuple[Target, Target]:
    """Return a portfolio of two names."""
    return target(BANK, "0.2"), target(VANKE, "0.2", "地产", line=3)


@asynccontextmanager
async def open_room(
    folder: Path,
    *,
    start: datetime = EVENING,
    settings: Settings | None = None,
    held: Iterable[tuple[str, int]] = (),
    industry_of: dict[Symbol, str] | None = None,
) -> AsyncIterator[Room]:
    """Open a desk at a market moment; `held` shares lie on the account, undecided."""
    chosen = settings or settings_in(folder)
    machine, log = FakeMachineClock(), LogCapture()
    async with market_clock(start) as clock:
        broker = FakeBroker(clock=clock, account=ACCOUNT)
        for text, quantity in held:
            broker.hold(symbol(text), quantity)
        store = await open_store(
            folder / "execd.sqlite",
            mode=chosen.mode,
            endpoint=ENDPOINT,
            account=ACCOUNT,
            instance_id="test",
            machine_clock=machine,
            approval_key=KEY,
        )
        lock = InstanceLock.acquire(folder / "lock")
        try:
            yield Room(
                Desk(
                    account=ACCOUNT,
                    settings=chosen,
                    settings_hash=settings_hash(chosen),
                    store=store,
                    broker=broker,
                    clock=clock,
                    machine=machine,
                    randomness=CountingRandomness(),
                    calendar=calendar(),
                    rules=rule_book(),
                    metrics=Metrics(),
                    signals=Signals.of(clock),
                    lock=lock,
                    halt_files=HaltFiles(folder),
                    artifacts=chosen.paths.artifacts or chosen.paths.inbox,
                    industry_of=industry_of or {},
                    log=structlog.wrap_logger(
                        structlog.PrintLogger(),
                        processors=[log],
                        wrapper_class=structlog.make_filtering_bound_logger(20),
                    ),
                ),
                broker,
                clock,
                machine,
                log,
            )
        finally:
            lock.release()
            await store.close()
