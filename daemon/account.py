"""Believing the account (trading-day.md rule 13): two reads that agree, and agree with our book."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from adapters.broker import BrokerUnavailable
from daemon.desk import Desk
from market.board import is_tradable_stock
from market.symbol import Symbol
from statemachine.canonical import content_hash
from statemachine.position import AccountSnapshot, Funds, Position


class Unbelievable(Exception):
    """The account cannot be believed now; the sentence says why. Nothing is sent."""


async def believed_snapshot(desk: Desk) -> AccountSnapshot:
    """Return a verified snapshot at most 60 s old, made now if there is none.

    Raises Unbelievable, or a BrokerError.
    """
    age_max = timedelta(seconds=desk.settings.account.snapshot_age_max_s)
    kept = await desk.store.latest_snapshot()
    if kept is not None and kept.verified_at and desk.clock.now() - kept.verified_at <= age_max:
        return kept
    first = await read_account(desk)
    gap = timedelta(seconds=desk.settings.account.read_gap_s)
    await desk.clock.sleep_until(desk.clock.now() + gap)
    second = await read_account(desk)
    if first.snapshot_id != second.snapshot_id:
        raise Unbelievable("two reads of the account disagree")
    verified = replace(second, verified_at=desk.clock.now())
    check_sums(verified.funds, desk.settings.account.asset_tolerance_ratio)
    await desk.store.save_snapshot(verified)
    return verified


async def read_account(desk: Desk) -> AccountSnapshot:
    """Read positions and funds once; an incomplete list is no account."""
    positions = await desk.broker.positions()
    if not positions.complete:
        raise BrokerUnavailable("INCOMPLETE", "the positions came incomplete")
    funds = await desk.broker.funds()
    held = tuple(sorted(positions.rows, key=lambda position: str(position.symbol)))
    return AccountSnapshot(
        snapshot_id=_identity(held, funds),
        positions=held,
        funds=funds,
        as_of=min(positions.as_of, funds.as_of),
    )


def check_sums(funds: Funds, tolerance_ratio: Decimal) -> None:
    """Raise Unbelievable when the parts of the account do not add up to its total."""
    difference = funds.total_asset - funds.available - funds.frozen - funds.market_value
    if abs(difference) > funds.total_asset * tolerance_ratio:
        raise Unbelievable(f"total_asset differs from its parts by {difference} CNY")


def check_book(owned: Mapping[Symbol, int], snapshot: AccountSnapshot) -> None:
    """Raise Unbelievable when the broker shows less of a name than is ours."""
    shown = {position.symbol: position.quantity for position in snapshot.positions}
    for symbol, quantity in owned.items():
        if shown.get(symbol, 0) < quantity:
            raise Unbelievable(
                f"{symbol}: ours {quantity}, the broker shows {shown.get(symbol, 0)}"
            )


async def undecided_symbols(desk: Desk, snapshot: AccountSnapshot) -> tuple[Symbol, ...]:
    """Return stocks on the account that nobody marked ours or foreign (rule 11).

    Those that came by a trade of somebody else or a movement, every share of them, are not ours.
    """
    decided = await desk.store.decided_symbols()
    owned = await desk.store.owned()
    others = await desk.store.other_shares()
    return tuple(
        position.symbol
        for position in snapshot.positions
        if position.quantity > 0
        and is_tradable_stock(position.symbol)
        and position.symbol not in decided
        and position.symbol not in owned
        and others.get(position.symbol) != position.quantity
    )


def _identity(positions: tuple[Position, ...], funds: Funds) -> str:
    """Hash what does not move with prices: quantities and cash."""
    return content_hash(
        {
            "positions": [
                [position.symbol, position.quantity, position.sellable] for position in positions
            ],
            "available": funds.available,
            "frozen": funds.frozen,
        }
    )
