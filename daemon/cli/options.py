"""Options that several verbs share."""

import os
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import click

from daemon.cli.output import fail
from daemon.cli.socket_client import CONNECT_TIMEOUT_S, DaemonRefused, DaemonUnreachable, call

Verb = TypeVar("Verb", bound=Callable[..., Any])

DEFAULT_CONFIG = Path("config/app/broker.yaml")
INSTALLED_CONFIG = Path("/etc/sage-execd/broker.yaml")
DEFAULT_SOCKET = Path("/run/sage-execd/sage-execd.sock")


def json_option(verb: Verb) -> Verb:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(verb)


def socket_option(verb: Verb) -> Verb:
    """Add --socket, where the running daemon listens."""
    return click.option(
        "--socket",
        "socket_path",
        type=click.Path(path_type=Path),
        envvar="SAGE_EXECD_SOCKET",
        default=DEFAULT_SOCKET,
        show_default=True,
        help="The running daemon's control socket.",
    )(verb)


def default_config() -> Path:
    """Return the file of this folder (a checkout), else the one that the package installs."""
    found = (path for path in (DEFAULT_CONFIG, INSTALLED_CONFIG) if path.is_file())
    return next(found, DEFAULT_CONFIG)


def config_option(verb: Verb) -> Verb:
    """Add --config."""
    return click.option(
        "--config",
        "--config-path",
        "config_path",
        type=click.Path(path_type=Path),
        envvar="SAGE_EXECD_CONFIG",
        default=default_config,
        show_default=f"{DEFAULT_CONFIG} in this folder, else {INSTALLED_CONFIG}",
        help="The configuration file.",
    )(verb)


def part(text: str) -> str:
    """Return one part of a request's path, whatever was typed."""
    return quote(text, safe="", errors="replace")


def ask_daemon(
    socket_path: Path,
    method: str,
    target: str,
    body: dict[str, Any] | None = None,
    *,
    timeout_s: float = CONNECT_TIMEOUT_S,
) -> Any:
    """Call the daemon; unreachable (or its broker is) ends with 69, a refusal with 77, a bug 70."""
    try:
        return call(socket_path, method, target, body, timeout_s=timeout_s)
    except DaemonUnreachable as error:
        fail(str(error), os.EX_UNAVAILABLE)
    except DaemonRefused as refused:
        fail(str(refused), _exit_code(refused.status))


def _exit_code(status: int) -> int:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return os.EX_UNAVAILABLE
    return os.EX_SOFTWARE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else os.EX_NOPERM
