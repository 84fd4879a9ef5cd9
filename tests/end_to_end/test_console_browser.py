"""The console in a real browser, in front of a real daemon and a real paper gateway."""

import json
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import ViewportSize

from tests.end_to_end.console_tour import CHROMIUM, Scene, Visitor, opened, tour
from tests.support.project import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
]
AXE = (ROOT / "tests/vendor/axe/axe.min.js").read_text(encoding="utf-8")
LANGUAGES = ("en", "zh-CN")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1200, height=900)


async def violations(visitor: Visitor) -> list[str]:
    """Return what axe finds on the page as it is."""
    await visitor.page.evaluate(AXE)
    found = await visitor.page.evaluate("axe.run()")
    return [
        f"{rule['id']}: {json.dumps([node['html'][:120] for node in rule['nodes'][:3]])}"
        for rule in found["violations"]
    ]


async def looked_at(visitor: Visitor, scene: Scene) -> list[str]:
    """Look at a scene in both languages, both colour schemes, and on a phone."""
    faults = []
    for language in LANGUAGES:
        await visitor.go(f"{scene.path}?language={language}")
        for scheme in SCHEMES:
            await visitor.page.emulate_media(color_scheme=scheme)
            faults += [f"{scene.name} {language} {scheme} {v}" for v in await violations(visitor)]
        await visitor.page.set_viewport_size(PHONE)
        wide = await visitor.page.evaluate("document.documentElement.scrollWidth")
        if wide > PHONE["width"]:
            faults.append(f"{scene.name} {language} scrolls sideways: {wide}")
        await visitor.page.set_viewport_size(DESK)
    await visitor.go(f"{scene.path}?language=en")
    return faults


async def test_a_person_reads_approves_watches_halts_and_resolves(tmp_path: Path) -> None:
    complaints: list[str] = []
    faults: list[str] = []
    seen: list[str] = []
    async with opened(tmp_path / "out") as visitor:
        visitor.page.on("console", lambda told: complaints.append(told.text))
        visitor.page.on("pageerror", lambda error: complaints.append(str(error)))
        async for scene in tour(visitor):
            seen.append(scene.name)
            faults += await looked_at(visitor, scene)

    assert seen[-1] == "system"
    assert not faults, "\n".join(faults)
    assert [told for told in complaints if "403 (Forbidden)" not in told] == []
    assert len(complaints) == 1, "the wrong token alone is refused"
