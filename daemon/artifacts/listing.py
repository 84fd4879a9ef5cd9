import json
from pathlib import Path

from daemon.artifacts.files import (
    chart_path,
    fills_path,
    orders_path,
    page_path,
    reconcile_path,
)


def artifacts_of(folder: Path, run_id: str) -> tuple[str, ...]:
    """Return the names of a run's artifacts in the folder, sorted; blocks on the disk.

    Receipts are named by time, so each is opened and asked whose it is; the folder is the
    producer's too, and a file there that is no receipt of ours is nobody's.
    """
    named = (
        orders_path(folder, run_id),
        fills_path(folder, run_id),
        reconcile_path(folder, run_id),
        page_path(folder, run_id),
    )
    found = [path.name for path in named if path.is_file()]
    found += [path.name for path in folder.glob(chart_path(folder, run_id, "*").name)]
    found += [path.name for path in folder.glob("broker_submit_*.json") if _run_of(path) == run_id]
    return tuple(sorted(found))


def _run_of(receipt: Path) -> object:
    """Return whose receipt it is, None where that cannot be read."""
    try:
        content = json.loads(receipt.read_bytes())
    except (OSError, ValueError):
        return None
    return content.get("run_id") if isinstance(content, dict) else None
