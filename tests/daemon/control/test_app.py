import os
import socket
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import web

from adapters.broker import BrokerUnavailable
from daemon.control.app import serve_control
from daemon.logins import name_of
from tests.daemon.control.served import control
from tests.support.desk import BANK, two_buys

RUN = "20251107-0123456789ab"


async def test_the_socket_lets_in_its_owner_and_group_only(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        mode = caller.room.desk.settings.paths.socket.stat().st_mode

    assert mode & 0o777 == 0o660


async def test_who_asks_is_read_from_the_socket_and_never_from_the_request(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        body = {"reason": "a doubt", "name": "mallory", "uid": 0, "actor": "mallory"}
        halted = await caller.post("/v1/halt", body)

    assert [halt["by"] for halt in halted["halts"]] == [name_of(os.getuid())]


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "words"),
    [
        ("GET", f"/v1/runs/{RUN}", None, 409, f"there is no run {RUN}"),
        ("GET", f"/v1/runs/{RUN}/plan", None, 409, f"there is no run {RUN}"),
        ("POST", f"/v1/runs/{RUN}/approve", {"plan_hash": "a"}, 409, f"there is no run {RUN}"),
        ("POST", f"/v1/runs/{RUN}/decline", {}, 409, f"there is no run {RUN}"),
        ("POST", f"/v1/runs/{RUN}/liquidate", {}, 409, f"there is no run {RUN}"),
        ("POST", f"/v1/runs/{RUN}/approve", {}, 400, "plan_hash is missing"),
        ("POST", f"/v1/runs/{RUN}/approve", {"plan_hash": 7}, 400, "plan_hash is not a text"),
        (
            "POST",
            f"/v1/runs/{RUN}/approve",
            {"plan_hash": "a", "sell_amount": "1.2.3"},
            409,
            "'1.2.3' is not an amount",
        ),
        ("POST", f"/v1/runs/{RUN}/lines/{BANK}/approve", {}, 409, "is not held for a person"),
        ("POST", f"/v1/runs/{RUN}/lines/BANK/approve", {}, 400, "CODE_SYNTAX"),
        ("POST", "/v1/adopt", {"quantity": 1}, 400, "ts_code is missing"),
        ("POST", "/v1/adopt", {"ts_code": 600000, "quantity": 1}, 400, "ts_code is not a text"),
        ("POST", "/v1/adopt", {"ts_code": "600000", "quantity": 1}, 400, "CODE_SUFFIX_MISSING"),
        ("POST", "/v1/adopt", {"ts_code": BANK}, 400, "quantity is missing"),
        ("POST", "/v1/adopt", {"ts_code": BANK, "quantity": 1.5}, 400, "quantity is no count"),
        ("POST", "/v1/adopt", {"ts_code": BANK, "quantity": -1}, 400, "quantity is no count"),
        ("POST", "/v1/adopt", {"ts_code": BANK, "quantity": True}, 400, "quantity is no count"),
        ("POST", "/v1/adopt", {"ts_code": BANK, "quantity": "１"}, 400, "quantity is no count"),
        ("POST", "/v1/adopt", {"ts_code": BANK, "quantity": 10**30}, 400, "quantity is no count"),
        (
            "POST",
            "/v1/adopt",
            {"ts_code": BANK, "quantity": 1, "owner": "mine"},
            409,
            "owner is one of ours, foreign, not mine",
        ),
        ("POST", "/v1/resume", {"reason": ""}, 409, "resume needs a name and a reason"),
        ("POST", "/v1/arm-live", {}, 400, "digits is missing"),
        ("POST", "/v1/arm-live", {"digits": "0000"}, 409, "not the last four digits"),
        ("POST", "/v1/manual/7/resolve", {"choice": "seen"}, 409, "7"),
        ("POST", "/v1/manual/x/resolve", {"choice": "seen"}, 400, "item_id is no count"),
        ("POST", "/v1/manual/7/resolve", {}, 400, "choice is missing"),
        ("POST", "/v1/submit", {"portfolio_path": "/a"}, 400, "context_path is missing"),
        ("POST", "/v1/submit", {"portfolio_path": []}, 400, "portfolio_path is not a text"),
        ("POST", "/v1/halt", [1], 400, "not a JSON object"),
        ("GET", "/v2/status", None, 404, "/v2/status"),
        ("DELETE", "/v1/status", None, 405, "/v1/status"),
    ],
)
async def test_every_refusal_is_a_problem_document_that_says_why(
    tmp_path: Path, method: str, target: str, body: object, status: int, words: str
) -> None:
    async with control(tmp_path) as caller:
        found = await caller.refused(method, target, body)

    assert found[0] == status
    assert words in found[1]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff\xfe",
        b"null",
        b'"halt"',
        b'{"reason": "\\udcff"}',
        b"[" * 100_000,
        b'{"reason":' * 5000 + b"1" + b"}" * 5000,
    ],
)
async def test_a_body_that_is_no_json_object_halts_nothing(tmp_path: Path, content: bytes) -> None:
    async with control(tmp_path) as caller:
        async with caller.session.post("/v1/halt", data=content) as answer:
            assert answer.status == 400
            assert answer.content_type == "application/problem+json"
        assert await caller.room.desk.store.halts() == ()


async def test_a_body_is_not_needed_where_nothing_need_be_said(tmp_path: Path) -> None:
    async with control(tmp_path) as caller, caller.session.post("/v1/halt") as answer:
        assert answer.status == 200


async def test_a_body_of_any_size_is_refused_and_not_kept(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        body = BytesIO(b" " * (1024**2 + 1))
        async with caller.session.post("/v1/halt", data=body) as answer:
            assert answer.status == 413
            assert answer.content_type == "application/problem+json"
        assert await caller.room.desk.store.halts() == ()


async def test_a_broker_that_cannot_be_asked_is_told_as_such(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        caller.room.broker.failing["orders"] = BrokerUnavailable("CONNECT", "no route")

        status, why = await caller.refused("POST", "/v1/reconcile", {})

    assert status == 503
    assert "no route" in why


async def test_the_page_a_person_saw_too_long_ago_approves_nothing(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.planned(*two_buys())

        status, why = await caller.refused(
            "POST", f"/v1/runs/{plan.run_id}/approve", {"plan_hash": "0" * 64}
        )

    assert status == 409
    assert plan.plan_hash in why


async def test_a_dead_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "execd.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    runner = await serve_control(web.Application(), path)

    assert path.is_socket()
    await runner.cleanup()


async def test_the_folder_of_the_socket_is_made(tmp_path: Path) -> None:
    runner = await serve_control(web.Application(), tmp_path / "run" / "execd.sock")

    assert (tmp_path / "run" / "execd.sock").is_socket()
    await runner.cleanup()


async def test_a_file_where_the_socket_should_be_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "execd.sqlite"
    path.write_text("the whole memory of the account")

    with pytest.raises(OSError, match="in use"):
        await serve_control(web.Application(), path)

    assert path.read_text() == "the whole memory of the account"
