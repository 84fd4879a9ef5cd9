"""What both ends of the wire need from their host; handed in by the composition root."""

from collections.abc import Awaitable, Callable
from datetime import datetime

UtcNow = Callable[[], datetime]
"""Aware UTC wall time of this host; for signatures and sessions only, never market time."""

Sleep = Callable[[float], Awaitable[None]]
"""Lets that many real seconds pass."""

RandomBytes = Callable[[int], bytes]
"""That many unpredictable bytes, as `os.urandom` gives them."""
