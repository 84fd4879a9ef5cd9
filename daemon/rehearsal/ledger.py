"""Compares our book with the venue's own ledger, exactly; pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from statemachine.order_id import is_own_order_id

Json = Mapping[str, Any]

FEES = ("commission", "stamp_duty", "transfer")


def differences(shown: Json, ledger: Json, placed_before: Collection[str] = ()) -> tuple[str, ...]:
    """Return every difference between a run as the daemon shows it and the venue's ledger.

    Orders and fills of this run one by one; cash and shares of the account as they are now. An
    order of our making that is neither this run's nor `placed_before` it is a difference too.
    """
    return (
        *_order_differences(shown["orders"], ledger["orders"]),
        *_stray_orders(shown["orders"], ledger["orders"], placed_before),
        *_fill_differences(shown["orders"], shown["fills"], ledger["fills"]),
        *_cash_differences(shown, ledger["cash"]),
        *_share_differences(shown, ledger["positions"]),
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
    compared = [
        ("ts_code", ours["ts_code"], theirs["symbol"]),
        *((name, ours[name], theirs[name]) for name in ("quantity", "side", "filled_quantity")),
        *(
            (name, Decimal(ours[name]), Decimal(theirs[name]))
            for name in ("limit_price", "filled_amount")
        ),
    ]
    return [
        f"{identity} {name}: ours {here}, venue {there}"
        for name, here, there in compared
        if here != there
    ]


def _stray_orders(
    ours: list[Json], theirs: list[Json], placed_before: Collection[str]
) -> list[str]:
    """Find what went out under one of our ids and is nowhere in our book."""
    known = {order["client_order_id"] for order in ours}.union(placed_before)
    found = {order["client_order_id"] for order in theirs}.difference(known)
    return [
        f"{identity} is at the venue and unknown here"
        for identity in sorted(filter(is_own_order_id, found))
    ]


def _fill_differences(orders: list[Json], ours: list[Json], theirs: list[Json]) -> list[str]:
    identities = {order["client_order_id"] for order in orders}
    mine = Counter(_fill(fill, fill["ts_code"]) for fill in ours)
    venue = Counter(
        _fill(fill, fill["symbol"]) for fill in theirs if fill["client_order_id"] in identities
    )
    return [
        f"fills only {side}: {' '.join(map(str, fill))}"
        for side, extra in (("here", mine - venue), ("at the venue", venue - mine))
        for fill in sorted(extra.elements())
    ]


def _fill(fill: Json, ts_code: str) -> tuple[str | int | Decimal, ...]:
    """Return what a fill is compared by; fees that are not billed yet differ from fees of 0."""
    fees = fill["fees"]
    return (
        fill["client_order_id"],
        fill["fill_id"],
        ts_code,
        fill["side"],
        fill["quantity"],
        Decimal(fill["price"]),
        Decimal(fill["amount"]),
        *(() if fees is None else (Decimal(fees[name]) for name in FEES)),
    )


def _cash_differences(shown: Json, theirs: Json) -> list[str]:
    """Compare cash; before the first books were opened there is nothing to compare."""
    ours = shown["account"]["expected_cash"]
    if ours is None:
        return ["cash: ours unknown after orders"] if shown["orders"] else []
    if Decimal(ours) == Decimal(theirs["total"]):
        return []
    return [f"cash: ours {ours}, venue {theirs['total']}"]


def _share_differences(shown: Json, theirs: list[Json]) -> list[str]:
    """Compare every name that is ours or traded here; foreign and undecided ones are not our book.

    What is no longer ours is not in `owned`: a name sold in full is known by its orders.
    """
    account = shown["account"]
    venue = {position["symbol"]: int(position["quantity"]) for position in theirs}
    codes = account["owned"].keys() | {order["ts_code"] for order in shown["orders"]}
    counted = ((code, account["owned"].get(code, 0), venue.get(code, 0)) for code in sorted(codes))
    return [
        f"{code}: ours {ours}, venue {there}"
        for code, ours, there in counted
        if code not in account["foreign"] and ours != there
    ]
