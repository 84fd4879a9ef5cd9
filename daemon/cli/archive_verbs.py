"""Verbs on packs: make one, walk one again, replay one. None of them asks the daemon."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.options import config_option, json_option
from daemon.cli.output import emit, fail, table
from daemon.cli.values import InputFile

if TYPE_CHECKING:
    from daemon.archive.checking import Audit
    from daemon.archive.replaying import Replayed
    from daemon.archive.what_if import WhatIf

BROKEN = 1
SHOWN_MAX = 20
PackPath = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("run_id")
@config_option
@click.option("--out", type=click.Path(path_type=Path), help="Where the pack goes.")
@click.option("--tar", "as_tar", is_flag=True, help="One tar file instead of a folder.")
@json_option
def archive(run_id: str, config_path: Path, out: Path | None, as_tar: bool, as_json: bool) -> None:
    """Write the pack of a run: its record, its files, and a manifest.

    The database is only read, beside a running daemon too. An ended run is archived by itself.
    """
    from daemon.archive.offline import ARCHIVING_FAILS, archive_offline  # noqa: PLC0415 - heavy

    try:
        place, audit = archive_offline(run_id, config_path, out, as_tar=as_tar)
    except ARCHIVING_FAILS as error:
        fail(str(error), os.EX_DATAERR)
    answer = {"run_id": run_id, "pack": str(place), **_audit_view(audit)}
    emit(answer, as_json=as_json, text=f"{place}\n{_audit_text(audit)}")
    if audit.findings:
        raise SystemExit(BROKEN)


@click.command()
@click.argument("act", type=click.Choice(["verify"]))
@click.argument("pack", type=PackPath, required=False)
@click.option("--database", type=InputFile, help="Walk a database file, or a copy, instead.")
@click.option("--anchors", type=InputFile, help="Anchors kept elsewhere, or the journal's log.")
@click.option("--key", type=InputFile, help="The key of the approvals: checks every seal.")
@json_option
def audit(
    act: str,
    pack: Path | None,
    database: Path | None,
    anchors: Path | None,
    key: Path | None,
    as_json: bool,
) -> None:
    """Walk the chain of a pack or a database again; exit 1 if anything was changed.

    Finds any edit, deletion, reorder or cut. Needs no daemon, and for a pack no database.
    """
    if (pack is None) == (database is None):
        raise click.UsageError(f"{act} needs a pack or --database, one of them")
    from daemon.archive.offline import AUDIT_FAILS, audit_database, audit_file  # noqa: PLC0415

    try:
        if database is not None:
            found = audit_database(database, anchors, key)
        else:
            found = audit_file(Path(str(pack)), anchors, key)
    except AUDIT_FAILS as error:
        fail(str(error), os.EX_DATAERR)
    emit(_audit_view(found), as_json=as_json, text=_audit_text(found))
    if found.findings:
        raise SystemExit(BROKEN)


@click.command()
@click.argument("pack", type=PackPath)
@click.option("--what-if", "settings", type=InputFile, help="Plan again with these settings.")
@json_option
def replay(pack: Path, settings: Path | None, as_json: bool) -> None:
    """Make plan, book and artifacts of a run again from its pack; exit 1 where they differ.

    Needs no broker, no database and no configuration.
    """
    from daemon.archive.offline import REPLAY_FAILS, replay_file, what_if_file  # noqa: PLC0415

    try:
        if settings is not None:
            answer = what_if_file(pack, settings)
            emit(_what_if_view(answer), as_json=as_json, text=_what_if_text(answer))
            return
        done = replay_file(pack)
    except REPLAY_FAILS as error:
        fail(str(error), os.EX_DATAERR)
    emit(asdict(done), as_json=as_json, text=_replay_text(done))
    if done.differences:
        raise SystemExit(BROKEN)


def _audit_view(audit: "Audit") -> dict[str, Any]:
    return {**asdict(audit), "sound": not audit.findings}


def _audit_text(audit: "Audit") -> str:
    what = f"run {audit.run_id}, " if audit.run_id else ""
    walked = f"{what}events {audit.first} to {audit.last}, {audit.anchors} anchors"
    if not audit.findings:
        return f"{walked}: nothing was changed"
    rows = [(found.file, found.detail) for found in audit.findings[:SHOWN_MAX]]
    return f"{walked}: {len(audit.findings)} findings\n\n{table(('file', 'finding'), rows)}"


def _replay_text(done: "Replayed") -> str:
    counts = f"{len(done.plan_hashes)} plans, {done.events} events, {len(done.artifacts)} files"
    lines = [
        f"run {done.run_id}: {counts} made again",
        *(f"plan {plan_hash}" for plan_hash in done.plan_hashes),
        *(f"not made again: {name}" for name in done.others),
    ]
    if not done.differences:
        return "\n".join([*lines, "everything is equal, every file byte for byte"])
    first, *rest = done.differences
    lines.append(f"first difference: {first.file}, row {first.row or '-'}, {first.field or '-'}")
    lines.append(f"  recorded {first.recorded}")
    lines.append(f"  replayed {first.replayed}")
    return "\n".join([*lines, f"{len(rest)} more differences"])


def _what_if_view(answer: "WhatIf") -> dict[str, Any]:
    after = answer.after
    return {
        "run_id": answer.before.run_id,
        "plan_hash_before": answer.before.plan_hash,
        "plan_hash_after": None if after is None else after.plan_hash,
        "exposure_before": str(answer.before.planned_exposure),
        "exposure_after": None if after is None else str(after.planned_exposure),
        "refusals": [asdict(refusal) for refusal in answer.refusals],
        "names": [asdict(name) for name in answer.names],
    }


def _what_if_text(answer: "WhatIf") -> str:
    if answer.after is None:
        said = "\n".join(f"{refusal.code}: {refusal.message}" for refusal in answer.refusals)
        return f"there would be no plan\n{said}"
    exposures = f"{answer.before.planned_exposure} -> {answer.after.planned_exposure}"
    rows = [tuple(asdict(one).values()) for one in answer.names]
    headers = ("ts_code", "change", "target", "target then", "planned", "planned then")
    return f"planned exposure {exposures}, {len(rows)} names differ\n\n{table(headers, rows)}"
