"""Answers with another content than the gateway's: wrong, short, double, out of order; pure."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from adapters.venues.simulated.wire_faults import WireFault, WireFaultKind

_LISTS = ("results", "orders", "fills", "positions", "movements", "quotes", "instruments")
_NO_QUOTE = dict.fromkeys(("last", "bid1", "ask1", "bid1_qty", "ask1_qty", "quote_time"))

Content = dict[str, Any]
Rows = list[Any]

_ROWS: Mapping[WireFaultKind, Callable[[Rows], Rows]] = MappingProxyType(
    {
        WireFaultKind.MISSING_RESULT: lambda rows: rows[:-1],
        WireFaultKind.PARTIAL_PAGE: lambda rows: rows[: len(rows) // 2],
        WireFaultKind.EMPTY_PAGE: lambda _rows: [],
        WireFaultKind.LIST_SHRINK: lambda rows: rows[-(-len(rows) // 2) :],
        WireFaultKind.REORDER_ROWS: lambda rows: rows[::-1],
        WireFaultKind.DUPLICATE_ROWS: lambda rows: [row for row in rows for _ in range(2)],
        WireFaultKind.QUOTE_OUTAGE: lambda rows: [{**row, **_NO_QUOTE} for row in rows],
    }
)
_INCOMPLETE = frozenset({WireFaultKind.PARTIAL_PAGE, WireFaultKind.EMPTY_PAGE})


def rewritten(fault: WireFault, since: str, body: bytes) -> bytes | None:
    """Return the falsified answer, None where this kind falsifies nothing of such an answer.

    `since` is the cursor that was asked for.
    """
    try:
        content = json.loads(body)
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    changed = _changed(fault, since, content)
    return None if changed is None else json.dumps(changed, ensure_ascii=False).encode()


def _changed(fault: WireFault, since: str, content: Content) -> Content | None:
    match fault.kind:
        case WireFaultKind.WRONG_ID:
            return _wrong_id(content)
        case WireFaultKind.WRONG_QUANTITY:
            return _wrong_quantity(content)
        case WireFaultKind.CLOCK_SKEW:
            return _skewed(content, fault.skew_s)
        case WireFaultKind.WRONG_DATE:
            return _yesterday(content)
    name = next((name for name in _LISTS if isinstance(content.get(name), list)), None)
    return None if name is None else _listed(fault, since, content, name)


def _listed(fault: WireFault, since: str, content: Content, name: str) -> Content | None:
    change = _ROWS.get(fault.kind)
    if change is None:
        return None
    changed = {**content, name: change(content[name])}
    return _incomplete(changed, since) if fault.kind in _INCOMPLETE else changed


def _incomplete(content: Content, since: str) -> Content:
    """Say so, with a cursor that stands still: nothing is lost to a reader who asks again."""
    content["complete"] = False
    if "next_cursor" in content:
        content["next_cursor"] = since or "0"
    return content


def _subject(content: Content) -> Content:
    """Return the one thing an answer is about: its first result, its first row, or itself."""
    for name in _LISTS:
        if content.get(name):
            first: Content = content[name][0]
            return first
    return content


def _wrong_id(content: Content) -> Content:
    subject = _subject(content)
    for place in (subject, subject.get("order") or {}):
        known = place.get("client_order_id")
        if known:
            place["client_order_id"] = ("Y" if known[0] == "X" else "X") + known[1:]
    return content


def _wrong_quantity(content: Content) -> Content:
    subject = _subject(content)
    place = subject.get("order") or subject
    if "quantity" in place:
        place["quantity"] += 100
    return content


def _skewed(content: Content, skew_s: int) -> Content | None:
    if "server_time" not in content:
        return None
    told = datetime.fromisoformat(content["server_time"])
    return {**content, "server_time": (told + timedelta(seconds=skew_s)).isoformat()}


def _yesterday(content: Content) -> Content | None:
    if "trade_date" not in content:
        return None
    told = date.fromisoformat(content["trade_date"])
    return {**content, "trade_date": (told - timedelta(days=1)).isoformat()}
