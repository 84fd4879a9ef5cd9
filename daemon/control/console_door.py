"""What the control socket may ask of the console: where it is, and the token for a person."""

from typing import Protocol

from daemon.actions import Person


class ConsoleDoor(Protocol):
    """The console as the socket sees it; the socket's peer decides whose token is told."""

    @property
    def address(self) -> str:
        """What to type into a browser."""
        ...

    def token_for(self, person: Person, *, fresh: bool) -> str:
        """Return a person's token; `fresh` makes a new one and ends their sessions."""
        ...
