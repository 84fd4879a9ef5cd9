"""A pass looks at what changed since the last clean one; the whole is the same pass in portions."""

# ruff: noqa: S608 - the statements tamper on purpose, with ids made in this file

import sqlite3
from pathlib import Path

import pytest

from statemachine.run import RunState
from storage import journal, scope
from storage.scope import Scope, everything
from storage.store import Mark, Verification
from storage.verify import check, check_mark, verify
from tests.support.book import KEY, OPEN, RUN_ID, at, make_portfolio, make_run, opened_store
from tests.support.full_book import FILLED, UNKNOWN, fill_the_book


def connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def tamper(path: Path, *statements: str) -> None:
    connection = connected(path)
    try:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
    finally:
        connection.close()


async def test_a_pass_over_an_unchanged_record_ends_at_its_own_mark(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await fill_the_book(store)
        whole = await store.verify_since(None)

        assert whole.violations == ()
        assert await store.verify_since(whole.mark) == Verification((), whole.mark)


async def test_a_row_written_behind_our_back_is_found_without_an_event(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        clean = await store.verify_since(None)
        tamper(
            path,
            "DROP TRIGGER orders_that_ended_are_frozen",
            f"UPDATE orders SET raw_text = 'x' WHERE client_order_id = '{FILLED.client_order_id}'",
        )

        found = await store.verify_since(clean.mark)

        assert {(one.invariant, one.subject) for one in found.violations} == {
            ("I10", FILLED.client_order_id)
        }
        assert found.mark.sequence == clean.mark.sequence


async def test_an_ended_run_is_looked_at_again_only_when_an_event_names_it(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        mark = (await store.verify_since(None)).mark
        tamper(path, f"UPDATE runs SET state = 'DECLINED' WHERE run_id = '{RUN_ID}'")
        await store.note("NEWS", {}, actor="wang", now=OPEN)
        assert (await store.verify_since(mark)).violations == ()

        await store.want_cancel(UNKNOWN.client_order_id, "STALE", now=OPEN)
        found = await store.verify_since(mark)

        assert {(one.invariant, one.subject) for one in found.violations} == {("I10", RUN_ID)}


async def test_what_an_event_names_is_checked_whatever_its_run_is(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        mark = (await store.verify_since(None)).mark
        name = "20251108-another00000"
        await store.receive_run(make_run(name), make_portfolio(name), b"other", b"context")
        await store.move_run(name, RunState.REFUSED, cause="X", actor="wang", now=at("10:00"))
        tamper(path, f"DELETE FROM inputs WHERE run_id = '{name}'")

        found = await store.verify_since(mark)

        assert ("I21", name) in {(one.invariant, one.subject) for one in found.violations}


async def test_an_edited_new_event_breaks_the_chain_of_the_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        mark = (await store.verify_since(None)).mark
        await store.note("NEWS", {}, actor="wang", now=OPEN)
        tamper(
            path,
            "DROP TRIGGER events_are_never_changed",
            f"UPDATE events SET actor = 'li' WHERE sequence = {mark.sequence + 1}",
        )

        found = await store.verify_since(mark)

        assert [one.invariant for one in found.violations] == ["I14"]


@pytest.mark.parametrize(
    ("sequence", "head", "said"),
    [(1, "other", "is another event now"), (9999, "other", "is gone")],
)
async def test_a_record_that_lost_what_was_clean_is_found(
    tmp_path: Path, sequence: int, head: str, said: str
) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        mark = (await store.verify_since(None)).mark

        found = await store.verify_since(Mark(sequence, head))

        assert [one.invariant for one in found.violations] == ["I14"]
        assert said in found.violations[0].detail
    connection = connected(path)
    try:
        assert check_mark(connection, mark) == ()
        assert check_mark(connection, Mark(0, journal.GENESIS)) == ()
    finally:
        connection.close()


async def test_portions_together_are_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("ORDERS_MAX", "RUNS_MAX", "NAMES_MAX"):
        monkeypatch.setattr(scope, limit, 1)
    monkeypatch.setattr(scope, "EVENTS_MAX", 3)
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        assert await store.verify() == ()
        tamper(
            path,
            "DROP TRIGGER fills_are_never_deleted",
            "DROP TRIGGER events_are_never_changed",
            "DELETE FROM fills WHERE fill_id = '3'",
            "UPDATE events SET actor = 'li' WHERE sequence = 7",
        )
        connection = connected(path)
        try:
            in_portions = set(await store.verify())
            assert in_portions == set(verify(connection, KEY))
            assert in_portions == set(check(connection, everything(connection), KEY))
        finally:
            connection.close()
        assert {one.invariant for one in in_portions} == {"I7", "I10", "I14", "I16"}


def test_portions_keep_every_key_and_every_event_once() -> None:
    whole = Scope(
        tuple(f"o{number}" for number in range(501)), ("r",), ("n1", "n2"), first=5, last=2004
    )

    portions = list(whole.portions())

    assert [key for one in portions for key in one.orders] == list(whole.orders)
    assert [key for one in portions for key in one.runs] == ["r"]
    assert [number for one in portions for number in range(one.first, one.last + 1)] == list(
        range(5, 2005)
    )
    assert list(Scope().portions()) == []
