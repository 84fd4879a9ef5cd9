"""What is wrong with a configuration that loads: missing secrets, folders, an empty endpoint."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from config.directories import credentials_folder
from config.loading import ConfigError
from config.settings import Mode, Settings
from daemon.industries import read_industries
from daemon.market_files import load_calendar, load_rules
from daemon.people import People


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
    for name in pingan.auth.names():
        if not environ.get(name) and not _is_credential(name, environ):
            report.problems.append(f"{name}: neither a systemd credential nor in the environment")
    _look_at_alert_secrets(settings, environ, report)
    _look_at_files(settings, report)
    return report


def _look_at_alert_secrets(
    settings: Settings, environ: Mapping[str, str], report: ConfigReport
) -> None:
    alerts = settings.alerts
    wanted = {
        "alerts.wecom.key_env": alerts.wecom.key_env,
        "alerts.sms.secret_id_env": alerts.sms.secret_id_env,
        "alerts.sms.secret_key_env": alerts.sms.secret_key_env,
        "alerts.apprise.addresses_env": alerts.apprise.addresses_env,
    }
    for key, name in wanted.items():
        if name and not environ.get(name) and not _is_credential(name, environ):
            report.problems.append(
                f"{key} {name}: neither a systemd credential nor in the environment"
            )


def _look_at_files(settings: Settings, report: ConfigReport) -> None:
    """Everything that is read or written where the file says: what is missing, by its key."""
    paths = settings.paths
    for key, folder in (("paths.inbox", paths.inbox), ("paths.artifacts", paths.artifacts)):
        if folder is not None and not folder.is_dir():
            report.problems.append(f"{key} {folder} is not a directory")
    for key, made in (("paths.state", paths.state), ("paths.socket", paths.socket.parent)):
        if made.exists() and not made.is_dir():
            report.problems.append(f"{key}: {made} is not a directory")
    _look_at_market(settings, report)
    try:
        read_industries(paths.instruments)
        People.of(settings.people, os.getuid())
    except ConfigError as error:
        report.problems.extend(map(str, error.problems))


def _look_at_market(settings: Settings, report: ConfigReport) -> None:
    market = settings.market
    # One at a time: the rule book tells only the first file it cannot use.
    alone = [market.model_copy(update={"rule_files": (path,)}) for path in market.rule_files]
    readings: list[Callable[[], object]] = [partial(load_rules, each) for each in alone]
    readings.append(partial(load_calendar, market))
    for read in readings:
        try:
            read()
        except ConfigError as error:
            report.problems.extend(map(str, error.problems))


def _look_at_live(settings: Settings, report: ConfigReport) -> None:
    if settings.brokers.pingan.account_id not in settings.live.accounts:
        report.problems.append("live.accounts does not list brokers.pingan.account_id")
    if not settings.live.champions:
        report.problems.append("live.champions is empty: nothing may trade live")


def _is_credential(name: str, environ: Mapping[str, str]) -> bool:
    folder = credentials_folder(environ, ())
    return folder is not None and (folder / name).is_file()
