"""A run as one pack of files (docs/archive.md): its record, the bytes it names, a manifest.

Pure: files are names and bytes here; `folders` puts them on a disk.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from daemon import __version__
from statemachine.canonical import canonical_json
from storage.anchors import Anchor
from storage.run_record import Row, RunRecord

FORMAT = 1
MANIFEST, ANCHORS = "manifest.json", "chain/anchors.jsonl"
EVENTS, ROWS, EVIDENCE = "chain/events", "rows/", "evidence/"
INPUTS, ARTIFACTS = "inputs/", "artifacts/"

Files = Mapping[str, bytes]


class PackBroken(Exception):
    """A file of the pack cannot be read as what it must be; the sentence names file and line."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Every file of a pack by its name in it, and the manifest among them read."""

    files: Files
    manifest: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """Whose pack it is."""
        return str(self.manifest["run_id"])

    def artifacts(self) -> dict[str, bytes]:
        """Return the artifacts of the run by file name."""
        return {
            name.removeprefix(ARTIFACTS): content
            for name, content in self.files.items()
            if name.startswith(ARTIFACTS)
        }


def pack_of(record: RunRecord, artifacts: Files, anchored: Iterable[Anchor], made_at: str) -> Pack:
    """Return the pack of a run; `made_at` is market time as text."""
    files = dict(_record_files(record))
    files |= {f"{ARTIFACTS}{name}": content for name, content in artifacts.items()}
    files[ANCHORS] = _lines(asdict(anchor) for anchor in anchored)
    files |= dict(extracts(record))
    manifest = {
        "format": FORMAT,
        "made_by": f"sage-execd {__version__}",
        "made_at": made_at,
        "run_id": record.run_id,
        "state": record.run()["state"],
        "schema": record.schema,
        "chain": chain_of(record),
        "files": {
            name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(files.items())
        },
    }
    manifest["digest"] = digest_of(manifest)
    content = json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n"
    return Pack({MANIFEST: content, **files}, manifest)


def chain_of(record: RunRecord) -> dict[str, str | int]:
    """Return what the manifest says of the stretch of the chain."""
    return {
        "first": record.first,
        "last": record.last,
        "before": record.before,
        "head": str(record.rows["events"][-1]["hash"]),
    }


def digest_of(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the manifest without its own digest."""
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    return sha256(canonical_json(rest)).hexdigest()


def opened(files: Files) -> Pack:
    """Return a pack from its files. Raises PackBroken where the manifest is none."""
    try:
        manifest = json.loads(files[MANIFEST])
    except KeyError as error:
        raise PackBroken(f"{MANIFEST} is missing") from error
    except ValueError as error:
        raise PackBroken(f"{MANIFEST}: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise PackBroken(f"{MANIFEST} is not of format {FORMAT}")
    wanted = {"run_id", "chain", "files", "schema", "digest"}
    if not manifest.keys() >= wanted or not isinstance(manifest["files"], dict):
        raise PackBroken(f"{MANIFEST} lacks {', '.join(sorted(wanted - manifest.keys()))}")
    return Pack(files, manifest)


def record_in(pack: Pack) -> RunRecord:
    """Return the record of the run. Raises PackBroken."""
    try:
        rows = {table_of(name): _rows(name, pack.files[name]) for name in _row_files(pack.files)}
        rows = {table: rows[table] for table in sorted(rows, key=_restoring_order)}
        return RunRecord(
            run_id=pack.run_id,
            schema=int(pack.manifest["schema"]),
            before=str(pack.manifest["chain"]["before"]),
            rows=rows,
            blobs={
                "evidence": {
                    str(row["sha256"]): pack.files[f"{EVIDENCE}{row['sha256']}"]
                    for row in rows["evidence"]
                },
                "input_blob": {
                    key: pack.files[name] for name, key in input_names(rows["inputs"]).items()
                },
            },
        )
    except (KeyError, TypeError, IndexError) as error:
        raise PackBroken(f"the pack lacks {error}") from error


def anchors_in(pack: Pack) -> tuple[Anchor, ...]:
    """Return the anchors of the stretch. Raises PackBroken."""
    try:
        return tuple(Anchor(**row) for row in _rows(ANCHORS, pack.files[ANCHORS]))
    except (KeyError, TypeError) as error:
        raise PackBroken(f"{ANCHORS}: {error}") from error


def input_names(inputs: Iterable[Row]) -> dict[str, str]:
    """Return name in the pack -> SHA-256; later deliveries of the same run lie in folders."""
    names: dict[str, str] = {}
    for number, row in enumerate(inputs):
        folder = INPUTS if number == 0 else f"{INPUTS}{number + 1}/"
        for kind in ("csv", "context"):
            plain = str(row[f"{kind}_name"]).replace("/", "_")
            names[f"{folder}{plain}"] = str(row[f"{kind}_sha256"])
    return names


def table_of(name: str) -> str:
    """Return which table a file of rows is of."""
    return name.removeprefix(ROWS).removeprefix("chain/").removesuffix(".jsonl")


def plan_events(record: RunRecord) -> Iterator[Row]:
    """Yield the event of the making of each plan of the run."""
    for row in record.rows["events"]:
        if row["subject_kind"] == "PLAN" and row["run_id"] == record.run_id:
            yield row


def _record_files(record: RunRecord) -> Iterator[tuple[str, bytes]]:
    for table, rows in record.rows.items():
        name = f"{EVENTS}.jsonl" if table == "events" else f"{ROWS}{table}.jsonl"
        yield name, _lines(rows)
    for key, content in record.blobs["evidence"].items():
        yield f"{EVIDENCE}{key}", content
    for name, key in input_names(record.rows["inputs"]).items():
        yield name, record.blobs["input_blob"][key]


def extracts(record: RunRecord) -> Iterator[tuple[str, bytes]]:
    """Yield for readers: the plan in force, and the settings and rules it was made with."""
    wanted = record.run()["plan_hash"]
    for row in record.rows["plan"]:
        if row["plan_hash"] == wanted:
            yield "plan.json", _readable(json.loads(str(row["body"])))
    for event in plan_events(record):
        key = event["evidence_sha256"]
        if event["subject"] == wanted and key is not None:
            document = json.loads(record.blobs["evidence"][str(key)])
            yield "settings.json", _readable(document.get("settings"))
            yield "rules.json", _readable(document.get("rules"))


def _readable(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(canonical_json(row) + b"\n" for row in rows)


def _row_files(files: Files) -> list[str]:
    return [name for name in files if name.startswith(ROWS) or name == f"{EVENTS}.jsonl"]


def _restoring_order(table: str) -> tuple[bool, str]:
    return table == "events", table


def _rows(name: str, content: bytes) -> tuple[dict[str, Any], ...]:
    found = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise PackBroken(f"{name}, line {number}: {error}") from error
        if not isinstance(row, dict):
            raise PackBroken(f"{name}, line {number} is no row")
        found.append(row)
    return tuple(found)
