import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.instance_lock import AlreadyRunning, InstanceLock

TAKE = """
import sys
from pathlib import Path
from daemon.instance_lock import AlreadyRunning, InstanceLock
try:
    InstanceLock.acquire(Path(sys.argv[1]))
except AlreadyRunning as error:
    sys.exit(str(error))
"""


def test_a_second_lock_is_refused_at_once_and_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = InstanceLock.acquire(path)

    with pytest.raises(AlreadyRunning, match=str(path)):
        InstanceLock.acquire(path)

    lock.release()


def test_another_process_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = InstanceLock.acquire(path)
    take = [sys.executable, "-c", TAKE, str(path)]

    refused = subprocess.run(take, capture_output=True, text=True, timeout=20, check=False)
    lock.release()
    taken = subprocess.run(take, capture_output=True, text=True, timeout=20, check=False)

    assert (refused.returncode, taken.returncode) == (1, 0)
    words = f"another sage-execd, pid {os.getpid()}, holds {path}"
    assert refused.stderr.strip() == words


def test_asking_whether_a_lock_is_free_takes_and_makes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    InstanceLock.require_free(path)
    assert not path.exists()

    lock = InstanceLock.acquire(path)
    with pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}, holds"):
        InstanceLock.require_free(path)
    lock.release()

    InstanceLock.require_free(path)
    InstanceLock.acquire(path).release()


def test_a_holder_that_has_not_said_its_pid_is_refused_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = InstanceLock.acquire(path)
    os.truncate(path, 0)

    with pytest.raises(AlreadyRunning, match="pid unknown, holds"):
        InstanceLock.require_free(path)

    lock.release()


def test_a_released_lock_can_be_taken_and_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("99999999 and more\n")
    InstanceLock.acquire(path).release()

    assert path.read_text() == f"{os.getpid()}\n"

    again = InstanceLock.acquire(path)
    assert again.still_held()
    again.release()


def test_a_lock_whose_file_was_removed_or_replaced_is_no_longer_held(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = InstanceLock.acquire(path)
    assert lock.still_held()

    path.unlink()
    assert not lock.still_held()
    path.touch()
    assert not lock.still_held()

    lock.release()
