"""Compares the daemon's record with the venue's own ledger, exactly."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage import against_ledger
from storage.ledger_document import read_ledger
from storage.offline import open_copy


def differences(database: Path, ledger: Mapping[str, Any]) -> tuple[str, ...]:
    """Return everything in which the record of an account and the venue's ledger contradict.

    Raises CopyUnreadable and LedgerUnreadable.
    """
    with open_copy(database) as connection:
        found = against_ledger.compare(connection, read_ledger(json.dumps(ledger)))
    return tuple(violation.detail for violation in found)
