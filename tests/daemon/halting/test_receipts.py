from datetime import UTC, datetime, timedelta
from pathlib import Path

from daemon.halting.files import HaltNote
from daemon.halting.receipts import (
    BY_DAEMON,
    FOLDER,
    HaltReceipt,
    blank_receipt,
    receipts_of,
    write_receipt,
)

ACCOUNT = "1234567890"
NOON = datetime(2026, 7, 6, 4, 0, tzinfo=UTC)
NOTE = HaltNote(by="wang", reason="looks wrong", at=NOON, way="command", keep_orders=False)


def receipt(note: HaltNote, minutes: int) -> HaltReceipt:
    return blank_receipt(ACCOUNT, note, BY_DAEMON, NOON + timedelta(minutes=minutes))


def test_the_receipts_of_a_halt_are_its_own_the_newest_first(tmp_path: Path) -> None:
    another = NOTE.model_copy(update={"at": NOON + timedelta(minutes=2)})
    first, second = receipt(NOTE, 0), receipt(NOTE, 1)
    for each in (first, second, receipt(another, 3)):
        write_receipt(tmp_path, each)
    torn = second.model_copy(update={"began_at": NOON + timedelta(minutes=4)})
    (tmp_path / FOLDER / torn.name).write_bytes(b'{"by": "wang"')

    assert list(receipts_of(tmp_path, NOON)) == [second, first]
    assert list(receipts_of(tmp_path, NOON + timedelta(minutes=9))) == []


def test_a_receipt_tells_its_file_beside_what_it_says() -> None:
    told = receipt(NOTE, 0).plain()

    assert told["file"] == receipt(NOTE, 0).name
    assert (told["by"], told["orders"], told["proven_at"]) == ("wang", [], None)
