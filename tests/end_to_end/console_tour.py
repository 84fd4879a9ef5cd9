"""A person's way through the console: real daemon, real paper gateway, real browser."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from market.phases import SHANGHAI
from tests.end_to_end.theatre import SAMPLE_EVENING, Theatre, theatre

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
CONFIGURATION = "console: {enabled: true, port: 0}\n"
PATIENCE_MS = 30_000
SECOND_DAY = "20260119"
QUIET = timedelta(minutes=2)
STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Scene:
    """A page worth looking at: what it is called, and where it is."""

    name: str
    path: str


@dataclass(slots=True)
class Visitor:
    """A browser's page that is logged in, and the theatre behind it."""

    stage: Theatre
    page: Page
    base: str
    token: str

    async def go(self, path: str) -> None:
        """Open a page by its path."""
        await self.page.goto(self.base + path.removeprefix("/"))

    def button(self, name: str) -> Locator:
        """Return the button of this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def says(self, words: str) -> None:
        """Wait until the page says so, without a click."""
        await expect(self.page.locator("body")).to_contain_text(words, timeout=PATIENCE_MS)

    async def let_pass(self, step: timedelta) -> None:
        """Let market time run."""
        await self.stage.until(await self.stage.venue.now() + step)

    async def state(self, run_id: str) -> str:
        """Return where a run stands, from the control socket."""
        found: str = (await self.stage.show(run_id))["run"]["state"]
        return found


@asynccontextmanager
async def opened(out: Path) -> AsyncIterator[Visitor]:
    """Start daemon, gateway and browser; nobody is logged in yet."""
    config = out.with_suffix(".yaml")
    config.write_text(CONFIGURATION, encoding="utf-8")
    async with theatre(out, config=config) as stage, async_playwright() as playwright:
        door = await stage.daemon.post("/v1/console-token", {})
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), headless=True, args=ARGUMENTS
        )
        try:
            yield Visitor(stage, await _page(browser), door["address"], door["token"])
        finally:
            await browser.close()


async def _page(browser: Browser) -> Page:
    context = await browser.new_context(locale="en-GB", viewport={"width": 1200, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


async def tour(visitor: Visitor) -> AsyncIterator[Scene]:
    """Walk through a day; each scene is yielded while its page can be looked at."""
    await visitor.go("/")
    yield Scene("login", "/login")
    await log_in(visitor)
    await visitor.stage.until(SAMPLE_EVENING)
    run_id = await receive_first(visitor)
    yield Scene("today", "/")
    await rehearse_plan(visitor, run_id)
    yield Scene("plan", f"/runs/{run_id}")
    await approve(visitor, run_id)
    await visitor.stage.until(datetime(2026, 1, 19, 9, 46, tzinfo=SHANGHAI))
    await expect(visitor.page.locator("tr[id^=order-]").first).to_be_visible()
    yield Scene("run", f"/runs/{run_id}")
    await watch_to_the_end(visitor, run_id)
    yield Scene("run-ended", f"/runs/{run_id}")
    yield Scene("order", await first_order(visitor, run_id))
    await leave_half_a_pair(visitor)
    yield Scene("manual", "/manual")
    await resolve(visitor)
    second = await receive_second(visitor)
    await halt(visitor, second)
    yield Scene("halt", "/halt")
    yield Scene("alerts", "/alerts")
    yield Scene("locks", "/locks")
    yield Scene("system", "/system")


async def log_in(visitor: Visitor) -> None:
    """Try a wrong token, then the right one."""
    page = visitor.page
    await visitor.go("/")
    await page.get_by_label("Your token").fill("0" * 64)
    await visitor.button("Log in").click()
    await visitor.says("not a token of this daemon")
    await page.get_by_label("Your token").fill(visitor.token)
    await visitor.button("Log in").click()
    await expect(page.get_by_role("heading", name="Today")).to_be_visible()
    await visitor.says(getpass.getuser())


async def receive_first(visitor: Visitor) -> str:
    """Drop the bundled pair; the page that is open shows its run by itself."""
    stage = visitor.stage
    await visitor.go("/")
    stage.drop_sample()
    await stage.noticed()
    await visitor.let_pass(QUIET)
    await visitor.says("awaits approval")
    (run,) = await stage.runs()
    return str(run["run_id"])


async def rehearse_plan(visitor: Visitor, run_id: str) -> None:
    """Have the plan rehearsed; the page shows it by itself."""
    await visitor.go(f"/runs/{run_id}")
    await visitor.button("Rehearse this plan").click()
    await visitor.stage.daemon.post(f"/v1/runs/{run_id}/rehearsal", {"wait": True})
    await visitor.says("an example of a session, not a forecast")


async def approve(visitor: Visitor, run_id: str) -> None:
    """Read the plan and approve it, typing what it asks for."""
    await visitor.go(f"/runs/{run_id}")
    plan = await visitor.stage.daemon.get(f"/v1/runs/{run_id}/plan")
    for flag in plan["flags"]:
        if flag["field"] == "sell_amount":
            await visitor.page.locator("#sell_amount").fill(plan["totals"]["sell_amount"])
        elif flag["field"] == "underinvested":
            await visitor.page.locator("#underinvested").check()
    await visitor.button("Approve this plan").click()
    await visitor.says(f"Your approval of {run_id} is recorded.")
    assert await visitor.state(run_id) == "APPROVED"


async def watch_to_the_end(visitor: Visitor, run_id: str) -> None:
    """Keep the run's page open while the market trades; it follows without a click."""
    await visitor.go(f"/runs/{run_id}")
    bars = visitor.page.locator("progress[id^=value]")
    seen = set()
    while (await visitor.state(run_id)) in ("APPROVED", "SUBMITTING", "WORKING"):
        await visitor.let_pass(STEP)
        seen.add(tuple(await bars.evaluate_all("bars => bars.map(bar => bar.value)")))
    await visitor.stage.until(datetime(2026, 1, 19, 15, 40, tzinfo=SHANGHAI))
    await visitor.says("completed")
    assert len(seen) > 1, "the page never moved by itself"


