import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from statemachine.events import VenueStatus
from storage import adoptions
from storage.store import Contradiction
from tests.contract.test_store_adoptions import adopt, left_to_a_person, nameless, told
from tests.support.book import opened_store


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
