"""The folder a rehearsal writes into: empty, or one an earlier rehearsal made."""

import shutil
from pathlib import Path

from daemon.rehearsal.options import RehearsalError

MARK = ".sage-execd-rehearsal"


def prepare_folder(out: Path, *, replace: bool) -> None:
    """Make the folder; an earlier rehearsal's is removed first where `replace` says so.

    Raises RehearsalError for a folder that holds anything else: nothing of it is touched.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise RehearsalError(f"{out} is not a folder")
    if out.exists() and any(out.iterdir()):
        if not (out / MARK).is_file():
            raise RehearsalError(f"{out} is not empty and no rehearsal made it")
        if not replace:
            raise RehearsalError(f"{out} holds an earlier rehearsal; choose another --out")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()
