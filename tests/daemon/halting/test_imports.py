from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.halting.files import HaltNote
from daemon.halting.imports import import_receipts
from daemon.halting.receipts import ALONE, BY_DAEMON, FOLDER, blank_receipt, write_receipt
from statemachine.reasons import Reason
from tests.support.desk import ACCOUNT, open_room

NOON = datetime(2025, 11, 10, 4, 0, tzinfo=UTC)
NOTE = HaltNote(by="wang", reason="no daemon", at=NOON, way="command")


async def test_a_receipt_of_a_halt_without_a_daemon_is_an_event_and_an_item_once(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        path = write_receipt(tmp_path, blank_receipt(ACCOUNT, NOTE, ALONE, NOON))

        assert await import_receipts(room.desk) == 1
        assert await import_receipts(room.desk) == 0

        (item,) = await room.desk.store.manual_items()
        assert item.reason is Reason.HALTED_ALONE
        assert item.detail.startswith(f"{path.name}: by wang, no daemon: 0 orders ended")
        note = await room.desk.store.latest_note(f"HALT_RECEIPT:{path.name}")
        assert note is not None
        assert note.detail["file"] == path.name


async def test_a_receipt_of_the_daemon_itself_is_no_news(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        write_receipt(tmp_path, blank_receipt(ACCOUNT, NOTE, BY_DAEMON, NOON))

        assert await import_receipts(room.desk) == 0


@pytest.mark.parametrize("content", ["", "{}", "nonsense"])
async def test_a_receipt_that_does_not_read_is_told_as_such(tmp_path: Path, content: str) -> None:
    async with open_room(tmp_path) as room:
        (tmp_path / FOLDER).mkdir()
        (tmp_path / FOLDER / "halt_x.json").write_text(content)

        assert await import_receipts(room.desk) == 1

        (item,) = await room.desk.store.manual_items()
        assert "does not read" in item.detail
