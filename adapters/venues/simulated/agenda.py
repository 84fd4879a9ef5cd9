"""What will happen at the venue and when, in one order however time is stepped."""

import heapq
from collections.abc import Callable
from datetime import datetime
from enum import IntEnum

Action = Callable[[datetime], None]


class Rank(IntEnum):
    """Which of several things at one instant comes first."""

    ROLL = 0
    REPORT = 1
    REJECT = 2
    MATCH = 3
    CANCEL = 4
    EXPIRE = 5
    SCRIPT = 6


class Agenda:
    """Actions by market time, then rank, then the order in which they were scheduled."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._entries: list[tuple[datetime, Rank, int, Action]] = []
        self._scheduled = 0

    def schedule(self, at: datetime, rank: Rank, action: Action) -> None:
        """Have `action` called with `at` once time reaches it."""
        self._scheduled += 1
        heapq.heappush(self._entries, (at, rank, self._scheduled, action))

    def run_next(self, until: datetime) -> bool:
        """Do the next thing that is due by a moment; False when nothing is."""
        if not self._entries or self._entries[0][0] > until:
            return False
        at, _, _, action = heapq.heappop(self._entries)
        action(at)
        return True
