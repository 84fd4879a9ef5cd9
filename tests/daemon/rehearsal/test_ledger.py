"""The record of a rehearsed account is held against the venue's own ledger."""

from pathlib import Path

import pytest

from daemon.rehearsal.ledger import differences
from storage.ledger_document import LedgerUnreadable
from storage.offline import CopyUnreadable
from tests.support.book import opened_store
from tests.support.full_book import FILLED, fill_the_book
from tests.support.full_ledger import ledger


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
    return path


def test_equal_books_show_no_difference(database: Path) -> None:
    assert differences(database, ledger()) == ()


def test_a_difference_is_told_in_a_sentence(database: Path) -> None:
    document = ledger()
    document["cash"]["total"] = "1"
    del document["orders"][0]

    assert differences(database, document) == (
        f"{FILLED.client_order_id} is FILLED here and unknown at the venue",
        "cash: 94955.02 is explained, the venue has 1",
    )


async def test_the_record_is_compared_while_its_daemon_lives(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)

        assert differences(path, ledger()) == ()


def test_what_cannot_be_read_is_no_equality(database: Path) -> None:
    with pytest.raises(LedgerUnreadable):
        differences(database, {})
    with pytest.raises(CopyUnreadable):
        differences(database.with_name("none.sqlite"), ledger())
