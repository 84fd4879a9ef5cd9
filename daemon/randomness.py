import secrets
from typing import Protocol


class Randomness(Protocol):
    """Chance as a port, so that a whole day can be replayed from a seed."""

    def token_hex(self, byte_count: int) -> str:
        """Return that many random bytes in hexadecimal."""
        ...


class SystemRandomness:
    """The operating system's randomness."""

    def token_hex(self, byte_count: int) -> str:
        """Return that many random bytes in hexadecimal."""
        return secrets.token_hex(byte_count)
