"""The shape of the ids this program gives to orders (architecture.md section 5)."""

import re

OWN_ORDER_ID = re.compile(r"S[A-Z2-7]{20}")


def is_own_order_id(client_order_id: str | None) -> bool:
    """Whether an id found at the venue has the shape only this program gives."""
    return client_order_id is not None and OWN_ORDER_ID.fullmatch(client_order_id) is not None
