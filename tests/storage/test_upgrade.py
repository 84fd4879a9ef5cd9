"""A file of an older version keeps what stands in it: halts, items and what people were told."""

from pathlib import Path

import pytest

from statemachine.reasons import Reason
from storage.database import OLDEST_SCHEMA, _migrations
from storage.sqlite_store import SqliteStore, open_store
from storage.store import ManualItem
from tests.fakes.fake_clock import FakeMachineClock
from tests.support.book import OPEN
from tests.support.desk import ACCOUNT, ENDPOINT, KEY


async def store_in(folder: Path) -> SqliteStore:
    return await open_store(
        folder / "execd.sqlite",
        mode="paper",
        endpoint=ENDPOINT,
        account=ACCOUNT,
        instance_id="test",
        machine_clock=FakeMachineClock(),
        approval_key=KEY,
    )


async def test_what_stopped_and_what_waits_outlives_an_upgrade(tmp_path: Path) -> None:
    everything = _migrations()
    item = ManualItem(0, None, None, None, Reason.PAIR_INCOMPLETE, "only the CSV", ("seen",), OPEN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.database._migrations", lambda: everything[:OLDEST_SCHEMA])
        old = await store_in(tmp_path)
        await old.halt("HALT", "a doubt", actor="wang", now=OPEN)
        await old.reduce("no buys", actor="li", now=OPEN)
        await old.add_manual(item, now=OPEN)
        told = await old.alerts()
        await old.close()

    new = await store_in(tmp_path)
    assert [(halt.kind, halt.cause) for halt in await new.halts()] == [("HALT", "a doubt")]
    assert [halt.cause for halt in await new.reductions()] == ["no buys"]
    (found,) = await new.manual_items()
    assert (found.reason, found.detail, found.choices) == (item.reason, item.detail, item.choices)
    assert await new.alerts() == told
    assert len(told) == 2
    await new.resolve_manual(found.item_id, "seen", actor="wang", now=OPEN)
    await new.resume("HALT", actor="wang", reason="looked", now=OPEN)
    await new.end_reductions(actor="wang", reason="looked", now=OPEN)

    assert await new.alerts() == ()
    assert await new.verify() == ()
    await new.close()
