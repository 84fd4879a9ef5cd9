"""The report of a real run: its costs are the venue's cash to the cent, its page is for anybody."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, ViewportSize, async_playwright

from daemon.console.texts.language import Language
from daemon.rehearsal.sample import sample_options
from daemon.report.rendering import report_page
from tests.end_to_end.console_tour import ARGUMENTS, CHROMIUM
from tests.end_to_end.report_stage import Reported, play_fifty, reported
from tests.end_to_end.theatre import OWNED
from tests.support.project import ROOT
from tests.support.shared_data import shared_data

pytestmark = pytest.mark.timeout(900)
AXE = (ROOT / "tests/vendor/axe/axe.min.js").read_text(encoding="utf-8")
DESK = ViewportSize(width=1200, height=900)
PHONE = ViewportSize(width=390, height=844)
MEDIA: tuple[Literal["screen", "print"], ...] = ("screen", "print")


def assert_costs_are_the_venues_cash(found: Reported) -> None:
    """The sum of the costs leads from decision prices to the ledger, exactly."""
    costs, cash = found.document["costs"], found.document["cash"]
    proof = {name: Decimal(value) for name, value in costs["proof"].items()}
    filled = sum(Decimal(name["traded_amount"]) for name in costs["names"])

    assert filled > 0
    assert proof["at_decision_prices"] - proof["price_cost"] - proof["fees"] == found.cash_moved
    assert Decimal(costs["totals"]["fees"]) == found.fees
    assert costs["totals"]["total"] == costs["totals"]["perold_total"]
    moved = found.cash_moved + Decimal(cash["movements"])
    total = Decimal(found.ledger["cash"]["total"])
    assert Decimal(cash["opening"]) + moved == Decimal(cash["closing_expected"]) == total


async def test_the_costs_of_the_bundled_week_are_the_venues_cash(tmp_path: Path) -> None:
    found = await reported(sample_options(tmp_path / "out"), dict(OWNED))

    assert_costs_are_the_venues_cash(found)
    assert found.page.read_bytes() == report_page(found.document, Language.CHINESE)


@pytest.fixture(scope="module")
def fifty(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    return play_fifty(tmp_path_factory.mktemp("fifty") / "out", shared_data())


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), headless=True, args=ARGUMENTS
        )
        yield await browser.new_page(viewport=DESK)
        await browser.close()


@pytest.mark.slow
def test_the_costs_of_fifty_names_are_the_venues_cash(fifty: Reported) -> None:
    names = fifty.document["reconcile"]["names"]

    assert_costs_are_the_venues_cash(fifty)
    assert sum(name["disposition"] is not None and name["side"] == "BUY" for name in names) == 50
    assert all(
        name["reason"] for name in names if name["filled_quantity"] < name["approved_quantity"]
    )


@pytest.mark.slow
@pytest.mark.parametrize("language", Language)
async def test_the_page_of_fifty_names_opens_alone_in_a_browser_and_on_paper(
    fifty: Reported, page: Page, tmp_path: Path, language: Language
) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(report_page(fifty.document, language))
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda told: complaints.append(told.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    await page.goto(path.as_uri())
    widths = []
    for size in (DESK, PHONE):
        await page.set_viewport_size(size)
        widths.append(await page.evaluate("document.documentElement.scrollWidth"))
    drawn = await page.locator("svg.chart").count()
    bars = await page.locator("svg.weights rect.actual").first.bounding_box()

    assert asked == [path.as_uri()]
    assert complaints == []
    assert drawn == 5
    assert bars is not None
    assert bars["width"] > 0
    assert widths[0] <= DESK["width"]
    assert widths[1] <= PHONE["width"]
    for media in MEDIA:
        await page.emulate_media(media=media)
        assert await faults_of(page) == []


async def faults_of(page: Page) -> list[str]:
    """Return what axe finds; the page forbids scripts, so that it is run from outside."""
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run()")
    return [
        f"{rule['id']}: {json.dumps([node['html'][:120] for node in rule['nodes'][:3]])}"
        for rule in found["violations"]
    ]
