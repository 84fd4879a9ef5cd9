"""How many messages a channel takes in a minute, by the host's own clock."""

from collections import deque
from collections.abc import Callable

NANOSECONDS = 1_000_000_000
MINUTE_S = 60


class Pace:
    """Counts the messages of the last 60 s; a pause asked for by the other end closes it."""

    def __init__(self, messages_per_minute: int, monotonic_ns: Callable[[], int]) -> None:
        self._messages_per_minute = messages_per_minute
        self._monotonic_ns = monotonic_ns
        self._sent_ns: deque[int] = deque()
        self._closed_until_ns = 0

    def room(self) -> int:
        """Return how many messages may leave now."""
        now_ns = self._monotonic_ns()
        while self._sent_ns and now_ns - self._sent_ns[0] >= MINUTE_S * NANOSECONDS:
            self._sent_ns.popleft()
        if now_ns < self._closed_until_ns:
            return 0
        return self._messages_per_minute - len(self._sent_ns)

    def count(self) -> None:
        """Count a message that leaves now."""
        self._sent_ns.append(self._monotonic_ns())

    def close_for(self, seconds: int) -> None:
        """Let nothing leave for a while."""
        self._closed_until_ns = self._monotonic_ns() + seconds * NANOSECONDS
