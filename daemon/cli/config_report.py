"""What is wrong with a configuration that loads: missing secrets, folders, an empty endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import Mode, Settings


@dataclass(frozen=True, slots=True)
class ConfigReport:
    """`problems` keep the daemon from running; `notes` are worth knowing."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def report_on(settings: Settings, environ: Mapping[str, str]) -> ConfigReport:
    """Look at everything a start would need, without touching anything."""
    report = ConfigReport()
    pingan = settings.brokers.pingan
    report.notes.append(f"mode {settings.mode.value}, endpoint {pingan.endpoint or '-'}")
    if not pingan.endpoint:
        report.problems.append("brokers.pingan.endpoint is empty: the daemon cannot start")
    if not pingan.account_id:
        report.problems.append("brokers.pingan.account_id is empty")
    if settings.mode is Mode.LIVE:
        _look_at_live(settings, report)
    for name in (pingan.auth.access_key_env, pingan.auth.secret_key_env, pingan.auth.token_env):
        if not environ.get(name) and not _is_credential(name, environ):
            report.problems.append(f"{name}: neither a systemd credential nor in the environment")
    if not settings.paths.inbox.is_dir():
        report.problems.append(f"paths.inbox {settings.paths.inbox} is not a directory")
    return report


def _look_at_live(settings: Settings, report: ConfigReport) -> None:
    if settings.brokers.pingan.account_id not in settings.live.accounts:
        report.problems.append("live.accounts does not list brokers.pingan.account_id")
    if not settings.live.champions:
        report.problems.append("live.champions is empty: nothing may trade live")


def _is_credential(name: str, environ: Mapping[str, str]) -> bool:
    directory = environ.get("CREDENTIALS_DIRECTORY")
    return directory is not None and (Path(directory) / name).is_file()
