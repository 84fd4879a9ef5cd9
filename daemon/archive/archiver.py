"""Leaves one verified pack a run, and takes back only what such a pack holds (docs/archive.md)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from daemon.archive.checking import Audit, audit_pack
from daemon.archive.folders import read_pack, write_folder
from daemon.archive.pack import Pack, PackBroken, pack_of
from daemon.artifacts.check import RETIRED
from daemon.artifacts.listing import artifacts_of
from daemon.closing import ENDED, FINAL_NOTE
from daemon.desk import ACTOR, Desk
from daemon.manual_list import Severity, raise_alarm
from statemachine.reasons import Reason
from statemachine.run import Run
from storage import anchors
from storage.anchors import AnchorsUnreadable
from storage.bindings import Artifact, Form
from storage.run_record import RunRecord

ARCHIVED = "ARCHIVED"
FAILURES = (OSError, PackBroken, AnchorsUnreadable)


class Archiver:
    """Archives ended runs; a pack that cannot be made is an alarm, and never stops the daemon.

    `look` checks the record and anchors its head, so that each pack ends at an anchor.
    """

    def __init__(
        self, desk: Desk, look: Callable[[], Awaitable[object]], anchors_path: Path
    ) -> None:
        self._desk = desk
        self._look = look
        self._anchors_path = anchors_path

    @property
    def folder(self) -> Path:
        """Where the packs lie."""
        return archive_folder(self._desk.settings.paths.archive, self._desk.settings.paths.state)

    async def keep(self, run_id: str) -> None:
        """Archive an ended run, and let go what no longer needs to lie beside the inputs."""
        await self.archive(run_id)
        await self.retire()

    async def archive(self, run_id: str) -> None:
        """Write the pack of a run over an older one, walk it, and note what it holds."""
        if not self._desk.settings.archive.enabled:
            return
        try:
            audit, digest = await self._archive(run_id)
        except FAILURES as error:
            await self._alarm(run_id, str(error))
            return
        now = self._desk.clock.now()
        note = {"digest": digest, "findings": str(len(audit.findings)), "events": str(audit.last)}
        await self._desk.store.note(f"{ARCHIVED}:{run_id}", note, actor=ACTOR, now=now)
        self._desk.log.info("run archived", run_id=run_id, digest=digest, files=audit.files)
        if audit.findings:
            first = audit.findings[0]
            await self._alarm(run_id, f"{first.file} {first.detail}")

    async def retire(self) -> None:
        """Remove the artifacts of old runs whose pack was just walked and holds the same bytes."""
        days = self._desk.settings.archive.artifacts_days
        if days == 0:
            return
        before = self._desk.clock.now().date() - timedelta(days=days)
        for run in await self._desk.store.runs(states=ENDED):
            if run.session_date is not None and run.session_date < before:
                await self._retire(run)

    async def _retire(self, run: Run) -> None:
        store, run_id = self._desk.store, run.run_id
        is_final = await store.latest_note(f"{FINAL_NOTE}:{run_id}") is not None
        if not is_final or await store.latest_note(f"{RETIRED}:{run_id}") is not None:
            return
        try:
            place = self.folder / run_id
            gone = await asyncio.to_thread(retire_artifacts, place, self._desk.artifacts, run_id)
        except FAILURES as error:
            await self._alarm(run_id, f"artifacts stay: {error}")
            return
        note = {"files": ",".join(gone)}
        now = self._desk.clock.now()
        await store.note(f"{RETIRED}:{run_id}", note, actor=ACTOR, now=now)
        self._desk.log.info("artifacts removed, archived before", run_id=run_id, files=len(gone))

    async def _archive(self, run_id: str) -> tuple[Audit, str]:
        files = await asyncio.to_thread(_artifacts, self._desk.artifacts, run_id)
        await self._bind_found(run_id, files)
        await self._look()
        record = await self._desk.store.run_record(run_id)
        if record is None:
            raise PackBroken(f"nothing is recorded of {run_id}")
        moment = self._desk.clock.now().isoformat()
        place = self.folder / run_id
        return await asyncio.to_thread(_make, record, files, self._anchors_path, moment, place)

    async def _bind_found(self, run_id: str, files: dict[str, bytes]) -> None:
        """Bind what an older version of this program, or another writer of reports, left there."""
        bound = await self._desk.store.bound_artifacts(run_id)
        found = [
            Artifact(name, sha256(content).hexdigest(), Form.OTHER, 0)
            for name, content in files.items()
            if name not in bound
        ]
        if found:
            now = self._desk.clock.now()
            await self._desk.store.bind_artifacts(run_id, found, now=now)

    async def _alarm(self, run_id: str, why: str) -> None:
        await raise_alarm(self._desk, Severity.P2, Reason.ARCHIVE_FAILED, why, run_id=run_id)


def archive_folder(archive: Path | None, state: Path) -> Path:
    """Return where packs go: the setting, else `archive` in the state folder."""
    return archive or state / "archive"


def packed_from(
    record: RunRecord, files: dict[str, bytes], anchors_path: Path, made_at: str
) -> Pack:
    """Return the pack of a record, these artifacts, and the anchors of its stretch.

    Raises OSError, AnchorsUnreadable.
    """
    anchored = anchors.of_stretch(anchors.read(anchors_path), record.first, record.last)
    return pack_of(record, files, anchored, made_at)


def retire_artifacts(place: Path, folder: Path, run_id: str) -> tuple[str, ...]:
    """Remove the artifacts that a pack holds, byte for byte; return their names.

    Raises OSError, and PackBroken for a pack that shows a single finding: then nothing goes.
    """
    files = read_pack(place)
    audit = audit_pack(files)
    if audit.findings or audit.run_id != run_id:
        raise PackBroken(f"the pack of {run_id} is not sound")
    gone = []
    for name in artifacts_of(folder, run_id):
        if files.get(f"artifacts/{name}") == (folder / name).read_bytes():
            (folder / name).unlink()
            gone.append(name)
    return tuple(gone)


def _artifacts(folder: Path, run_id: str) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in artifacts_of(folder, run_id)}


def _make(
    record: RunRecord, files: dict[str, bytes], anchors_path: Path, made_at: str, place: Path
) -> tuple[Audit, str]:
    pack = packed_from(record, files, anchors_path, made_at)
    write_folder(place, pack.files)
    return audit_pack(read_pack(place)), str(pack.manifest["digest"])
