"""Writes artifacts and binds their bytes to the chain: the one door for files of a run."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from daemon.artifacts.files import write_atomically
from daemon.desk import Desk
from statemachine.canonical import Canonical
from storage.bindings import Artifact, Form


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """A file to write; `facts` is what it was made from beside the book and the evidence."""

    path: Path
    content: bytes
    form: Form
    facts: Mapping[str, Canonical] = field(default_factory=dict)


async def write_artifacts(
    desk: Desk,
    run_id: str,
    files: Sequence[ArtifactFile],
    *,
    as_of: int | None = None,
    evidence: bytes | None = None,
) -> None:
    """Write every file, each whole or not at all, then one event a file with its SHA-256.

    `as_of` is the event the book stood at that they tell of (`Chronicle.run_book`), the newest
    where they tell of none; `evidence` is what they were made from beside it. A crash between
    file and event leaves a file that the chain does not know: it is written again. Raises OSError.
    """
    await asyncio.to_thread(_write_all, files)
    moment = await desk.store.newest_event() if as_of is None else as_of
    bound = [
        Artifact(file.path.name, sha256(file.content).hexdigest(), file.form, moment, file.facts)
        for file in files
    ]
    await desk.store.bind_artifacts(run_id, bound, now=desk.clock.now(), evidence=evidence)


def _write_all(files: Sequence[ArtifactFile]) -> None:
    for file in files:
        write_atomically(file.path, file.content)
