"""The door of the daemon process: a second instance is turned away before anything is imported.

All that serves a market takes a second to import; who holds the lock is known long before.
"""

import os
from pathlib import Path

from config.directories import in_directories
from config.loading import ConfigError, load_settings
from daemon.instance_lock import AlreadyRunning, InstanceLock
from daemon.journal_stream import end


def start_daemon(config_path: Path, *, as_json: bool) -> int:
    """Run the daemon unless one runs on the same state; returns a sysexits code."""
    try:
        settings = in_directories(load_settings(config_path), os.environ)
        InstanceLock.require_free(settings.paths.state / "lock")
    except ConfigError as error:
        return end(str(error), os.EX_CONFIG)
    except AlreadyRunning as error:
        return end(str(error), os.EX_TEMPFAIL)
    from daemon.main_loop import run_daemon  # noqa: PLC0415 - heavy

    return run_daemon(config_path, as_json=as_json)
