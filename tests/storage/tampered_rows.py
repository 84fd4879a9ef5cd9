"""Rows made like another one, for tamperings that add what never happened."""

# ruff: noqa: S608 - the statements tamper on purpose, with ids made in these tests

from storage import journal

COLUMNS = {
    "events": (*journal.SEALED_COLUMNS, "prev_hash", "hash"),
    "wire": (
        *("client_order_id", "kind", "try", "run_id", "plan_hash", "approval_id"),
        *("session_date", "cut_off", "body_sha256", "opened_at", "opened_utc"),
        *("opened_monotonic_ns", "opened_sequence", "boot_id", "epoch", "closed_at"),
        *("bytes_started", "outcome", "code", "message", "systemic", "evidence_sha256"),
    ),
}


def copied(table: str, where: str, *changes: str) -> str:
    """Insert a row like another one, but for these columns."""
    changed = dict(change.split(" = ", 1) for change in changes)
    values = ", ".join(changed.get(name, name) for name in COLUMNS[table])
    return (
        f"INSERT INTO {table} ({', '.join(COLUMNS[table])})"
        f" SELECT {values} FROM {table} WHERE {where}"
    )
