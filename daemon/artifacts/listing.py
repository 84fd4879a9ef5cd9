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
    producer's too, and a file there that is no receipt of ours is nobody's. A link could point at
    a secret, and a pipe be read for ever: only files count.
    """
    named = (
        orders_path(folder, run_id),
        fills_path(folder, run_id),
        reconcile_path(folder, run_id),
        page_path(folder, run_id),
    )
    charts = folder.glob(chart_path(folder, run_id, "*").name)
    receipts = filter(_is_plain, folder.glob("broker_submit_*.json"))
    found = [path.name for path in (*named, *charts) if _is_plain(path)]
    found += [path.name for path in receipts if _run_of(path) == run_id]
    return tuple(sorted(found))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _run_of(receipt: Path) -> object:
    """Return whose receipt it is, None where that cannot be read."""
    try:
        content = json.loads(receipt.read_bytes())
    except (OSError, ValueError):
        return None
    return content.get("run_id") if isinstance(content, dict) else None
