"""After another instance took the session over, nobody wins it back at once (rule 23)."""

from datetime import datetime, timedelta
from pathlib import Path

from daemon.artifacts.files import write_atomically
from daemon.clock import MachineClock

WAIT = timedelta(minutes=10)
SUPERSEDED, TAKE_OVER = "session.superseded", "session.take-over"


class TakeOverNeeded(Exception):
    """The session was lost to another instance a short while ago; a person must decide."""


class SessionFence:
    """Two small files of the state directory: when the session was lost, and a person's word."""

    def __init__(self, state: Path, machine: MachineClock) -> None:
        self._lost = state / SUPERSEDED
        self._word = state / TAKE_OVER
        self._machine = machine

    def require_open(self) -> None:
        """Raise TakeOverNeeded within ten minutes of a loss; a person's word opens it, once."""
        if not self._lost.exists():
            return
        lost_at = datetime.fromisoformat(self._lost.read_text(encoding="ascii").strip())
        since = self._machine.utc_now() - lost_at
        if since < WAIT and not self._word.exists():
            raise TakeOverNeeded(
                f"another instance took the session over at {lost_at:%H:%M:%S} UTC:"
                " `sage-execd resume --take-over` opens one before ten minutes are over"
            )
        self._word.unlink(missing_ok=True)
        self._lost.unlink()

    def note_superseded(self) -> None:
        """Remember that another instance took the session over, now."""
        write_atomically(self._lost, self._machine.utc_now().isoformat().encode())


def allow_take_over(state: Path, reason: str) -> None:
    """Let the next start open a session whoever has it now."""
    write_atomically(state / TAKE_OVER, f"{reason}\n".encode())
