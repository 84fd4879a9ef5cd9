"""Which plans this daemon showed to whom, and when; forgotten with the process."""

from daemon.clock import MachineClock

NANOSECONDS = 1_000_000_000
KEPT_MAX = 1_000


class ShownPlans:
    """Real time since a plan was first shown to a person, by uid."""

    def __init__(self, machine: MachineClock) -> None:
        self._machine = machine
        self._first_ns: dict[tuple[str, int], int] = {}

    def note(self, plan_hash: str, uid: int) -> None:
        """Remember the first time; the oldest is forgotten when there are too many."""
        self._first_ns.setdefault((plan_hash, uid), self._machine.monotonic_ns())
        if len(self._first_ns) > KEPT_MAX:
            del self._first_ns[next(iter(self._first_ns))]

    def is_long_enough(self, plan_hash: str, uid: int, wanted_s: int) -> bool:
        """Whether this person has had this very plan for so many seconds."""
        first = self._first_ns.get((plan_hash, uid))
        if first is None:
            return False
        return self._machine.monotonic_ns() - first >= wanted_s * NANOSECONDS
