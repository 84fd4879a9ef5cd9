"""The directories that systemd makes for a service (StateDirectory=, RuntimeDirectory=)."""

from collections.abc import Mapping
from pathlib import Path

from config.settings import Settings

SOCKET_NAME = "sage-execd.sock"


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


def _first(directories: str) -> Path | None:
    first = directories.partition(":")[0]
    return Path(first) if first else None
