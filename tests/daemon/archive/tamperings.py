"""Random tamperings of a pack: one drawn from one seed."""

import json
import random
from collections.abc import Callable
from hashlib import sha256

from daemon.archive.pack import MANIFEST, digest_of

Files = dict[str, bytes]
Change = Callable[[random.Random, Files], str | None]

# What the chain seals: changed there, it shows although the manifest was written anew.
SEALED = ("chain/events", "rows/orders", "rows/fills", "rows/wire", "evidence/", "artifacts/")


def tamper(seed: int, files: Files) -> tuple[Files, str]:
    """Return the files with one thing changed, and what; what changes nothing is drawn again."""
    chance = random.Random(seed)
    while True:
        changed = dict(files)
        done = chance.choice(CHANGES)(chance, changed)
        if done is not None and changed != files:
            return changed, done


def tamper_and_forge(seed: int, files: Files) -> tuple[Files, str]:
    """Do the same to what the chain seals, and write a manifest that agrees with it."""
    chance = random.Random(seed)
    while True:
        inside = {name: content for name, content in files.items() if name.startswith(SEALED)}
        before = dict(inside)
        done = chance.choice((edit, reorder, truncate, swap_files))(chance, inside)
        if done is not None and inside != before:
            return forged({**files, **inside}), done


def forged(files: Files) -> Files:
    """Return the files with a manifest that lists them as they are."""
    manifest = json.loads(files[MANIFEST])
    rest = {name: content for name, content in files.items() if name != MANIFEST}
    manifest["files"] = {
        name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in sorted(rest.items())
    }
    manifest["digest"] = digest_of(manifest)
    return {**rest, MANIFEST: json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n"}


def edit(chance: random.Random, files: Files) -> str | None:
    """Change one byte of one file."""
    name = _one(chance, files)
    content = bytearray(files[name])
    place = chance.randrange(len(content))
    content[place] = (content[place] + chance.randrange(1, 256)) % 256
    files[name] = bytes(content)
    return f"byte {place} of {name}"


def delete_file(chance: random.Random, files: Files) -> str:
    """Take one file away."""
    name = _one(chance, files)
    del files[name]
    return f"{name} deleted"


def delete_line(chance: random.Random, files: Files) -> str | None:
    """Take one line away."""
    name = _one(chance, files)
    lines = files[name].splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    files[name] = b"".join(lines)
    return f"a line of {name} deleted"


def add_file(chance: random.Random, files: Files) -> str:
    """Put one more file beside the others."""
    name = f"evidence/{chance.randbytes(32).hex()}"
    files[name] = chance.randbytes(10)
    return f"{name} added"


def reorder(chance: random.Random, files: Files) -> str | None:
    """Let two lines of a file change their places."""
    name = _one(chance, files)
    lines = files[name].splitlines(keepends=True)
    if len(lines) < 2:
        return None
    one, other = chance.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    files[name] = b"".join(lines)
    return f"lines {one} and {other} of {name} exchanged"


def truncate(chance: random.Random, files: Files) -> str | None:
    """Cut the end of a file off."""
    name = _one(chance, files)
    files[name] = files[name][: chance.randrange(len(files[name]))]
    return f"{name} cut to {len(files[name])} bytes"


def swap_files(chance: random.Random, files: Files) -> str:
    """Let two files change their names."""
    one, other = chance.sample(sorted(files), 2)
    files[one], files[other] = files[other], files[one]
    return f"{one} and {other} exchanged"


def _one(chance: random.Random, files: Files) -> str:
    return chance.choice(sorted(name for name, content in files.items() if content))


CHANGES: tuple[Change, ...] = (
    edit,
    delete_file,
    delete_line,
    add_file,
    reorder,
    truncate,
    swap_files,
)
