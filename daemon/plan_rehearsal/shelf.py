"""Rehearsals kept beside the database: one file a plan, found by the plan's hash alone.

They are no record of anything that happened, so they are not in the database: nothing that sends,
counts or reconciles can come across one, and any of them may be deleted.
"""

import re
from pathlib import Path

from daemon.artifacts.files import write_atomically
from daemon.plan_rehearsal import values
from daemon.plan_rehearsal.values import PlanRehearsal
from storage.documents import decode, encode

FOLDER = "plan_rehearsals"
PLAN_HASH = re.compile(r"[0-9a-f]{64}")
PRIVATE = 0o700


def keep(state: Path, rehearsal: PlanRehearsal) -> None:
    """Keep a rehearsal in place of an earlier one of the same plan. Raises OSError, ValueError."""
    path = _path(state, rehearsal.plan_hash)
    path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    write_atomically(path, encode(values.rehearsal(), rehearsal).encode())


def find(state: Path, plan_hash: str) -> PlanRehearsal | None:
    """Return the rehearsal of exactly this plan; None where there is none that reads as one."""
    try:
        found = decode(values.rehearsal(), _path(state, plan_hash).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if found.plan_hash == plan_hash else None


def _path(state: Path, plan_hash: str) -> Path:
    if PLAN_HASH.fullmatch(plan_hash) is None:
        raise ValueError(f"{plan_hash!r} is no plan hash")
    return state / FOLDER / f"{plan_hash}.json"
