"""Packs on a disk: a folder, or one tar file that has the same bytes wherever it is made."""

import io
import os
import shutil
import tarfile
from pathlib import Path

from daemon.archive.pack import Files, PackBroken

PRIVATE_FOLDER, PRIVATE = 0o700, 0o600


def write_folder(folder: Path, files: Files) -> None:
    """Write a pack beside its place, then let it take the place as a whole. Raises OSError."""
    partial, old = (folder.with_name(f".{folder.name}.{word}") for word in ("partial", "old"))
    for leftover in (partial, old):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir(parents=True, mode=PRIVATE_FOLDER)
    for name, content in files.items():
        path = partial / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        _write_synced(path, content)
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def write_tar(path: Path, files: Files) -> None:
    """Write a pack as one tar file, as a whole. Raises OSError."""
    partial = path.with_name(f".{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_synced(partial, tar_of(files))
    partial.replace(path)


def read_pack(path: Path) -> dict[str, bytes]:
    """Return every file of a pack, a folder or a tar. Raises OSError, PackBroken."""
    return _read_folder(path) if path.is_dir() else _read_tar(path.read_bytes())


def tar_of(files: Files) -> bytes:
    """Return the one tar of these files: names in order, no owner, no times."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            member.mode = PRIVATE
            tar.addfile(member, io.BytesIO(files[name]))
    return content.getvalue()


def _read_folder(folder: Path) -> dict[str, bytes]:
    """A link is no file of a pack: what it leads to may be anything."""
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise PackBroken(f"{name} is a link")
        if path.is_file():
            files[name] = path.read_bytes()
    return files


def _read_tar(content: bytes) -> dict[str, bytes]:
    """The bytes around the files count, too: what differs from the one tar of them was changed."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
            for member in tar:
                taken = tar.extractfile(member) if member.isfile() else None
                if taken is None or member.name in files:
                    raise PackBroken(f"{member.name} is no file, or is there twice")
                files[member.name] = taken.read()
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise PackBroken(f"no tar: {error}") from error
    if tar_of(files) != content:
        raise PackBroken("the tar is not as this program writes it")
    return files


def _write_synced(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(path, flags, PRIVATE), "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
