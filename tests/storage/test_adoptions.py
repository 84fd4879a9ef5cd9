import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from statemachine.events import VenueStatus
from storage import adoptions
from storage.store import Conflict, Contradiction
from tests.contract.test_store_adoptions import (
    NUMBER,
    OURS,
    adopt,
    left_to_a_person,
    nameless,
    told,
)
from tests.support.book import OPEN, accepted, approved_run, opened_store


async def test_an_order_of_a_run_that_lost_its_plan_is_adopted_by_nobody(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"

    def spoil() -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE runs SET plan_hash = NULL")

    async with opened_store(path) as store:
        await left_to_a_person(store)
        await told(store, nameless(VenueStatus.REPORTED, 1))
        await asyncio.to_thread(spoil)

        with pytest.raises(Contradiction, match="sent without a plan"):
            await adopt(store)
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        assert adoptions.names(connection) == {}


async def test_an_order_that_is_known_takes_no_other_number(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        known = await accepted(store, OURS)

        with pytest.raises(Conflict, match="is ACK"):
            await store._database.write(OPEN, adoptions.adopt, known, NUMBER, "wang")
        assert await store.order(OURS.client_order_id) == known
