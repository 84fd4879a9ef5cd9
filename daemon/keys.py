import os
from pathlib import Path

from daemon.randomness import Randomness

KEY_BYTES = 32


def approval_key(path: Path, randomness: Randomness) -> bytes:
    """Return the key that signs approvals, made once per state directory, readable by us alone."""
    try:
        return bytes.fromhex(path.read_text())
    except FileNotFoundError:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as sink:
            sink.write(randomness.token_hex(KEY_BYTES))
            sink.flush()
            os.fsync(sink.fileno())
        return bytes.fromhex(path.read_text())