async def first_order(visitor: Visitor, run_id: str) -> str:
    """Return the path of the first order's page."""
    orders = (await visitor.stage.show(run_id))["orders"]
    return f"/orders/{orders[0]['client_order_id']}"


async def leave_half_a_pair(visitor: Visitor) -> None:
    """Drop a CSV without its JSON: after ten minutes a person is asked."""
    await visitor.go("/manual")
    visitor.stage.drop(visitor.stage.pair.portfolio.read_bytes(), None, day="20260120")
    await visitor.stage.noticed("20260120")
    await visitor.let_pass(timedelta(minutes=15))
    await visitor.says("PAIR_INCOMPLETE")


async def resolve(visitor: Visitor) -> None:
    """Decide about every item that waits."""
    await visitor.go("/manual")
    (visitor.stage.stage.inbox / "portfolio_20260120.csv").unlink()
    while await (form := visitor.page.locator("form.decide").first).count():
        await form.get_by_label("Reason").fill("seen by the tour")
        await form.get_by_role("button").first.click()
        await visitor.says("is recorded.")


async def receive_second(visitor: Visitor) -> str:
    """Drop the next day's pair and approve its plan."""
    stage = visitor.stage
    csv, context = stage.pair.portfolio.read_bytes(), stage.pair.context.read_bytes()
    stage.drop(
        csv.replace(b"20260116", SECOND_DAY.encode()),
        context.replace(b"20260116", SECOND_DAY.encode()),
        SECOND_DAY,
    )
    await stage.noticed(SECOND_DAY)
    await visitor.let_pass(QUIET)
    run_id = str((await stage.runs())[-1]["run_id"])
    if await visitor.state(run_id) == "AWAITING_APPROVAL":
        await approve(visitor, run_id)
    return run_id


async def halt(visitor: Visitor, run_id: str) -> None:
    """Stop a run that works."""
    await visitor.stage.until(datetime(2026, 1, 20, 9, 40, tzinfo=SHANGHAI))
    await visitor.go("/halt")
    await visitor.page.locator("#halt-reason").fill("the tour stops here")
    await visitor.button("Halt now").click()
    await visitor.says("Sending is stopped.")
    status = await visitor.stage.daemon.get("/v1/status")
    assert status["grade"] == "halted"
