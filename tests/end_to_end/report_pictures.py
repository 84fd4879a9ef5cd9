"""Pictures of a report for docs/data.md: `make screenshots`."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import FloatRect, ViewportSize, async_playwright

from daemon.report.rendering import LANGUAGES, report_page
from tests.end_to_end.console_tour import ARGUMENTS, CHROMIUM
from tests.end_to_end.report_stage import HELD, Reported, reported, run_of_fifty
from tests.support.project import ROOT
from tests.support.shared_data import shared_data

PICTURES = ROOT / "docs/images/report"
SIZE = ViewportSize(width=1100, height=1400)


async def pictures(found: Reported, folder: Path) -> None:
    """Write what the page shows first, in both languages."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), headless=True, args=ARGUMENTS
        )
        page = await browser.new_page(viewport=SIZE)
        for name, language in LANGUAGES.items():
            path = folder / f"{name}.html"
            path.write_bytes(report_page(found.document, language))
            await page.goto(path.as_uri())
            clip = FloatRect(x=0, y=0, width=SIZE["width"], height=SIZE["height"])
            await page.screenshot(path=PICTURES / f"report.{name}.png", clip=clip)
        await browser.close()


async def main() -> None:
    """Play the run of fifty names and take its pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = await reported(run_of_fifty(folder / "out", shared_data()), HELD)
        await pictures(found, folder)


if __name__ == "__main__":
    asyncio.run(main())
