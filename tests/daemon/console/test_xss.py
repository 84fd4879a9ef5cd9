"""Whatever a file or a broker can write stays text on every page."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from statemachine.breaks import Break
from statemachine.line_status import LineStatus
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import ManualItem
from tests.daemon.console.served import Browser, console
from tests.daemon.planning.builders import portfolio, symbol
from tests.daemon.tasks.day import sent
from tests.fakes.fake_broker import ACCEPTED, refused
from tests.support.desk import BANK, WANG, run_of, two_buys

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    '" hx-get="/halt" hx-trigger="load',
    "{{ 7 * 7 }}{% raw %}",
    "--><iframe src=//evil.example>",
]
ALLOWED_SCRIPTS = {"/static/htmx.min.js", "/static/hx-sse.min.js"}
HX = {
    "hx-get",
    "hx-select",
    "hx-swap",
    "hx-target",
    "hx-trigger",
    "hx-sse:connect",
}


class Reader(HTMLParser):
    """Finds what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.holes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and given.get("src") not in ALLOWED_SCRIPTS:
            self.holes.append(f"script {given}")
        if tag in {"iframe", "object", "embed", "img", "style", "base"}:
            self.holes.append(tag)
        for name, value in given.items():
            self._look(tag, name, value or "")

    def _look(self, tag: str, name: str, value: str) -> None:
        is_link = name in {"href", "src", "action"}
        if name.startswith("on") or name == "style":
            self.holes.append(f"{tag} {name}")
        if is_link and (not value.startswith(("/", "#")) or value.startswith("//")):
            self.holes.append(f"{tag} {name}={value}")
        if name.startswith("hx-") and (name not in HX or tag != "div"):
            self.holes.append(f"{tag} {name}")


def holes(page: str) -> list[str]:
    reader = Reader()
    reader.feed(page)
    assert "49" not in page or "{{ 7 * 7 }}" not in page
    return reader.holes


async def trouble(browser: Browser, attack: str) -> list[str]:
    """Fill every field that others write, and return the pages that show them."""
    room, store = browser.room, browser.room.desk.store
    now = room.clock.now()
    wanted = replace(
        portfolio(*two_buys()), champion_id=attack, csv_name=attack, context_name=attack
    )
    await room.receive(wanted)
    assert not await room.planner.plan_waiting()
    refused = replace(
        run_of(replace(wanted, run_id=f"20251107-{attack}", input_hash="other"), now),
        state=RunState.REFUSED,
        refusals=(Refusal(Reason.CSV_SYNTAX, attack, attack, 3, attack),),
    )
    await store.refuse_input(refused, b"csv", b"context")
    held = LineStatus(wanted.run_id, symbol(BANK), Reason.HELD_GAP, attack)
    await store.set_line_statuses((held,), now=now)
    await store.set_breaks((Break(None, attack, symbol(BANK), attack, attack, attack),), now=now)
    item = ManualItem(
        0, wanted.run_id, None, symbol(BANK), Reason.SEND_UNKNOWN, attack, (attack,), now
    )
    item = replace(item, ours=attack, theirs=attack)
    await store.add_manual(item, now=now)
    await store.halt("HALT", attack, actor=attack, now=now)
    return [f"/runs/{wanted.run_id}", f"/runs/{wanted.run_id}/plan"]


@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_field_of_a_file_or_a_broker_becomes_markup(tmp_path: Path, attack: str) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        paths = await trouble(browser, attack)
        for path in ("/", "/manual", "/locks", "/halt", "/alerts", "/system", *paths):
            assert holes(await browser.page(path)) == [], path
        missing = await browser.get(f"/runs/{attack}".replace("#", "").split("?")[0])
        assert holes(missing.text) == []
        told = await browser.act("/adopt", {"ts_code": attack, "quantity": attack})
        assert holes(told) == []


@pytest.mark.parametrize("attack", ATTACKS)
async def test_the_venues_words_about_an_order_stay_words(tmp_path: Path, attack: str) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        room = browser.room
        room.broker.answers.append(replace(ACCEPTED, of_symbol={BANK: refused(attack)}))
        plan = await sent(room)
        order = (await room.order_of(plan.run_id)).client_order_id
        for path in ("/", f"/runs/{plan.run_id}", f"/orders/{order}"):
            assert holes(await browser.page(path)) == [], path


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_persons_name_stays_a_name(tmp_path: Path, attack: str) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in(replace(WANG, name=attack))
        await browser.act("/halt", {"reason": attack})

        assert holes(await browser.page("/halt")) == []


def test_a_hole_would_be_found() -> None:
    for attack in ATTACKS[:4]:
        assert holes(f"<p title='{attack}'>{attack}</p>")
    assert holes('<a href="javascript:alert(1)">')
    assert holes('<a href="//evil.example">')
    assert holes('<b hx-get="/halt">')
