"""Every verb of the socket, tried with every role and with none."""

import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from config.people_settings import PersonSettings, Role
from daemon.actions import Person
from daemon.control.app import Door, Handler, create_control_app
from daemon.people import ROLE_OF, Member, People
from tests.daemon.control.served import Caller, control

RUN = "20251107-0123456789ab"
# How each verb is reached; a verb without a line here is a hole in the matrix.
CALLS: dict[str, tuple[str, str]] = {
    "status": ("GET", "/v1/status"),
    "inbox": ("GET", "/v1/inbox"),
    "alerts": ("GET", "/v1/alerts"),
    "acknowledge": ("POST", "/v1/alerts/7/acknowledge"),
    "alert_test": ("POST", "/v1/alert-test"),
    "runs": ("GET", "/v1/runs"),
    "show": ("GET", f"/v1/runs/{RUN}"),
    "report": ("GET", f"/v1/runs/{RUN}/report"),
    "reports": ("GET", "/v1/reports"),
    "plan": ("GET", f"/v1/runs/{RUN}/plan"),
    "rehearsal": ("GET", f"/v1/runs/{RUN}/rehearsal"),
    "rehearse_plan": ("POST", f"/v1/runs/{RUN}/rehearsal"),
    "manual": ("GET", "/v1/manual"),
    "halted": ("GET", "/v1/halt"),
    "breaks": ("GET", "/v1/breaks"),
    "orders": ("GET", "/v1/orders"),
    "story": ("GET", "/v1/orders/S0"),
    "account": ("GET", "/v1/account"),
    "system": ("GET", "/v1/system"),
    "verify": ("GET", "/v1/verify"),
    "approve": ("POST", f"/v1/runs/{RUN}/approve"),
    "release_line": ("POST", f"/v1/runs/{RUN}/lines/600000.SH/approve"),
    "decline": ("POST", f"/v1/runs/{RUN}/decline"),
    "liquidate": ("POST", f"/v1/runs/{RUN}/liquidate"),
    "resolve": ("POST", "/v1/manual/7/resolve"),
    "adopt": ("POST", "/v1/adopt"),
    "resume": ("POST", "/v1/resume"),
    "arm_live": ("POST", "/v1/arm-live"),
    "reconcile": ("POST", "/v1/reconcile"),
    "submit": ("POST", "/v1/submit"),
    "halt": ("POST", "/v1/halt"),
    "console_token": ("POST", "/v1/console-token"),
}


def only(role: Role | None) -> People:
    """Return people of which the caller has this role alone, or is none."""
    if role is None:
        return People(())
    return People([Member(Person("wang", os.getuid()), frozenset({role}))])


async def answer(caller: Caller, method: str, target: str) -> tuple[int, str]:
    async with caller.session.request(method, target, data=b"no JSON at all") as found:
        return found.status, await found.text()


def test_every_verb_that_the_table_names_is_tried() -> None:
    assert CALLS.keys() == ROLE_OF.keys()


def test_every_route_goes_through_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    verbs: list[str] = []

    def let_in(_door: Door, verb: str, _call: object) -> Handler:
        verbs.append(verb)
        return _nothing

    monkeypatch.setattr(Door, "read", let_in)
    monkeypatch.setattr(Door, "act", let_in)

    app = create_control_app(_AnyVerbs(), People(()))  # type: ignore[arg-type]  # never called

    handlers = [route.handler for route in app.router.routes()]
    assert set(handlers) == {_nothing}
    assert sorted(verbs) == sorted(ROLE_OF)


@pytest.mark.parametrize("role", [None, *Role])
async def test_the_matrix_has_no_hole(tmp_path: Path, role: Role | None) -> None:
    async with control(tmp_path, people=only(role)) as caller:
        for verb, (method, target) in CALLS.items():
            status, words = await answer(caller, method, target)

            is_allowed = role is not None and ROLE_OF[verb] in (Role.VIEWER, role)
            assert (status != 403) is is_allowed, (verb, role, status, words)
        assert await caller.room.desk.store.halts() == ()


async def test_the_audit_has_the_name_of_the_list(tmp_path: Path) -> None:
    entry = PersonSettings(user=str(os.getuid()), name="王伟", roles=(Role.KILLER,))
    people = People.of((entry,), os.getuid())

    async with control(tmp_path, people=people) as caller:
        halted = await caller.post("/v1/halt", {"reason": "a doubt", "name": "mallory"})

    assert [halt["by"] for halt in halted["halts"]] == ["王伟"]


async def test_a_refusal_is_a_problem_document(tmp_path: Path) -> None:
    async with control(tmp_path, people=only(Role.VIEWER)) as caller:
        status, why = await caller.refused("POST", "/v1/halt", {})

    assert (status, "killer" in why) == (403, True)


class _AnyVerbs:
    """Has every verb there could be."""

    def __getattr__(self, _name: str) -> Any:
        return self


async def _nothing(_request: web.Request) -> web.StreamResponse:
    return web.Response()
