"""Verbs for timers: a verified backup, and whether the daemon spoke this morning."""

import os
from pathlib import Path

import click

from daemon.cli.options import config_option, json_option
from daemon.cli.output import emit, fail


@click.command()
@config_option
@click.option(
    "--to",
    "into",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder of the backups; each is a folder in it.",
)
@click.option("--keep", type=click.IntRange(min=1), default=14, show_default=True)
@json_option
def backup(config_path: Path, into: Path, keep: int, as_json: bool) -> None:
    """Copy the record while the daemon runs, verify the copy, keep the newest."""
    from config.directories import in_directories  # noqa: PLC0415 - heavy
    from config.loading import ConfigError, load_settings  # noqa: PLC0415 - heavy
    from daemon.backup import BackupFailed, back_up  # noqa: PLC0415 - heavy
    from daemon.machine_clock import SystemMachineClock  # noqa: PLC0415 - beside the others

    try:
        settings = in_directories(load_settings(config_path), os.environ)
        done = back_up(settings.paths.state, into, SystemMachineClock().utc_now(), keep=keep)
    except ConfigError as error:
        fail(str(error), os.EX_CONFIG)
    except BackupFailed as error:
        fail(str(error), os.EX_DATAERR)
    removed = [path.name for path in done.removed]
    emit(
        {"backup": str(done.folder), "removed": removed},
        as_json=as_json,
        text=f"{done.folder}: verified; {len(removed)} older removed",
    )


@click.command(name="morning-check")
@click.argument("message", type=click.Choice(["ready", "started"]))
@config_option
@json_option
def morning_check(message: str, config_path: Path, as_json: bool) -> None:
    """Look whether the daemon said "ready" or "started" on this session day; 69 if it did not."""
    from config.loading import ConfigError, load_settings  # noqa: PLC0415 - heavy
    from daemon.machine_clock import SystemMachineClock  # noqa: PLC0415 - beside the others
    from daemon.morning_check import Silent, look  # noqa: PLC0415 - heavy

    try:
        found = look(message, load_settings(config_path), SystemMachineClock().utc_now())
    except ConfigError as error:
        fail(str(error), os.EX_CONFIG)
    except Silent as error:
        fail(str(error), os.EX_UNAVAILABLE)
    emit({"message": message, "found": found}, as_json=as_json, text=found)
