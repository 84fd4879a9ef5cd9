"""What the verbs on packs do, with nothing but files."""

from pathlib import Path

from config.loading import ConfigError, load_settings
from daemon.archive.archiver import archive_folder, packed_from
from daemon.archive.checking import MALFORMED, Audit, Finding, audit_pack
from daemon.archive.document import DocumentUnreadable
from daemon.archive.folders import read_pack, write_folder, write_tar
from daemon.archive.pack import PackBroken, opened
from daemon.archive.replaying import Replayed, replay
from daemon.archive.what_if import WhatIf, what_if
from daemon.artifacts.listing import artifacts_of
from daemon.inspection import Exhibits, ExhibitUnreadable, inspect
from daemon.machine_clock import SystemMachineClock
from market.phases import SHANGHAI
from storage import anchors, journal
from storage.anchors import Anchor, AnchorsUnreadable
from storage.offline import CopyUnreadable, open_copy
from storage.run_record import record_of

ARCHIVING_FAILS = (ConfigError, CopyUnreadable, AnchorsUnreadable, PackBroken, OSError)
AUDIT_FAILS = (
    ExhibitUnreadable,
    CopyUnreadable,
    AnchorsUnreadable,
    PackBroken,
    OSError,
    ValueError,
)
REPLAY_FAILS = (PackBroken, DocumentUnreadable, ConfigError, OSError, ValueError)


def archive_offline(
    run_id: str, config: Path, out: Path | None, *, as_tar: bool
) -> tuple[Path, Audit]:
    """Write a pack from the database file; raises what ARCHIVING_FAILS lists."""
    paths = load_settings(config).paths
    folder = paths.artifacts or paths.inbox
    with open_copy(paths.state / "execd.sqlite") as connection:
        record = record_of(connection, run_id)
    if record is None:
        raise PackBroken(f"nothing is recorded of {run_id}")
    files = {name: (folder / name).read_bytes() for name in artifacts_of(folder, run_id)}
    moment = SystemMachineClock().utc_now().astimezone(SHANGHAI).isoformat()
    pack = packed_from(record, files, paths.state / "anchors.jsonl", moment)
    place = (out or archive_folder(paths.archive, paths.state)) / run_id
    if as_tar:
        place = place.with_name(f"{run_id}.tar")
        write_tar(place, pack.files)
    else:
        write_folder(place, pack.files)
    return place, audit_pack(read_pack(place))


def audit_file(pack: Path, anchors_file: Path | None, key_file: Path | None) -> Audit:
    """Walk a pack; a folder or tar that cannot be read as one is a finding."""
    anchored, key = _anchors(anchors_file), _key(key_file)
    try:
        return audit_pack(read_pack(pack), anchored, key)
    except PackBroken as broken:
        return Audit("", 0, 0, 0, 0, (Finding(pack.name, str(broken)),))


def audit_database(database: Path, anchors_file: Path | None, key_file: Path | None) -> Audit:
    """Walk a database; anchors and key are taken from beside it where none are named."""
    anchors_file = anchors_file or database.with_name("anchors.jsonl")
    beside = database.with_name("approval.key")
    key = _key(key_file or (beside if beside.is_file() else None))
    anchored = _anchors(anchors_file)
    found = inspect(Exhibits(database, anchors_file, key))
    with open_copy(database) as connection:
        last, _ = journal.head(connection)
    findings = tuple(Finding(one.invariant, f"{one.subject} {one.detail}") for one in found)
    return Audit("", 1, last, 1, len(anchored), findings)


def replay_file(pack: Path) -> Replayed:
    """Replay a pack; raises what REPLAY_FAILS lists."""
    try:
        return replay(opened(read_pack(pack)))
    except MALFORMED as error:
        raise PackBroken(f"the record cannot be read, audit it: {error}") from error


def what_if_file(pack: Path, settings: Path) -> WhatIf:
    """Plan again under other settings; raises what REPLAY_FAILS lists."""
    return what_if(opened(read_pack(pack)), settings)


def _anchors(path: Path | None) -> tuple[Anchor, ...]:
    return () if path is None else anchors.read(path)


def _key(path: Path | None) -> bytes | None:
    return None if path is None else bytes.fromhex(path.read_text(encoding="ascii"))
