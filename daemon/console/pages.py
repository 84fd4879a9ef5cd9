"""The pages: what each asks of the verbs, and which template shows it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from daemon.console.rehearsal_part import rehearsal_content
from daemon.console.run_page import (
    TO_DECIDE,
    plan_charts,
    run_content,
    waits_for_a_person,
    with_fees,
)
from daemon.console.visit import Visit

Content = dict[str, Any]
ENDED = frozenset(
    {
        "COMPLETED",
        "COMPLETED_WITH_EXCEPTIONS",
        "DECLINED",
        "DRY_RUN_DONE",
        "DUPLICATE",
        "EXPIRED",
        "FAILED_BATCH",
        "REFUSED",
        "SUPERSEDED",
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """A path, its template, what fills it, and the events that make the browser ask again.

    The words of the events are those of `events.PARTS`; "time" comes now and then by itself.
    """

    path: str
    template: str
    content: Callable[[Visit], Awaitable[Content]]
    parts: tuple[str, ...]

    async def show(self, visit: Visit) -> web.Response:
        """Return the page as it is now."""
        newest_event = await visit.console.verbs.looks.newest_event()
        content = await self.content(visit)
        shell = {"parts": self.parts, "newest_event": newest_event}
        return await visit.page(self.template, {**content, **shell})


async def today(visit: Visit) -> Content:
    """What moves and what waits for a person, first of all."""
    verbs = visit.console.verbs
    runs = list(reversed((await verbs.runs())["runs"]))
    open_alerts = (await verbs.alerts.alerts(whole=False))["alerts"]
    return {
        "unseen": sum(alert["acknowledged_by"] is None for alert in open_alerts),
        "waiting": [run for run in runs if run["state"] not in ENDED],
        "ended": [run for run in runs if run["state"] in ENDED][:10],
        "moving": (await verbs.looks.moving())["orders"],
        "account": await verbs.looks.account(),
        "inbox": [pair for pair in (await verbs.inbox())["pairs"] if pair["run_id"] is None],
    }


async def one_run(visit: Visit) -> Content:
    """A run: its plan, its approval, its progress, its orders and fills."""
    verbs, run_id = visit.console.verbs, visit.request.match_info["run_id"]
    content = run_content(await verbs.show(run_id), visit.texts)
    state = content["run"]["state"]
    if content["plan"] is None:
        return {**content, "view": None}
    if state in TO_DECIDE:
        return {**content, **await one_plan(visit)}
    standing = await verbs.rehearsals.show(run_id)
    rehearsed = rehearsal_content(standing, run_id, state, visit.texts)
    return {**content, **rehearsed, "view": None}


async def one_plan(visit: Visit) -> Content:
    """A run's plan, whole, whatever became of it; from now on this person has been shown it."""
    verbs, run_id = visit.console.verbs, visit.request.match_info["run_id"]
    view = await verbs.plan(run_id, visit.session.person)
    return {
        "view": view,
        "plan_charts": plan_charts(view, visit.texts),
        "may_decide": waits_for_a_person(view),
        **rehearsal_content(view["rehearsal"], run_id, view["state"], visit.texts),
    }


async def one_order(visit: Visit) -> Content:
    """An order: every event of it, the venue's words, its fills."""
    looks = visit.console.verbs.looks
    found = await looks.story(visit.request.match_info["client_order_id"])
    shown = await visit.console.verbs.show(found["order"]["run_id"])
    ours = found["order"]["client_order_id"]
    fills = [with_fees(fill) for fill in shown["fills"] if fill["client_order_id"] == ours]
    return {**found, "fills": fills}


async def manual(visit: Visit) -> Content:
    """What a person must decide."""
    return await visit.console.verbs.manual()


async def locks(visit: Visit) -> Content:
    """Where our book and the broker's differ, and whose each holding is."""
    looks = visit.console.verbs.looks
    return {**await looks.breaks(), "account": await looks.account()}


async def halt(visit: Visit) -> Content:
    """The stop: what stands, and how far its proof is."""
    return {"proof": (await visit.console.verbs.halted())["proof"]}


async def alerts(visit: Visit) -> Content:
    """What people were told, newest first, and who has seen it."""
    return await visit.console.verbs.alerts.alerts(whole=True)


async def system(visit: Visit) -> Content:
    """Version, health, calendar and every setting."""
    found = await visit.console.verbs.looks.system()
    return {"system": found, "settings": list(flat(found["settings"]))}


def flat(value: object, name: str = "") -> list[tuple[str, str]]:
    """Return nested settings as (dotted name, text) rows."""
    if isinstance(value, dict):
        rows = [flat(child, f"{name}.{key}" if name else key) for key, child in value.items()]
        return [row for part in rows for row in part]
    if isinstance(value, list):
        return [(name, ", ".join(str(part) for part in value))]
    return [(name, "" if value is None else str(value))]


EVERYTHING = ("account", "alerts", "breaks", "halts", "manual", "notes", "runs", "time")
PAGES = (
    Page("/", "today.html", today, EVERYTHING),
    Page("/runs/{run_id}", "run.html", one_run, ("halts", "manual", "notes", "runs")),
    Page("/runs/{run_id}/plan", "plan.html", one_plan, ("halts", "notes")),
    Page("/orders/{client_order_id}", "order.html", one_order, ("halts", "runs")),
    Page("/manual", "manual.html", manual, ("breaks", "halts", "manual")),
    Page("/locks", "locks.html", locks, ("account", "breaks", "halts", "manual")),
    Page("/halt", "halt.html", halt, ("halts",)),
    Page("/alerts", "alerts.html", alerts, ("alerts", "halts", "manual")),
    Page("/system", "system.html", system, ("halts", "time")),
)
