"""Who a pair is: its content, never its name, place or time (trading-day.md rule 6)."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256

from adapters.intake.context import Context
from statemachine.canonical import Canonical, content_hash
from statemachine.portfolio import Target

_DIGITS = 12


def input_hash(context: Context, targets: Sequence[Target]) -> str:
    """Return the SHA-256 of the contract fields: the same content always has the same hash.

    `targets` carry industry as the file says it: what instrument data fill in later is no part of
    the identity, so newer instrument data do not make a new run. A row date counts only where it
    is not the signal's own: a file refused for old rows and then corrected is another content.
    Lines, paths and all other columns are left out; 0.03 and 3e-2 are equal.
    """
    return content_hash(
        {
            "active_champion_id": context.champion_id,
            "risk_checks": dict(context.risk_checks),
            "target_exposure": context.target_exposure,
            "targets": [_canonical(target, context.signal_date) for target in targets],
            "trade_date": context.signal_date,
        },
    )


def _canonical(target: Target, signal_date: date) -> Mapping[str, Canonical]:
    content: dict[str, Canonical] = {
        "industry": target.industry,
        "ts_code": target.symbol,
        "weight": target.weight,
    }
    if target.row_date not in {None, signal_date}:
        content["trade_date"] = target.row_date
    return content


def run_id_of(signal_date: date, digest: str) -> str:
    """Return `<trade_date>-<12 hex>` (architecture.md section 5)."""
    return f"{signal_date:%Y%m%d}-{digest[:_DIGITS]}"


def bytes_hash(csv: bytes, context: bytes) -> str:
    """Return the identity of a pair that cannot be read: the SHA-256 of both files' bytes.

    The length of the first stands before them, so that no bytes can move from one to the other.
    """
    digest = sha256(len(csv).to_bytes(8, "big"))
    digest.update(csv)
    digest.update(context)
    return digest.hexdigest()


def unreadable_run_id(file_day: str, digest: str) -> str:
    """Return `<YYYYMMDD of the file name>-<12 hex>` for a pair that cannot be read."""
    return f"{file_day}-{digest[:_DIGITS]}"
