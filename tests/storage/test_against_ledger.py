"""Each contradiction between the record and the venue's ledger is found, with its row."""

# ruff: noqa: S608 - the statements tamper on purpose, with ids made in this file

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.against_ledger import compare
from storage.ledger_document import LedgerUnreadable, read_ledger
from storage.offline import open_copy
from tests.support.book import BANK, RUN_ID, VANKE, opened_store
from tests.support.full_book import FILLED, SOLD, UNKNOWN, WAITING, fill_the_book
from tests.support.full_ledger import ledger

Json = dict[str, Any]
CID = FILLED.client_order_id


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "a.sqlite"

    async def build() -> None:
        async with opened_store(path) as store:
            await fill_the_book(store)

    asyncio.run(build())
    return path


def broken(book: Path, document: Json) -> set[tuple[str, str]]:
    with open_copy(book) as connection:
        found = compare(connection, read_ledger(json.dumps(document)))
    return {(violation.invariant, violation.subject) for violation in found}


def tampered(book: Path, folder: Path, *statements: str) -> Path:
    path = folder / "copy.sqlite"
    shutil.copyfile(book, path)
    connection = sqlite3.connect(path)
    try:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        connection.commit()
    finally:
        connection.close()
    return path


def test_two_books_of_the_same_day_agree(book: Path) -> None:
    assert broken(book, ledger()) == set()


def _second_order(document: Json) -> None:
    document["orders"].append({**document["orders"][0], "venue_order_id": "other"})


def _no_order(document: Json) -> None:
    del document["orders"][0]


def _unknown_order(document: Json) -> None:
    document["orders"].append({**document["orders"][0], "client_order_id": "S" + "A" * 20})


def _foreign_order(document: Json) -> None:
    document["orders"].append({**document["orders"][0], "client_order_id": None})


def _arrived_early(document: Json) -> None:
    document["orders"][0]["created_at"] = "2025-11-10T09:30:58+08:00"


def _dearer(document: Json) -> None:
    document["orders"][0]["limit_price"] = "10.06"


def _more(document: Json) -> None:
    document["orders"][0]["quantity"] = 700


def _lost_fill(document: Json) -> None:
    document["fills"].append({**document["fills"][0], "fill_id": "9"})


def _fill_twice(document: Json) -> None:
    document["fills"].append(document["fills"][0])


def _fill_nowhere(document: Json) -> None:
    del document["fills"][0]


def _foreign_fill(document: Json) -> None:
    document["fills"].append({**document["fills"][0], "fill_id": "9", "client_order_id": None})


def _another_price(document: Json) -> None:
    document["fills"][0]["price"] = "10.04"


def _other_fees(document: Json) -> None:
    document["fills"][0]["fees"]["commission"] = "6"


def _less_cash(document: Json) -> None:
    document["cash"]["total"] = "94972.01"


def _debt(document: Json) -> None:
    document["cash_entries"][1]["balance"] = "-0.01"


def _fewer_shares(document: Json) -> None:
    document["positions"][0]["quantity"] = 500


def _shares_of_nobody(document: Json) -> None:
    document["positions"].append({"symbol": "600519.SH", "quantity": 100})


def _sold_what_was_bought(document: Json) -> None:
    document["share_entries"].append(
        {**document["share_entries"][2], "kind": "SELL", "quantity": -100, "balance": 500}
    )


def _negative_holding(document: Json) -> None:
    document["share_entries"][0] |= {"quantity": 50, "balance": 50}
    document["share_entries"][3]["balance"] = -50


