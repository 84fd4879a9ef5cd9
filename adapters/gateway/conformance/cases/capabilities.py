import re

from adapters.broker import DedupeScope
from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.names import resting_buy
from adapters.gateway.conformance.verdict import require
from adapters.wire.errors import code_of, definite_refusals
from adapters.wire.models import CapabilitiesView

_CID_LENGTHS = range(8, 25)
_WINDOW = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")
_MAX_INFLIGHT_S = 3_600
# dedupe_ttl_s belongs to one dedupe_scope alone
_OPTIONAL = {"dedupe_ttl_s"}


async def all_declared(bench: Bench) -> None:
    """Every capability is declared, none left unknown."""
    view = (await bench.login()).capabilities
    for name in CapabilitiesView.model_fields.keys() - _OPTIONAL:
        require(getattr(view, name) is not None, f"the capability {name} is not declared")


async def values_are_known(bench: Bench) -> None:
    """Every declared value is one that a client understands."""
    view = (await bench.login()).capabilities
    scope = view.dedupe_scope
    require(scope in set(DedupeScope), f"dedupe_scope is {scope!r}")
    needs_ttl = scope == DedupeScope.TTL
    require(not needs_ttl or bool(view.dedupe_ttl_s), "dedupe_scope TTL comes without a TTL")
    require(bool(view.query_by_cid), "query_by_cid is empty")
    require(bool(view.fill_id_scope), "fill_id_scope is empty")
    inflight_s = view.max_inflight_s or 0
    require(0 < inflight_s <= _MAX_INFLIGHT_S, f"max_inflight_s is {view.max_inflight_s}")
    require(view.cid_max_len in _CID_LENGTHS, f"cid_max_len is {view.cid_max_len}")


async def contract_is_kept(bench: Bench) -> None:
    """The promises that the contract itself makes are not taken back."""
    view = (await bench.login()).capabilities
    require(view.dedupe_scope == DedupeScope.FOREVER, f"ids are kept {view.dedupe_scope}")
    require(view.session_exclusive is True, "sessions are not exclusive")
    require(view.valid_until is True, "a deadline is not kept")
    require(view.cid_max_len == max(_CID_LENGTHS), f"cid_max_len is {view.cid_max_len}")


async def cancel_windows(bench: Bench) -> None:
    """Each window reads HH:MM-HH:MM, forwards, and none holds a no-cancel phase."""
    windows = (await bench.login()).capabilities.cancel_windows or ()
    require(bool(windows), "no cancel window is declared")
    for window in windows:
        require(_WINDOW.fullmatch(window) is not None, f"{window!r} is no window")
        start, _, end = window.partition("-")
        require(start < end, f"{window} runs backwards")
        for first, last in (("09:20", "09:25"), ("14:57", "15:00")):
            require(end <= first or start >= last, f"{window} covers {first}-{last}")


async def definite_codes(bench: Bench) -> None:
    """The codes that prove a refusal are known, and none of them is ambiguous."""
    codes = (await bench.login()).capabilities.definite_refusal_codes or ()
    require(bool(codes), "no code proves a refusal")
    unknown = [code for code in codes if code_of(code) is None]
    require(not unknown, f"codes that the contract does not have: {unknown}")
    ambiguous = set(codes) - set(definite_refusals())
    require(not ambiguous, f"codes that prove nothing: {sorted(ambiguous)}")


async def rate_limits(bench: Bench) -> None:
    """The limits told at login are the ones in the headers."""
    limits = (await bench.login()).rate_limits
    told = (limits.orders_per_second, limits.orders_per_second_hard, limits.orders_per_day)
    require(min(told) > 0, f"the rate limits are {told}")
    require(told[0] <= told[1] <= told[2], f"the rate limits are {told}")


async def longest_id(bench: Bench) -> None:
    """Use ids of the shortest and of the longest length allowed."""
    longest = (await bench.login()).capabilities.cid_max_len or max(_CID_LENGTHS)
    for length in (min(_CID_LENGTHS), longest):
        order = await resting_buy(bench)
        named = order.model_copy(update={"client_order_id": bench.fresh_id(length)})
        view = await bench.accepted(named)
        require(view.client_order_id == named.client_order_id, f"became {view.client_order_id}")
        await bench.order(named.client_order_id)


CASES = (
    Case("C116", "capabilities", "every capability is declared", all_declared),
    Case("C117", "capabilities", "every declared value is a known one", values_are_known),
    Case("C118", "capabilities", "the contract's own promises are declared", contract_is_kept),
    Case("C119", "capabilities", "cancel windows read and leave out the no-cancel phases",
         cancel_windows),
    Case("C120", "capabilities", "the definite refusal codes are definite", definite_codes),
    Case("C121", "capabilities", "the rate limits are declared", rate_limits),
    Case("C122", "capabilities", "ids of the declared length are taken and found", longest_id),
)  # fmt: skip
