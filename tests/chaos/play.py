"""Plays the bundled week on a company's daemon, whatever happens to it meanwhile."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from daemon.rehearsal.daemon_control import DaemonControl
from daemon.rehearsal.driver import WORKING_STEP, Driver, Played
from daemon.rehearsal.options import RehearsalOptions
from daemon.rehearsal.sample import sample_options
from daemon.rehearsal.venue_control import VenueControl
from tests.chaos.births import Births
from tests.chaos.cycle import cut_down
from tests.chaos.stage import Company, Daemon, Treatment

HOLDINGS = (("600295.SH", 6000), ("600499.SH", 1000), ("600775.SH", 5730), ("601698.SH", 2200))
PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left after a week: how it was played, what persons were told, all lives."""

    played: Played
    said: tuple[str, ...]
    lives: tuple[Daemon, ...]
    out: Path
    owned: int


@dataclass(slots=True)
class Week:
    """A week that is being played: whoever meddles with it sees this."""

    company: Company
    venue: VenueControl
    scenario: "Scenario"
    said: list[str] = field(default_factory=list)

    @property
    def daemon(self) -> DaemonControl:
        """The way to whichever daemon lives."""
        return DaemonControl(self.company.socket, self.company.check)


Meddle = Callable[[Week], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens in a week: settings of the daemon, faults of the gateway, people.

    `names` are the codes that are wanted (None: all of the week's), `owned` what is adopted; the
    driver looks at the run every `working_step` of market time.
    """

    settings: str = "flow: {deferred_retest_interval_s: 7200}\n"
    names: Sequence[str] | None = None
    owned: Sequence[tuple[str, int]] = HOLDINGS
    working_step: timedelta = WORKING_STEP
    gateway_words: Sequence[str] = ()
    faults: str = ""
    meddle: Meddle | None = None


# A line that stays locked is looked at twice a day: every look costs what an order costs.
QUIET_WEEK = Scenario()
# One name bought and one sold, and nobody wakes who has nothing to do: every call of it is failed.
CYCLE = Scenario(
    settings="""
flow:
  deferred_retest_interval_s: 900
  poll_interval_s: 30
  poll_idle_interval_s: 3600
  wave_interval_s: 60
intake: {sweep_interval_s: 60}
""",
    names=("600076.SH",),
    owned=HOLDINGS[:1],
    working_step=timedelta(hours=7),
)


async def play_week(
    births: Births,
    out: Path,
    scenario: Scenario = QUIET_WEEK,
    treatments: Sequence[Treatment] = (),
) -> Outcome:
    """Play the week to its end; the company is gone afterwards, its files are left in `out`."""
    options, words = given(scenario, out)
    async with (
        Company(options, births, treatments, words) as company,
        VenueControl(company.endpoint) as venue,
    ):
        week = Week(company, venue, scenario)
        company.open()
        meddling = asyncio.create_task(_meddle(scenario, week), name="meddle")
        played = await play(week)
        await asyncio.wait_for(meddling, PATIENCE_S)
    return Outcome(played, tuple(week.said), tuple(company.lives), out, owned=len(scenario.owned))


def given(scenario: Scenario, out: Path) -> tuple[RehearsalOptions, list[str]]:
    """Write what a scenario gives; returns the rehearsal and the words of the gateway."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "given.yaml").write_text(scenario.settings, encoding="utf-8")
    words = list(scenario.gateway_words)
    if scenario.faults:
        (out / "faults.json").write_text(scenario.faults, encoding="utf-8")
        words += ["--faults", str(out / "faults.json")]
    options = replace(sample_options(out), config=out / "given.yaml")
    if scenario.names is not None:
        owned = [code for code, _ in scenario.owned]
        options = cut_down(options, scenario.names, owned, out / "given")
    return options, words


async def play(week: Week) -> Played:
    """Adopt the holdings and play the pair to the end of its run."""
    for code, quantity in week.scenario.owned:
        body: dict[str, Any] = {"ts_code": code, "quantity": quantity, "owner": "ours"}
        await week.daemon.post("/v1/adopt", body)
        week.said.append(f"adopted {code}")
    options = week.company.options
    step = week.scenario.working_step
    driver = Driver(options, week.company, week.venue, week.said.append, step)
    return await driver.play(options.pairs[0])


async def _meddle(scenario: Scenario, week: Week) -> None:
    if scenario.meddle is not None:
        await scenario.meddle(week)


def clear(out: Path) -> None:
    """Remove what a week left."""
    shutil.rmtree(out, ignore_errors=True)
