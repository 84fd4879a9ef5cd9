from dataclasses import dataclass, field
from datetime import timedelta

from adapters.broker import DedupeScope
from adapters.gateway.limits import RateLimits
from adapters.wire.errors import definite_refusals
from adapters.wire.models import CapabilitiesView


def full_capabilities() -> CapabilitiesView:
    """What a gateway can say of itself that keeps every promise of the contract."""
    return CapabilitiesView(
        dedupe_scope=DedupeScope.FOREVER,
        query_by_cid="strong",
        cid_max_len=24,
        list_complete=True,
        fill_id_scope="market_day",
        definite_refusal_codes=definite_refusals(),
        max_inflight_s=5,
        cancel_windows=("09:15-09:20", "09:30-11:30", "13:00-14:57"),
        session_exclusive=True,
        valid_until=True,
        cancel_rows_listed_as_orders=False,
    )


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """One gateway serves one account.

    `session_lifetime` may not pass 24 hours. `symbols_max` bounds one quotes or instruments call.
    """

    account_id: str
    version: str
    limits: RateLimits = field(default_factory=RateLimits)
    capabilities: CapabilitiesView = field(default_factory=full_capabilities)
    session_lifetime: timedelta = timedelta(hours=12)
    body_bytes_max: int = 65_536
    page_rows_max: int = 1_000
    symbols_max: int = 200
    events_wait_max_s: int = 30
