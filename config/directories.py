"""The directories that systemd makes for a service, and those that its package makes."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from config.settings import Settings

SOCKET_NAME = "sage-execd.sock"
# Where the unit's credentials come from; only root may look.
INSTALLED_CREDENTIALS = Path("/etc/sage-execd/credentials")


def in_directories(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """Return the settings with the paths that the file leaves open laid into those directories.

    What the file names stays; where the manager names several directories, the first counts.
    """
    named = settings.paths.model_fields_set
    changes: dict[str, Path] = {}
    state = _first(environ.get("STATE_DIRECTORY", ""))
    if state is not None and "state" not in named:
        changes["state"] = state
    runtime = _first(environ.get("RUNTIME_DIRECTORY", ""))
    if runtime is not None and "socket" not in named:
        changes["socket"] = runtime / SOCKET_NAME
    if not changes:
        return settings
    return settings.model_copy(update={"paths": settings.paths.model_copy(update=changes)})


def credentials_folder(environ: Mapping[str, str], names: Iterable[str]) -> Path | None:
    """Return where secrets of these names may lie as files, for a person's verb.

    Outside the unit there is no $CREDENTIALS_DIRECTORY: whoever may read what the unit reads needs
    to set nothing, so that a halt beside a dead daemon is one word. Variables that are set win.
    """
    named = environ.get("CREDENTIALS_DIRECTORY")
    if named is not None:
        return Path(named)
    if any(environ.get(name) for name in names):
        return None
    return INSTALLED_CREDENTIALS if os.access(INSTALLED_CREDENTIALS, os.R_OK | os.X_OK) else None


def _first(directories: str) -> Path | None:
    first = directories.partition(":")[0]
    return Path(first) if first else None
