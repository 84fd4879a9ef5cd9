"""Pictures of the console for docs/operating.md: `make screenshots`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import FloatRect, ViewportSize

from tests.end_to_end.console_tour import Scene, Visitor, opened, tour
from tests.support.project import ROOT

PICTURES = ROOT / "docs/images/console"
LANGUAGES = ("en", "zh-CN")
DESK = ViewportSize(width=1200, height=900)
PHONE = ViewportSize(width=390, height=844)
ON_A_PHONE = {"today", "plan", "run"}
DARK = {"run-ended", "system"}
TALLEST = 1100


async def picture(visitor: Visitor, name: str, size: ViewportSize) -> None:
    """Write what the page shows first, down to its end or to a fixed height."""
    await visitor.page.set_viewport_size(size)
    height = int(await visitor.page.evaluate("document.body.scrollHeight"))
    clip = FloatRect(x=0, y=0, width=size["width"], height=min(height, TALLEST))
    await visitor.page.screenshot(path=PICTURES / f"{name}.png", clip=clip, full_page=True)


async def picture_of_rehearsal(visitor: Visitor, language: str) -> None:
    """Write the part of the plan's page that lies below what its picture shows."""
    await visitor.page.set_viewport_size(DESK)
    part = visitor.page.locator("section[aria-labelledby=rehearsal]")
    await part.screenshot(path=PICTURES / f"rehearsal.{language}.png")


async def pictures(visitor: Visitor, scene: Scene) -> None:
    """Write a scene in both languages."""
    scheme = "dark" if scene.name in DARK else "light"
    await visitor.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for language in LANGUAGES:
        await visitor.go(f"{scene.path}?language={language}")
        await picture(visitor, f"{scene.name}.{language}", DESK)
        if scene.name in ON_A_PHONE:
            await picture(visitor, f"{scene.name}.phone.{language}", PHONE)
        if scene.name == "plan":
            await picture_of_rehearsal(visitor, language)
    await visitor.page.set_viewport_size(DESK)
    await visitor.go(f"{scene.path}?language=en")


async def main() -> None:
    """Take the tour and a picture at each stop."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder) / "out") as visitor:
            async for scene in tour(visitor):
                await pictures(visitor, scene)
                sys.stdout.write(f"{scene.name}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
