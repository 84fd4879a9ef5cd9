"""Walks a pack again, with nothing but the pack: every edit, deletion, reorder or cut shows."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from daemon.archive.pack import (
    ANCHORS,
    ARTIFACTS,
    MANIFEST,
    Files,
    Pack,
    PackBroken,
    anchors_in,
    chain_of,
    digest_of,
    extracts,
    opened,
    record_in,
)
from storage import anchors
from storage.anchors import Anchor
from storage.reapply import reapplied
from storage.records import Violation
from storage.run_record import RunRecord, check_record, restored

# What reading a record may end with that somebody changed at random.
MALFORMED = (
    PackBroken,
    sqlite3.Error,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a pack that is not as it was written; `file` is its name in the pack."""

    file: str
    detail: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What a walk found; `anchors` is how many anchors vouch for the stretch of the chain."""

    run_id: str
    first: int
    last: int
    files: int
    anchors: int
    findings: tuple[Finding, ...]


def audit_pack(
    files: Files, anchored: Sequence[Anchor] = (), approval_key: bytes | None = None
) -> Audit:
    """Walk a pack; `anchored` are anchors kept elsewhere, the key is that of the approvals."""
    try:
        pack = opened(files)
    except PackBroken as broken:
        return Audit("", 0, 0, len(files), 0, (Finding(MANIFEST, str(broken)),))
    findings = list(_files(pack))
    try:
        record, own = record_in(pack), anchors_in(pack)
        stretch = anchors.of_stretch(anchored, record.first, record.last)
        findings += _record(pack, record, approval_key)
        findings += _anchors(record, own, stretch, approval_key)
        findings += (Finding(ANCHORS, one.detail) for one in anchors.out_of_line(anchored))
    except MALFORMED as broken:
        findings.append(Finding(MANIFEST, f"the record cannot be read: {broken}"))
        return Audit(pack.run_id, 0, 0, len(files), 0, tuple(findings))
    vouching = {anchor.sequence for anchor in (*own, *stretch)}
    last = record.last
    return Audit(pack.run_id, record.first, last, len(files), len(vouching), tuple(findings))


def _files(pack: Pack) -> Iterator[Finding]:
    """Hold every file against the manifest, and the manifest against its own digest."""
    if digest_of(pack.manifest) != pack.manifest["digest"]:
        yield Finding(MANIFEST, "its content is not what its digest says")
    listed = pack.manifest["files"]
    for name in sorted(listed.keys() - pack.files.keys()):
        yield Finding(name, "is listed in the manifest and is not there")
    for name in sorted(pack.files.keys() - listed.keys() - {MANIFEST}):
        yield Finding(name, "is not listed in the manifest")
    for name in sorted(listed.keys() & pack.files.keys()):
        found = sha256(pack.files[name]).hexdigest()
        if listed[name].get("sha256") != found:
            yield Finding(name, f"has SHA-256 {found}, in the manifest {listed[name]}")
    rewritten = json.dumps(pack.manifest, indent=1, sort_keys=True).encode() + b"\n"
    if rewritten != pack.files[MANIFEST]:
        yield Finding(MANIFEST, "is not written as this program writes it")


def _record(pack: Pack, record: RunRecord, key: bytes | None) -> Iterator[Finding]:
    said, found = pack.manifest["chain"], chain_of(record)
    if said != found:
        yield Finding("chain/events.jsonl", f"is the stretch {found}, in the manifest {said}")
    yield from _out_of_order(record)
    for violation in check_record(record, key):
        yield Finding("chain/events.jsonl", f"{violation.invariant}: {violation.detail}")
    with reapplied(record) as book:
        for one in book.finish():
            detail = f"{one.row} {one.field} is {one.recorded}, the evidence says {one.replayed}"
            yield Finding(f"rows/{one.file}.jsonl", detail)
    for name, content in extracts(record):
        if pack.files.get(name) != content:
            yield Finding(name, "is not what the record says")
    yield from _artifacts(pack, record)


def _out_of_order(record: RunRecord) -> Iterator[Finding]:
    """A database would sort the rows; in a file they must lie as they were written."""
    for table, rows in record.rows.items():
        places = [int(row["sequence"] or 0) for row in rows if "sequence" in row]
        if places != sorted(set(places)):
            yield Finding(f"{table}.jsonl", "its rows are not in order")


def _artifacts(pack: Pack, record: RunRecord) -> Iterator[Finding]:
    bound = bound_artifacts(record)
    for name, content in pack.artifacts().items():
        known = bound.get(name)
        if known != sha256(content).hexdigest():
            why = "was never written by this run" if known is None else "is not as it was written"
            yield Finding(f"{ARTIFACTS}{name}", why)
    for name in sorted(bound.keys() - pack.artifacts().keys()):
        yield Finding(f"{ARTIFACTS}{name}", "was written and is not in the pack")


def bound_artifacts(record: RunRecord) -> dict[str, str]:
    """Return file name -> SHA-256 as each artifact of the run was written last."""
    return {
        str(row["subject"]): json.loads(str(row["detail"]))["sha256"]
        for row in record.rows["events"]
        if row["subject_kind"] == "ARTIFACT" and row["run_id"] == record.run_id
    }


def _anchors(
    record: RunRecord, own: Sequence[Anchor], others: Sequence[Anchor], key: bytes | None
) -> Iterator[Finding]:
    with restored(record) as connection:
        first = own[0].follows if own else ""
        found: list[Violation] = [
            *anchors.out_of_line(own, first),
            *anchors.against_chain(connection, (*own, *others), key),
        ]
    for violation in dict.fromkeys(found):
        yield Finding(ANCHORS, violation.detail)
