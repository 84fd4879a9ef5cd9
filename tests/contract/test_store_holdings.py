"""What any store promises about whose the shares are, and about what differs at the broker."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from market.side import Side
from market.symbol import Symbol
from statemachine.breaks import Break, BreakCause, BreakKind
from statemachine.fill import Fill, FillKind
from statemachine.position import AccountSnapshot, Funds, Movement, Position
from storage.store import Store
from tests.support.book import BANK, OPEN, SESSION, VANKE, make_fill, make_order

NEW_CODE = Symbol.parse("920799.BJ")
OLD_CODE = Symbol.parse("830799.BJ")
LATER = OPEN + timedelta(minutes=1)
LOCK = Break(None, BreakKind.POSITION, BANK, "1000", "900", "100 are gone")
KNOWN = Break(
    None,
    BreakKind.CASH,
    BANK,
    "",
    "350",
    "红利",
    "M1",
    BreakCause.DIVIDEND,
    ("M1",),
    explained=True,
)


def snapshot(*held: tuple[Symbol, int]) -> AccountSnapshot:
    rows = tuple(Position(name, count, count, 0, 0, Decimal(1), Decimal(1)) for name, count in held)
    funds = Funds(Decimal(1), Decimal(0), Decimal(1), Decimal(2), Decimal(1), OPEN)
    return AccountSnapshot("s1", rows, funds, OPEN, verified_at=OPEN)


def foreign(symbol: Symbol, side: Side, quantity: int, number: str = "1") -> Fill:
    fill = make_fill(make_order(symbol, side, quantity), quantity, number)
    return replace(fill, client_order_id=None, venue_order_id=f"P{number}")


def movement(kind: str, symbol: Symbol, quantity: int, number: int = 1) -> Movement:
    return Movement(f"m{number}", kind, symbol, quantity, Decimal(0), SESSION, "")


async def moved(store: Store, *movements: Movement) -> None:
    await store.apply_news([], [], movements, {}, now=OPEN)


async def traded(store: Store, *fills: Fill) -> None:
    await store.apply_news([], fills, [], {}, now=OPEN)


async def test_what_the_account_holds_beyond_ours_is_left_to_others(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 1000, actor="wang", now=OPEN, held=1500)
    assert await store.other_shares() == {BANK: 500}

    await store.decide_ownership(BANK, "ours", 1500, actor="wang", now=OPEN, held=1500)
    assert await store.other_shares() == {}


async def test_a_trade_of_somebody_else_never_changes_what_is_ours(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 1000, actor="wang", now=OPEN, held=1000)
    await traded(store, foreign(BANK, Side.BUY, 300, "1"), foreign(BANK, Side.SELL, 500, "2"))

    assert await store.owned() == {BANK: 1000}
    assert await store.other_shares() == {BANK: -200}


async def test_a_trade_that_was_taken_back_counts_back(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 1000, actor="wang", now=OPEN, held=1000)
    sale = foreign(BANK, Side.SELL, 500)
    await traded(store, sale, replace(sale, kind=FillKind.BUST, quantity=-500))

    assert await store.other_shares() == {}


async def test_trades_of_others_can_be_asked_for_by_session(store: Store) -> None:
    fill = foreign(BANK, Side.BUY, 300)
    await traded(store, fill)

    assert await store.foreign_fills_from(SESSION) == (fill,)
    assert await store.foreign_fills_from(SESSION + timedelta(days=1)) == ()


@pytest.mark.parametrize("held", [[], [(BANK, 0)], [(VANKE, 100)]])
async def test_shares_of_a_name_that_was_not_there_are_followed(
    store: Store, held: Sequence[tuple[Symbol, int]]
) -> None:
    await store.save_snapshot(snapshot(*held))
    await moved(store, movement("IPO", BANK, 500))

    assert await store.other_shares() == {BANK: 500}
    assert await store.owned() == {}


async def test_a_name_of_which_nobody_knows_how_much_there_was_is_not_followed(
    store: Store,
) -> None:
    await moved(store, movement("IPO", BANK, 500))
    await store.save_snapshot(snapshot((VANKE, 100)))
    await moved(store, movement("BONUS_SHARES", VANKE, 20, 2))

    assert await store.other_shares() == {}


async def test_bonus_shares_are_split_between_us_and_others(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 1000, actor="wang", now=OPEN, held=1500)
    await moved(store, movement("BONUS_SHARES", BANK, 301))

    assert await store.owned() == {BANK: 1200}
    assert await store.other_shares() == {BANK: 601}


@pytest.mark.parametrize("kind", ["MANUAL", "IPO", "SPIN_OFF"])
@pytest.mark.parametrize("quantity", [500, -500])
async def test_only_a_corporate_action_changes_what_is_ours(
    store: Store, kind: str, quantity: int
) -> None:
    await store.decide_ownership(BANK, "ours", 1000, actor="wang", now=OPEN, held=1000)
    await moved(store, movement(kind, BANK, quantity))

    assert await store.owned() == {BANK: 1000}
    assert await store.other_shares() == {BANK: quantity}


async def test_a_dividend_moves_no_shares_whatever_its_row_says(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 1000, actor="wang", now=OPEN, held=1000)
    await moved(store, movement("DIVIDEND", BANK, 1000))

    assert (await store.owned(), await store.other_shares()) == ({BANK: 1000}, {})


async def test_under_a_new_code_the_same_shares_are_ours(store: Store) -> None:
    await store.save_snapshot(snapshot((OLD_CODE, 1500)))
    await store.decide_ownership(OLD_CODE, "ours", 1000, actor="wang", now=OPEN, held=1500)
    await moved(
        store,
        movement("CODE_CHANGE", OLD_CODE, -1500, 1),
        movement("CODE_CHANGE", NEW_CODE, 1500, 2),
    )

    assert await store.owned() == {NEW_CODE: 1000}
    assert await store.other_shares() == {NEW_CODE: 500}


async def test_two_names_that_change_code_on_one_day_keep_their_own_shares(store: Store) -> None:
    other_old, other_new = Symbol.parse("830001.BJ"), Symbol.parse("920001.BJ")
    await store.save_snapshot(snapshot((OLD_CODE, 500), (other_old, 500)))
    await store.decide_ownership(OLD_CODE, "ours", 500, actor="wang", now=OPEN, held=500)
    await store.decide_ownership(other_old, "ours", 200, actor="wang", now=OPEN, held=500)
    await moved(
        store,
        movement("CODE_CHANGE", OLD_CODE, -500, 1),
        movement("CODE_CHANGE", NEW_CODE, 500, 2),
        movement("CODE_CHANGE", other_old, -500, 3),
        movement("CODE_CHANGE", other_new, 500, 4),
    )

    assert await store.owned() == {NEW_CODE: 500, other_new: 200}
    assert await store.other_shares() == {other_new: 300}


async def test_a_code_that_changed_while_nothing_was_ours_stays_foreign(store: Store) -> None:
    await store.save_snapshot(snapshot((OLD_CODE, 1500)))
    await store.decide_ownership(OLD_CODE, "foreign", 0, actor="wang", now=OPEN)
    await moved(
        store,
        movement("CODE_CHANGE", OLD_CODE, -1500, 1),
        movement("CODE_CHANGE", NEW_CODE, 1500, 2),
    )

    assert await store.owned() == {}
    assert (await store.other_shares())[NEW_CODE] == 1500


async def test_an_explained_break_is_kept_with_its_cause_and_locks_nothing(store: Store) -> None:
    assert await store.set_breaks([KNOWN, LOCK], now=OPEN) == (LOCK,)

    assert await store.standing_breaks() == (KNOWN, LOCK)
    assert await store.open_breaks() == (LOCK,)
    assert [item.symbol for item in await store.manual_items()] == [BANK]
    assert [found.since for found in await store.standing_breaks()] == [OPEN, OPEN]

    assert await store.set_breaks([LOCK], now=LATER) == ()
    assert await store.standing_breaks() == (LOCK,)


async def test_a_break_with_other_figures_keeps_its_age(store: Store) -> None:
    more = replace(LOCK, theirs="800", detail="200 are gone", cause=BreakCause.FOREIGN_TRADE)
    await store.set_breaks([LOCK], now=OPEN)

    assert await store.set_breaks([more], now=LATER) == (more,)

    (found,) = await store.open_breaks()
    assert (found, found.since) == (more, OPEN)
    assert [item.theirs for item in await store.manual_items()] == ["800"]


async def test_a_break_of_another_subject_is_another_break(store: Store) -> None:
    other = replace(LOCK, subject="S2")
    await store.set_breaks([LOCK], now=OPEN)
    await store.set_breaks([other], now=LATER)

    (found,) = await store.open_breaks()
    assert found.since == LATER
