"""Who is logged in: sessions in memory, each with a secret of its own for its forms."""

import hmac
from dataclasses import dataclass, field

from daemon.actions import Person
from daemon.clock import MachineClock
from daemon.randomness import Randomness

SECRET_BYTES = 32
SESSIONS_MAX = 64
WRONG_FREE = 3
LOCK_S_MAX = 60
NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """What the next page says about the last act: a key of the texts and what it speaks of.

    `detail` are the daemon's own words, `chinese` the same where somebody wrote them.
    """

    key: str
    subject: str = ""
    detail: str = ""
    is_error: bool = False
    chinese: str = ""


@dataclass(slots=True)
class Session:
    """One login of one person; `csrf` is in each of its forms, `told` waits for the next page."""

    person: Person
    csrf: str
    seen_ns: int
    told: list[Told] = field(default_factory=list)

    def wrote(self, csrf: str) -> bool:
        """Whether a form is one of this session's own."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())


class Sessions:
    """All logins. A new login is a new session: an id from outside is never taken."""

    def __init__(self, clock: MachineClock, randomness: Randomness, idle_s: int) -> None:
        self._clock = clock
        self._randomness = randomness
        self._idle_ns = idle_s * NANOSECONDS
        self._sessions: dict[str, Session] = {}

    def open(self, person: Person) -> str:
        """Log a person in and return the id for their cookie; the longest unseen makes room."""
        self._forget_idle()
        while len(self._sessions) >= SESSIONS_MAX:
            del self._sessions[min(self._sessions, key=lambda key: self._sessions[key].seen_ns)]
        session_id = self._randomness.token_hex(SECRET_BYTES)
        csrf = self._randomness.token_hex(SECRET_BYTES)
        self._sessions[session_id] = Session(person, csrf, self._clock.monotonic_ns())
        return session_id

    def find(self, session_id: str, *, is_click: bool = True) -> Session | None:
        """Return the session of a cookie; what a page does by itself does not keep it alive."""
        self._forget_idle()
        session = self._sessions.get(session_id)
        if session is not None and is_click:
            session.seen_ns = self._clock.monotonic_ns()
        return session

    def close(self, session_id: str) -> None:
        """Log out."""
        self._sessions.pop(session_id, None)

    def close_all_of(self, person: Person) -> None:
        """Log a person out everywhere."""
        self._sessions = {
            key: session
            for key, session in self._sessions.items()
            if session.person.uid != person.uid
        }

    def _forget_idle(self) -> None:
        oldest_ns = self._clock.monotonic_ns() - self._idle_ns
        self._sessions = {
            key: session for key, session in self._sessions.items() if session.seen_ns >= oldest_ns
        }


class Lockout:
    """Wrong tokens make the next try wait: 1, 2, 4 ... 60 s after the first three."""

    def __init__(self, clock: MachineClock) -> None:
        self._clock = clock
        self._wrong = 0
        self._until_ns = 0

    def wait_s(self) -> int:
        """Return how long nobody may try, whole seconds, 0 when they may."""
        left_ns = self._until_ns - self._clock.monotonic_ns()
        return max(0, -(-left_ns // NANOSECONDS))

    def note_wrong(self) -> None:
        """Count one wrong token."""
        self._wrong += 1
        beyond = self._wrong - WRONG_FREE
        if beyond >= 0:
            wait_s = min(2**beyond, LOCK_S_MAX)
            self._until_ns = self._clock.monotonic_ns() + wait_s * NANOSECONDS

    def note_right(self) -> None:
        """Begin to count anew."""
        self._wrong = 0
