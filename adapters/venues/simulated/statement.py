"""The venue's own ledger as one JSON document, for comparing the other side's book with it."""

from adapters.venues.simulated.account import Account
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.ledger import EntryKind
from adapters.venues.simulated.orders import VenueOrder
from market.money import decimal_text


async def statement(venue: SimulatedVenue) -> dict[str, object]:
    """Return all that happened at the venue, as it happened, with decimal strings.

    `opening` plus `cash_entries` and `share_entries` is `cash` and `positions`, to the cent and
    the share; `holds` are what orders froze and gave back. Same calls at the same market times
    give the same document. Orders that were refused at the door (deadline, closed market, unknown
    name) never were at the venue and are not in it.
    """
    movements, sequence = await venue.movements_since(0)
    account, archive = venue.account, venue.archive
    return {
        "account": venue.account_id,
        "server_time": venue.now().isoformat(),
        "change_sequence": sequence,
        "opening": _opening(account),
        "orders": [_order(order) for order in archive.orders() if not order.is_cancel],
        "cancel_rows": [_order(order) for order in archive.orders() if order.is_cancel],
        "fills": [fill.model_dump(mode="json") for fill in archive.trades],
        "movements": [movement.model_dump(mode="json") for movement in movements],
        "cash_entries": [entry.as_json() for entry in account.ledger.cash],
        "share_entries": [entry.as_json() for entry in account.ledger.shares],
        "holds": [entry.as_json() for entry in account.ledger.holds],
        "cash": {
            "total": decimal_text(account.cash),
            "available": decimal_text(account.available),
            "frozen": decimal_text(account.frozen),
            "withdrawable": decimal_text(account.withdrawable),
        },
        "positions": [position.model_dump(mode="json") for position in await venue.positions()],
        "script": [result.as_json() for result in venue.script_results],
        "faults_struck": [strike.as_json() for strike in venue.faults.strikes],
    }


def _order(order: VenueOrder) -> dict[str, object]:
    """Return an order as it is, which may not be what was told, with every step of its life."""
    return {
        **order.true_view().model_dump(mode="json"),
        "changes": [change.as_json() for change in order.changes],
    }


def _opening(account: Account) -> dict[str, object]:
    cash = [entry for entry in account.ledger.cash if entry.kind is EntryKind.OPENING]
    shares = [entry for entry in account.ledger.shares if entry.kind is EntryKind.OPENING]
    return {
        "cash": decimal_text(sum((entry.amount for entry in cash), start=account.cash * 0)),
        "positions": {str(entry.symbol): entry.quantity for entry in shares},
    }
