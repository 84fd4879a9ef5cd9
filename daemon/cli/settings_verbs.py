import os
from pathlib import Path

import click

from daemon.cli.options import config_option, json_option
from daemon.cli.output import emit, fail


@click.command(name="check-config")
@config_option
@json_option
def check_config(config_path: Path, as_json: bool) -> None:
    """Check the configuration: every unknown key, bad value, missing secret and folder."""
    from config.directories import in_directories  # noqa: PLC0415 - heavy
    from config.loading import ConfigError, load_settings  # noqa: PLC0415 - heavy
    from daemon.cli.config_report import report_on  # noqa: PLC0415 - heavy

    try:
        settings = in_directories(load_settings(config_path), os.environ)
    except ConfigError as error:
        emit({"ok": False, "problems": [str(error)]}, as_json=as_json, text="")
        fail(str(error), os.EX_CONFIG)
    report = report_on(settings, os.environ)
    emit(
        {"ok": not report.problems, "problems": report.problems, "notes": report.notes},
        as_json=as_json,
        text="\n".join((*report.notes, *report.problems)) or "the configuration is sound",
    )
    if report.problems:
        raise SystemExit(os.EX_CONFIG)
