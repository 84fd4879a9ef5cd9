"""Every invariant finds the one row that was tampered with, and nothing in a healthy book."""

# ruff: noqa: S608 - the statements tamper on purpose, with ids made in this file

import asyncio
import re
import shutil
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from statemachine.canonical import canonical_json
from statemachine.run import RunState
from storage import journal
from storage.invariant_names import NAMES
from storage.verify import invariants, verify_file
from tests.storage.late_and_not_resumed import NOT_LATE
from tests.storage.tamperings import (
    SECOND_DEPARTURE,
    TAMPERINGS,
    cid,
    granted,
    tampered_copy,
)
from tests.support.book import KEY, RUN_ID, at, opened_store
from tests.support.full_book import FILLED, UNKNOWN, fill_the_book


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("healthy") / "a.sqlite"

    async def build() -> None:
        async with opened_store(path) as store:
            await fill_the_book(store)

    asyncio.run(build())
    return path


def tampered(healthy: Path, folder: Path, *statements: str) -> set[str]:
    """Return the invariants that a copy breaks after these statements."""
    path = tampered_copy(healthy, folder, *statements)
    return {found.invariant for found in verify_file(path, KEY)}


def test_a_healthy_book_breaks_nothing(healthy: Path) -> None:
    assert verify_file(healthy, KEY) == ()


def test_shares_of_others_that_do_not_add_up_are_found(healthy: Path, tmp_path: Path) -> None:
    wrong = (
        "INSERT INTO other_shares (ts_code, change, balance, cause, reference, at)"
        " VALUES ('601318.SH', 100, 200, 'FILL', 'x', 'x')"
    )

    assert tampered(healthy, tmp_path, wrong) == {"I16"}


def test_each_file_says_which_invariant_it_holds(healthy: Path) -> None:
    for name, query in invariants():
        assert re.match(rf"-- {name}\b", query), name


def test_every_invariant_has_its_promise_in_one_line() -> None:
    numbered = {f"I{number}" for number in range(1, 29)}

    assert NAMES.keys() == numbered | {"I31", "I32", "I33", "FILE"}
    assert {name for name, _ in invariants()} <= NAMES.keys()


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_row_is_found(healthy: Path, tmp_path: Path, name: str) -> None:
    invariant, *statements = TAMPERINGS[name]

    assert invariant in tampered(healthy, tmp_path, *statements)


@pytest.mark.parametrize("name", NOT_LATE)
def test_what_a_person_let_go_on_is_not_late(healthy: Path, tmp_path: Path, name: str) -> None:
    assert "I33" not in tampered(healthy, tmp_path, *NOT_LATE[name])


@pytest.mark.parametrize("scope", ["FOREVER", "TTL"])
def test_one_resend_under_a_right_to_it_is_not_sent_twice(
    healthy: Path, tmp_path: Path, scope: str
) -> None:
    found = tampered(healthy, tmp_path, SECOND_DEPARTURE, granted(scope, 60))

    assert not found & {"I5", "I6"}


@pytest.mark.parametrize(
    "detail", ["", "x", "{", "[]", "null", "1", '"x"', '{"set": 1}', '{"set": {"state": {}}}']
)
def test_a_detail_that_was_spoiled_is_named_in_whatever_event_it_is(
    healthy: Path, tmp_path: Path, detail: str
) -> None:
    every = tampered(healthy, tmp_path, f"UPDATE events SET detail = '{detail}'")

    assert {"I10", "I14"} <= every


def test_refusals_that_are_no_json_are_no_reason(healthy: Path, tmp_path: Path) -> None:
    spoiled = "UPDATE runs SET refusals = 'x' WHERE state = 'REFUSED'"

    assert "I21" in tampered(healthy, tmp_path, spoiled)


def test_an_event_that_was_edited_and_sealed_anew_breaks_the_next_one(
    healthy: Path,
    tmp_path: Path,
) -> None:
    reader = sqlite3.connect(healthy)
    reader.row_factory = sqlite3.Row
    row = reader.execute("SELECT * FROM events WHERE sequence = 5").fetchone()
    reader.close()
    content = {name: row[name] for name in journal.SEALED_COLUMNS} | {"actor": "li"}
    seal = sha256(row["prev_hash"].encode() + b"|" + canonical_json(content)).hexdigest()

    found = tampered(
        healthy,
        tmp_path,
        f"UPDATE events SET actor = 'li', hash = '{seal}' WHERE sequence = 5",
        f"UPDATE events SET prev_hash = '{seal}' WHERE sequence = 6",
    )

    assert found == {"I14"}


def test_every_invariant_in_sql_was_tampered_with() -> None:
    tried = {invariant for invariant, *_ in TAMPERINGS.values()}

    assert {name for name, _ in invariants()} <= tried


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'li'",
        "DELETE FROM events",
        "UPDATE fills SET quantity = 1",
        "DELETE FROM fills",
        "UPDATE plan SET expires_at = 'x'",
        "DELETE FROM plan",
        "UPDATE plan_lines SET quantity_max = 1",
        "DELETE FROM plan_lines",
        "UPDATE approval SET uid = 0",
        "DELETE FROM approval",
        "UPDATE evidence SET content = X'00'",
        "DELETE FROM evidence",
        "UPDATE input_blob SET content = X'00'",
        "DELETE FROM input_blob",
        f"UPDATE orders SET raw_text = 'x' WHERE {cid(FILLED)}",
        "DELETE FROM orders",
        f"UPDATE wire SET outcome = 'NOT_SENT' WHERE {cid(FILLED)}",
        "DELETE FROM wire",
        "UPDATE ownership SET balance = 1",
        "DELETE FROM ownership",
        "DELETE FROM runs",
    ],
)
def test_the_database_itself_refuses_to_rewrite_history(
    healthy: Path,
    tmp_path: Path,
    statement: str,
) -> None:
    shutil.copyfile(healthy, tmp_path / "copy.sqlite")
    connection = sqlite3.connect(tmp_path / "copy.sqlite")
    try:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    finally:
        connection.close()


async def test_an_unknown_order_on_the_manual_list_is_no_forgotten_doubt(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await fill_the_book(store)
        await store.set_unresolved(
            UNKNOWN.client_order_id,
            "MANUAL",
            cause="ABSENT",
            now=at("15:20"),
        )
        for state in (RunState.WORKING, RunState.RECONCILING, RunState.COMPLETED_WITH_EXCEPTIONS):
            await store.move_run(RUN_ID, state, cause="END", actor="daemon", now=at("15:20"))

        assert await store.verify() == ()
