"""Writing our files so that a reader sees the old one or the new one, and never takes it for input.

Names are those of architecture.md section 5. Everything lands in the directory of the inputs.
"""

import os
import re
from datetime import datetime, timedelta
from pathlib import Path

from market.phases import SHANGHAI

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
ROOT_UID = 0
ONE_SECOND = timedelta(seconds=1)
_TEMPORARY = re.compile(r"\.(?P<name>.+)\.partial")
_OWN = re.compile(
    r"broker_submit_[0-9]{8}_[0-9]{6}\.json"
    r"|broker_(?:orders|fills)_[0-9]{8}-[0-9A-Za-z-]+\.parquet"
    r"|broker_reconcile_[0-9]{8}-[0-9A-Za-z-]+\.json"
    r"|broker_report_[0-9]{8}-[0-9A-Za-z-]+\.html"
    r"|broker_chart_[a-z]+_[0-9]{8}-[0-9A-Za-z-]+\.png"
)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file as a whole, durably, readable by its owner alone.

    The bytes go to a hidden file beside it, are synced and renamed over the name, and the
    directory is synced: after this returns neither a crash nor a power cut brings the old file
    back. Raises OSError; what was there before is then untouched. One writer a file: the hidden
    name is fixed, so that the leftover of a crash is overwritten instead of collected.
    """
    temporary = path.with_name(f".{path.name}.partial")
    try:
        _write_synced(temporary, content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def is_own_output(name: str) -> bool:
    """Whether a file name is one of ours, finished or on its way: such a file is never input."""
    temporary = _TEMPORARY.fullmatch(name)
    return _OWN.fullmatch(temporary["name"] if temporary else name) is not None


def receipt_path(folder: Path, moment: datetime) -> Path:
    """Return where a receipt of this market moment goes; a taken second gives way to the next."""
    local = moment.astimezone(SHANGHAI).replace(microsecond=0)
    while (path := folder / f"broker_submit_{local:%Y%m%d_%H%M%S}.json").exists():
        local += ONE_SECOND
    return path


def orders_path(folder: Path, run_id: str) -> Path:
    """Return where the order table of a run goes."""
    return folder / f"broker_orders_{run_id}.parquet"


def fills_path(folder: Path, run_id: str) -> Path:
    """Return where the fill table of a run goes."""
    return folder / f"broker_fills_{run_id}.parquet"


def reconcile_path(folder: Path, run_id: str) -> Path:
    """Return where the reconcile report of a run goes."""
    return folder / f"broker_reconcile_{run_id}.json"


def page_path(folder: Path, run_id: str) -> Path:
    """Return where the page that tells of a run goes."""
    return folder / f"broker_report_{run_id}.html"


def chart_path(folder: Path, run_id: str, chart: str) -> Path:
    """Return where a chart of a run goes."""
    return folder / f"broker_chart_{chart}_{run_id}.png"


def _write_synced(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, PRIVATE)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        os.fchmod(file.fileno(), PRIVATE)
        _hand_over(file.fileno(), path.parent)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def make_private_folder(folder: Path) -> None:
    """Make a folder that only the owner of the one above it may enter; one that is there stays."""
    try:
        folder.mkdir(mode=PRIVATE_FOLDER)
    except FileExistsError:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _hand_over(descriptor, folder.parent)
    finally:
        os.close(descriptor)


def _hand_over(descriptor: int, folder: Path) -> None:
    """Root acts for the owner of the folder: the daemon's user could not read a file of root's."""
    if os.geteuid() == ROOT_UID:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
