"""The door of the daemon process: a second instance is turned away before anything is imported.

All that serves a market takes a second to import; who holds the lock is known long before.
"""

import os
import sys
from pathlib import Path

from config.loading import ConfigError, load_settings
from daemon.instance_lock import AlreadyRunning, InstanceLock


def start_daemon(config_path: Path, *, as_json: bool) -> int:
    """Run the daemon unless one runs on the same state; returns a sysexits code."""
    try:
        InstanceLock.require_free(load_settings(config_path).paths.state / "lock")
    except ConfigError as error:
        return _end(str(error), os.EX_CONFIG)
    except AlreadyRunning as error:
        return _end(str(error), os.EX_TEMPFAIL)
    from daemon.main_loop import run_daemon  # noqa: PLC0415 - heavy

    return run_daemon(config_path, as_json=as_json)


def _end(why: str, code: int) -> int:
    sys.stderr.write(f"sage-execd: {why}\n")
    return code
