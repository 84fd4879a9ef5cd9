from pathlib import Path

from daemon.artifacts.files import write_atomically
from daemon.randomness import Randomness

KEY_BYTES = 32


class KeyUnusable(Exception):
    """What lies where the approval key should be is none; approvals signed with it are void."""


def approval_key(path: Path, randomness: Randomness) -> bytes:
    """Return the key that signs approvals, made once per state directory, readable by us alone.

    Raises KeyUnusable for a file that holds anything but one key: an empty key would sign too.
    """
    if not path.exists():
        write_atomically(path, randomness.token_hex(KEY_BYTES).encode())
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError as error:
        raise KeyUnusable(f"{path} holds no key") from error
    if len(key) != KEY_BYTES:
        raise KeyUnusable(f"{path} holds {len(key)} bytes, not {KEY_BYTES}")
    return key
