"""Odd files in the inbox by class of never-twice-never-lost.md section D, made in a folder.

Each spoils one drop of a good pair that is marked ready, and names the refusal that must come.
"""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from statemachine.reasons import Reason
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, context_bytes, csv_bytes

READY_NAME = "portfolio_20251107.ready"
PARTS = (CSV_NAME, CONTEXT_NAME)


@dataclass(frozen=True, slots=True)
class BadDrop:
    """`spoil` changes the good drop in a folder."""

    name: str
    spoil: Callable[[Path], object]
    reason: Reason
    file: str


def _replaced(name: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return spoil


def _symbolic_link(path: Path) -> None:
    target = path.with_name(f"elsewhere_{path.name}")
    target.write_bytes(csv_bytes())
    path.symlink_to(target)


def _dangling_link(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def _hard_link(path: Path) -> None:
    other = path.with_name(f"other_{path.name}")
    other.write_bytes(csv_bytes())
    path.hardlink_to(other)


def _socket(path: Path) -> None:
    """Bind by a short name: the address of a socket holds a hundred characters."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _null_device(path: Path) -> None:
    os.mknod(path, 0o640 | stat.S_IFCHR, os.makedev(1, 3))


def _sparse(path: Path) -> None:
    path.touch(0o640)
    os.truncate(path, 100_000_000)


def _writable_by_everybody(path: Path) -> None:
    path.touch()
    path.chmod(0o666)


ODD_KINDS: dict[str, Callable[[Path], object]] = {
    "a symbolic link": _symbolic_link,
    "a dangling link": _dangling_link,
    "a link to itself": _link_to_itself,
    "a hard link": _hard_link,
    "a FIFO": os.mkfifo,
    "a directory": Path.mkdir,
    "a socket": _socket,
}


def odd_files() -> Iterator[BadDrop]:
    """Whatever is no regular file of its own under one of the three names."""
    for name in (*PARTS, READY_NAME):
        for kind, make in ODD_KINDS.items():
            yield BadDrop(f"{kind} as {name}", _replaced(name, make), Reason.FILE_NOT_REGULAR, name)


def devices() -> Iterator[BadDrop]:
    """Only where the host lets us make one."""
    for name in PARTS:
        spoil = _replaced(name, _null_device)
        yield BadDrop(f"a device as {name}", spoil, Reason.FILE_NOT_REGULAR, name)


def sizes_and_rights() -> Iterator[BadDrop]:
    for name in PARTS:
        yield BadDrop(f"100 MB as {name}", _replaced(name, _sparse), Reason.FILE_TOO_LARGE, name)
        open_to_all = _replaced(name, _writable_by_everybody)
        yield BadDrop(f"{name} for everybody", open_to_all, Reason.FILE_PERMISSIONS, name)
    yield BadDrop(
        "a ready file of 5 kB",
        partial(_write_ready, b"x" * 5_000),
        Reason.FILE_TOO_LARGE,
        READY_NAME,
    )
    empty = _replaced(CSV_NAME, lambda path: path.touch(0o640))
    yield BadDrop("an empty portfolio file", empty, Reason.CSV_TRUNCATED, CSV_NAME)
    empty = _replaced(CONTEXT_NAME, lambda path: path.touch(0o640))
    yield BadDrop("an empty context file", empty, Reason.JSON_SYNTAX, CONTEXT_NAME)


def _promise(name: str, data: bytes) -> str:
    return f"{sha256(data).hexdigest()}  {name}\n"


def _write_ready(data: bytes, folder: Path) -> None:
    (folder / READY_NAME).write_bytes(data)


def broken_promises() -> Iterator[BadDrop]:
    """Ready files that contradict the pair, or themselves."""
    csv, context = _promise(CSV_NAME, csv_bytes()), _promise(CONTEXT_NAME, context_bytes())
    for name, text in {
        "of another portfolio": _promise(CSV_NAME, b"other") + context,
        "of another context": csv + _promise(CONTEXT_NAME, b"other"),
        "of the portfolio alone": csv,
        "of the context alone": context,
        "of a third file": csv + context + _promise("portfolio_20251114.csv", b""),
        "with a file twice": csv + csv + context,
        "in capitals": (csv + context).upper(),
        "with short digests": csv[8:] + context,
        "with one space": csv.replace("  ", " ") + context,
        "with a path": csv.replace(CSV_NAME, f"./{CSV_NAME}") + context,
        "in words": "ready\n",
        "with a blank line": csv + "\n" + context,
        "as UTF-16": (csv + context).encode("utf-16").decode("latin-1"),
        "of NUL bytes": "\x00" * 64,
        "of one newline": "\n",
    }.items():
        data = text.encode("latin-1")
        spoil = partial(_write_ready, data)
        yield BadDrop(f"a ready file {name}", spoil, Reason.READY_MISMATCH, READY_NAME)


FAMILIES = (odd_files, devices, sizes_and_rights, broken_promises)


def all_bad_drops() -> tuple[BadDrop, ...]:
    """Return every odd drop."""
    return tuple(drop for family in FAMILIES for drop in family())


# Names beside the pair that are no input, whatever they look like.
ODD_NAMES: tuple[bytes, ...] = (
    b"portfolio_20251107.csv\n",
    b"portfolio_2025110.csv",
    b"portfolio_20251107.CSV",
    b"portfolio_20251107.csv~",
    b".portfolio_20251107.csv.swp",
    b"portfolio_20251107 (1).csv",
    b"portfolio_20251107.csv.part",
    "portfolio_２０２５１１０７.csv".encode(),
    "\u202eportfolio_20251107.csv".encode(),
    "portfolio_20251107\u200b.csv".encode(),
    "组合_20251107.csv".encode("gbk"),
    b"portfolio_20251107.csv\xff",
    b"..portfolio_20251107.csv",
    b"p" * 255,
    b"-rf",
    b"broker_orders_20251107-0123456789ab.parquet",
    b"$(reboot)",
)
