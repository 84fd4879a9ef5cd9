"""The venue's own ledger as one JSON document, for comparing the other side's book with it."""

from adapters.venues.simulated.engine import SimulatedVenue
from market.money import decimal_text


async def statement(venue: SimulatedVenue) -> dict[str, object]:
    """Return every order, fill, movement, cash and share entry, with decimal strings.

    Same calls at the same market times give the same document. Orders that were refused at the
    door (deadline, closed market, unknown name) never were at the venue and are not in it.
    """
    fills, sequence = await venue.fills_since(0)
    movements, _ = await venue.movements_since(0)
    account = venue.account
    return {
        "account": venue.account_id,
        "server_time": venue.now().isoformat(),
        "change_sequence": sequence,
        "orders": [order.model_dump(mode="json") for order in venue.all_orders()],
        "fills": [fill.model_dump(mode="json") for fill in fills],
        "movements": [movement.model_dump(mode="json") for movement in movements],
        "cash_entries": [entry.as_json() for entry in account.ledger.cash],
        "share_entries": [entry.as_json() for entry in account.ledger.shares],
        "cash": {
            "total": decimal_text(account.cash),
            "available": decimal_text(account.available),
            "frozen": decimal_text(account.frozen),
            "withdrawable": decimal_text(account.withdrawable),
        },
        "positions": [position.model_dump(mode="json") for position in await venue.positions()],
    }
