"""Which settings a plan was made with: part of what a person approves (trading-day.md rule 14)."""

import json
from datetime import time
from decimal import Decimal
from hashlib import sha256

from config.settings import Settings
from market.money import decimal_text

# What decides whether, what, how much, at which price and when is traded. Paths, ports, secrets'
# names and reading limits may change without anybody having to approve again.
MONEY_FIELDS = frozenset(
    {"checks", "capital", "prices", "market", "fees", "day", "flow", "account", "approve_gaps"},
)


def settings_hash(settings: Settings) -> str:
    """Return the SHA-256 of the money-relevant settings; 0.30 and 0.3 are equal."""
    values = settings.model_dump(include=set(MONEY_FIELDS))
    text = json.dumps(values, default=_text, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _text(value: object) -> str:
    match value:
        case Decimal():
            return decimal_text(value)
        case time():
            return value.isoformat()
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical text")