PLANTED: dict[str, tuple[Callable[[Json], None], set[tuple[str, str]]]] = {
    "I1 one id, two orders": (_second_order, {("I1", CID)}),
    "I1 an order the venue forgot": (_no_order, {("I1", CID)}),
    "I3 an order nobody recorded": (_unknown_order, {("I3", "S" + "A" * 20)}),
    "I3 recorded after it arrived": (_arrived_early, {("I3", CID)}),
    "I2 a worse limit": (_dearer, {("I2", CID)}),
    "I2 a larger order": (_more, {("I2", CID)}),
    "I8 a lost fill": (_lost_fill, {("I8", CID)}),
    "I8 a fill twice": (_fill_twice, {("I8", CID)}),
    "I8 a fill that never was": (_fill_nowhere, {("I8", CID)}),
    "I8 another price": (_another_price, {("I8", CID)}),
    "I8 other fees": (_other_fees, {("I8", CID)}),
    "I15 a cent is missing": (_less_cash, {("I15", "cash")}),
    "I16 shares are missing": (_fewer_shares, {("I16", str(BANK))}),
    "I16 shares from nowhere": (_shares_of_nobody, {("I16", "600519.SH")}),
    "I16 sold on the day it was bought": (_sold_what_was_bought, {("I16", str(BANK))}),
    "I16 a negative holding": (_negative_holding, {("I16", str(VANKE))}),
    "I17 a buy beyond the cash": (_debt, {("I17", CID)}),
    "a foreign order is none of ours": (_foreign_order, set()),
    "a foreign fill is none of ours": (_foreign_fill, set()),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_contradiction_is_found_with_its_row(book: Path, name: str) -> None:
    plant, expected = PLANTED[name]
    document = ledger()
    plant(document)

    assert broken(book, document) == expected


def test_an_order_rejected_here_and_filled_there_is_found(book: Path, tmp_path: Path) -> None:
    path = tampered(
        book, tmp_path, f"UPDATE orders SET state = 'REJECTED' WHERE client_order_id = '{CID}'"
    )

    assert ("I12", CID) in broken(path, ledger())


def test_a_failed_batch_has_nothing_at_the_venue(book: Path, tmp_path: Path) -> None:
    path = tampered(
        book, tmp_path, f"UPDATE runs SET state = 'FAILED_BATCH' WHERE run_id = '{RUN_ID}'"
    )
    document = ledger()
    assert broken(path, document) == {("I24", CID), ("I24", SOLD.client_order_id)}

    document["orders"] = [
        {
            **document["orders"][0],
            "client_order_id": WAITING.client_order_id,
            "quantity": WAITING.quantity,
            "filled_quantity": 0,
            "status": "JUNK",
        }
    ]
    assert not {found for found in broken(path, document) if found[0] == "I24"}


def test_an_unknown_order_that_is_nowhere_contradicts_nothing(book: Path) -> None:
    assert UNKNOWN.client_order_id not in {order["client_order_id"] for order in ledger()["orders"]}
    assert broken(book, ledger()) == set()


def test_owning_more_than_the_venue_holds_is_found(book: Path, tmp_path: Path) -> None:
    path = tampered(book, tmp_path, f"UPDATE ownership SET balance = 900 WHERE ts_code = '{VANKE}'")

    assert broken(path, ledger()) == {("I16", str(VANKE))}


OTHERS = (
    "INSERT INTO other_shares (ts_code, change, balance, cause, reference, at) VALUES"
    " ('{name}', 100, 100, 'FILL', 'x', 'x')"
)


def test_shares_of_others_that_the_venue_does_not_hold_are_found(
    book: Path, tmp_path: Path
) -> None:
    path = tampered(book, tmp_path, OTHERS.format(name=VANKE))

    assert broken(path, ledger()) == {("I16", str(VANKE))}


def test_a_name_left_to_others_is_not_counted(book: Path, tmp_path: Path) -> None:
    left = "UPDATE ownership SET decision = 'foreign' WHERE cause = 'DECISION'"
    path = tampered(book, tmp_path, OTHERS.format(name=VANKE), left)

    assert broken(path, ledger()) == set()


def test_fees_that_were_not_billed_are_the_venue_s(book: Path, tmp_path: Path) -> None:
    path = tampered(
        book,
        tmp_path,
        "UPDATE fills SET commission_e4 = NULL, stamp_duty_e4 = NULL, transfer_e4 = NULL"
        " WHERE fill_id = '2'",
    )
    document = ledger()
    document["fills"][1]["fees"] = None

    assert broken(path, document) == set()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"orders": 1}', b"\xff", b'{"account": "A"'], ids=repr
)
def test_what_is_no_ledger_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(LedgerUnreadable, match="no ledger"):
        read_ledger(content)


def test_money_that_was_a_float_is_refused() -> None:
    document = ledger()
    document["cash"]["total"] = 94972.0

    with pytest.raises(LedgerUnreadable, match=r"cash\.total"):
        read_ledger(json.dumps(document))


def test_an_adopted_order_is_known_by_its_number(book: Path, tmp_path: Path) -> None:
    document = ledger()
    for row in (*document["orders"], *document["fills"]):
        if row["client_order_id"] == CID:
            row["client_order_id"] = None
    assert ("I1", CID) in broken(book, document)

    word = "INSERT INTO manual (run_id, client_order_id, reason, detail, choices, created_at,"
    copy = tampered(
        book,
        tmp_path,
        f"{word} resolution) VALUES ('r', '{CID}', 'SEND_UNKNOWN', '', '[]', '', 'adopt-order')",
    )
    assert broken(copy, document) == set()
