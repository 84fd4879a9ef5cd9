import json
from pathlib import Path

from daemon.artifacts.files import fills_path, orders_path, reconcile_path


def artifacts_of(folder: Path, run_id: str) -> tuple[str, ...]:
    """Return the names of a run's artifacts in the folder, sorted; blocks on the disk.

    Receipts are named by time, so each is opened and asked whose it is.
    """
    named = (
        orders_path(folder, run_id),
        fills_path(folder, run_id),
        reconcile_path(folder, run_id),
    )
    found = [path.name for path in named if path.is_file()]
    found += [
        path.name
        for path in folder.glob("broker_submit_*.json")
        if json.loads(path.read_text(encoding="utf-8")).get("run_id") == run_id
    ]
    return tuple(sorted(found))
