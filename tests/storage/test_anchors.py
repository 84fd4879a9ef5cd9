"""Anchors outlive the journal: whoever cuts or rewrites it contradicts one of them."""

import json
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from storage import anchors, journal
from storage.anchors import Anchor, AnchorsUnreadable, append, newest, read, sealed
from storage.records import Mark
from storage.verify import verify_file
from tests.support.book import KEY, OPEN, opened_store
from tests.support.full_book import fill_the_book

MADE = "2025-11-10T07:40:00.000000Z"


async def anchored_book(path: Path) -> Anchor:
    """Fill a book and return the anchor of its newest event."""
    async with opened_store(path) as store:
        await fill_the_book(store)
        mark = (await store.verify_since(None)).mark
        return sealed(KEY, Anchor(mark.sequence, mark.hash, store.epoch, MADE))


def cut_the_tail(path: Path) -> None:
    """Take the newest event away, and every trace in the database that it was there."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("DROP TRIGGER events_are_never_deleted")
        connection.execute("DELETE FROM events WHERE sequence = (SELECT MAX(sequence) FROM events)")
        connection.execute(
            "UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'events'",
        )
        connection.commit()
    finally:
        connection.close()


async def test_a_tail_cut_without_a_trace_is_found_by_the_anchor_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    anchor = await anchored_book(path)
    assert verify_file(path, KEY, [anchor]) == ()

    cut_the_tail(path)

    assert verify_file(path, KEY) == ()
    (found,) = verify_file(path, KEY, [anchor])
    assert (found.invariant, found.subject) == ("I14", str(anchor.sequence))
    assert "is gone" in found.detail


async def test_another_event_in_its_place_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    anchor = await anchored_book(path)
    cut_the_tail(path)
    async with opened_store(path) as store:
        await store.note("OTHER", {}, actor="li", now=OPEN)

    (found,) = verify_file(path, KEY, [anchor])

    assert "is not the one that was anchored" in found.detail


async def test_a_forged_anchor_is_found_where_the_key_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    anchor = await anchored_book(path)
    forged = replace(anchor, sequence=1)

    details = [found.detail for found in verify_file(path, KEY, [forged])]

    assert any("seal" in detail for detail in details)
    assert all("seal" not in found.detail for found in verify_file(path, None, [forged]))


async def test_a_line_taken_from_between_others_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    last = await anchored_book(path)
    first = sealed(KEY, replace(last, sequence=0, hash=journal.GENESIS))
    middle = sealed(KEY, replace(last, follows=first.mac))
    last = sealed(KEY, replace(last, follows=middle.mac))
    assert verify_file(path, KEY, [first, middle, last]) == ()

    (found,) = verify_file(path, KEY, [first, last])

    assert "does not follow the line before it" in found.detail


def test_anchors_are_read_as_they_were_written_and_the_newest_alone(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    assert (read(path), newest(path)) == ((), None)
    made = [sealed(KEY, Anchor(number, f"{number:064}", 1, MADE)) for number in range(1, 100)]

    for anchor in made:
        append(path, anchor)

    assert read(path) == tuple(made)
    assert newest(path) == made[-1]
    assert path.stat().st_mode & 0o777 == 0o600
    assert made[-1].mark() == Mark(99, f"{99:064}")


def test_a_line_that_a_power_cut_tore_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    append(path, sealed(KEY, Anchor(1, journal.GENESIS, 1, MADE)))
    with path.open("ab") as file:
        file.write(b'{"sequence": 2, "ha')

    assert [anchor.sequence for anchor in read(path)] == [1]
    assert anchors.newest(path) == read(path)[0]


def test_an_anchor_after_a_torn_line_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    path.write_bytes(b'{"sequence": 2, "ha')
    append(path, sealed(KEY, Anchor(3, journal.GENESIS, 1, MADE)))

    assert [anchor.sequence for anchor in read(path)] == [3]


@pytest.mark.parametrize("line", [b"no json\n", b"[]\n", b'{"sequence": 1}\n'])
def test_any_other_line_is_refused(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "anchors.jsonl"
    path.write_bytes(line)

    with pytest.raises(AnchorsUnreadable, match="is no anchor"):
        read(path)
    with pytest.raises(AnchorsUnreadable, match=r"anchors\.jsonl"):
        newest(path)


def test_the_anchors_of_a_log_are_read_and_its_other_lines_are_not(tmp_path: Path) -> None:
    anchor = sealed(KEY, Anchor(3, "h", 1, MADE))
    told = {"event": anchors.LOGGED_AS, "level": "info", **asdict(anchor)}
    log = tmp_path / "journal.log"
    log.write_text('{"event": "daemon started"}\n' + json.dumps(told) + "\n")
    assert read(log) == (anchor,)

    log.write_text('{"event": "chain anch\n')
    with pytest.raises(AnchorsUnreadable):
        read(log)
