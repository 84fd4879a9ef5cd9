from dataclasses import dataclass
from decimal import Decimal

from market.money import CENT, round_half_up


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What one share receives on an ex-day, before tax.

    `cash` in CNY a share; `share_ratio` new shares a share (bonus and capital reserve);
    `rights_ratio` shares offered a share at `rights_price` CNY.
    """

    cash: Decimal = Decimal(0)
    share_ratio: Decimal = Decimal(0)
    rights_ratio: Decimal = Decimal(0)
    rights_price: Decimal = Decimal(0)


def reference_price(last_close: Decimal, entitlement: Entitlement, tick: Decimal = CENT) -> Decimal:
    """Return the ex-rights reference price, half up to the tick (examples E61, E62).

    Exchange formula: a-share-rules.md section 10, SSE 4.3.2, SZSE 4.4.2. The published previous
    close decides where the two differ.
    """
    rights = entitlement.rights_price * entitlement.rights_ratio
    shares = 1 + entitlement.share_ratio + entitlement.rights_ratio
    return round_half_up((last_close - entitlement.cash + rights) / shares, tick)


def entitled_quantity(quantity: int, entitlement: Entitlement) -> int:
    """Return the holding after bonus shares, fractions dropped; the register may differ by 1."""
    return quantity + int(quantity * entitlement.share_ratio)


def entitled_cash(quantity: int, entitlement: Entitlement) -> Decimal:
    """Return the cash credited for a holding, before tax, in CNY."""
    return quantity * entitlement.cash
