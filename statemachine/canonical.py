"""One text for one value, so that equal content always has the same hash."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

from market.money import decimal_text
from market.symbol import Symbol

Canonical = (
    str
    | int
    | bool
    | Decimal
    | date
    | Symbol
    | Sequence["Canonical"]
    | Mapping[str, "Canonical"]
    | None
)


def canonical_json(value: Canonical) -> bytes:
    """Return sorted keys, no spaces, UTF-8; decimals as canonical strings, times in UTC.

    There is no float in it: the type forbids one, and NaN raises ValueError.
    """
    text = json.dumps(
        value,
        default=_text,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return text.encode()


def content_hash(value: Canonical) -> str:
    """Return the lower-case hexadecimal SHA-256 of the canonical JSON."""
    return sha256(canonical_json(value)).hexdigest()


def utc_text(moment: datetime) -> str:
    """Return RFC 3339 UTC with six decimals, so that text order is time order.

    Raises ValueError for a naive time.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} carries no time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _text(value: object) -> str:
    match value:
        case Decimal():
            return decimal_text(value)
        case datetime():
            return utc_text(value)
        case date():
            return value.isoformat()
        case Symbol():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical text")
