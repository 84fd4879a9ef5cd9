"""Compares our book with the venue's own ledger, exactly; pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Json = Mapping[str, Any]


def differences(shown: Json, ledger: Json) -> tuple[str, ...]:
    """Return every difference between a run as the daemon shows it and the venue's ledger.

    Orders and fills of this run one by one; cash and shares of the account as they are now.
    """
    return (
        *_order_differences(shown["orders"], ledger["orders"]),
        *_fill_differences(shown["orders"], shown["fills"], ledger["fills"]),
        *_cash_differences(shown["account"], ledger["cash"]),
        *_share_differences(shown["account"], ledger["positions"]),
    )


def _order_differences(ours: list[Json], theirs: list[Json]) -> list[str]:
    by_id: dict[str, list[Json]] = {}
    for order in theirs:
        by_id.setdefault(order["client_order_id"], []).append(order)
    found = []
    for order in ours:
        identity = order["client_order_id"]
        venue = by_id.get(identity, [])
        if len(venue) > 1:
            found.append(f"{identity} was placed {len(venue)} times")
        if not venue:
            if order["send_state"] == "ACCEPTED" or order["filled_quantity"]:
                found.append(f"{identity} is {order['state']} here and unknown at the venue")
            continue
        found += _single(identity, order, venue[0])
    return found


def _single(identity: str, ours: Json, theirs: Json) -> list[str]:
    found = [
        f"{identity} {name}: ours {ours[name]}, venue {theirs[name]}"
        for name in ("quantity", "side", "filled_quantity")
        if ours[name] != theirs[name]
    ]
    found += [
        f"{identity} {name}: ours {ours[name]}, venue {theirs[name]}"
        for name in ("limit_price", "filled_amount")
        if Decimal(ours[name]) != Decimal(theirs[name])
    ]
    return found


def _fill_differences(orders: list[Json], ours: list[Json], theirs: list[Json]) -> list[str]:
    identities = {order["client_order_id"] for order in orders}
    mine = sorted(_fill(fill) for fill in ours)
    venue = sorted(_fill(fill) for fill in theirs if fill["client_order_id"] in identities)
    if mine == venue:
        return []
    return [
        f"fills only {side}: {fill}"
        for side, fills, others in (("here", mine, venue), ("at the venue", venue, mine))
        for fill in fills
        if fill not in others
    ]


def _fill(fill: Json) -> tuple[str, str, int, Decimal, Decimal, Decimal]:
    fees = fill["fees"] or {}
    total = sum((Decimal(fees[name]) for name in sorted(fees)), Decimal(0))
    return (
        fill["client_order_id"],
        fill["fill_id"],
        fill["quantity"],
        Decimal(fill["price"]),
        Decimal(fill["amount"]),
        total,
    )


def _cash_differences(account: Json, theirs: Json) -> list[str]:
    ours = account["expected_cash"]
    if ours is None or Decimal(ours) == Decimal(theirs["total"]):
        return []
    return [f"cash: ours {ours}, venue {theirs['total']}"]


def _share_differences(account: Json, theirs: list[Json]) -> list[str]:
    """Compare every name that is or ever was ours; what is foreign or undecided is not our book."""
    venue = {position["symbol"]: int(position["quantity"]) for position in theirs}
    return [
        f"{code}: ours {quantity}, venue {venue.get(code, 0)}"
        for code, quantity in sorted(account["owned"].items())
        if code not in account["foreign"] and quantity != venue.get(code, 0)
    ]
