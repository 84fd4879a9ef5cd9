"""The port through which a person is reached: one message out, one of three answers back."""

from dataclasses import dataclass
from typing import Protocol

from statemachine.severity import Severity

CUT = "..."


@dataclass(frozen=True, slots=True)
class Message:
    """What one person reads at once: lines of Chinese, and the two words a text message carries.

    `code` is the first incident's, with "+2" where two more are in the same message.
    """

    severity: Severity
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other end took it; `remark` is what else it said."""

    remark: str = ""


@dataclass(frozen=True, slots=True)
class TryLater:
    """It was not taken now, or nobody knows whether it was: send it again, not before `after_s`."""

    after_s: int
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel is broken for this message: somebody else must carry it meanwhile."""

    why: str


Answer = Delivered | TryLater | Refused


@dataclass(frozen=True, slots=True)
class Traits:
    """What a channel is like.

    A last resort carries only what nobody acknowledged elsewhere. A channel that is not believed
    says yes to what nobody may ever read: its yes ends no P0.
    """

    name: str
    text_bytes_max: int
    is_last_resort: bool = False
    is_believed: bool = True


class Channel(Protocol):
    """One way to a person."""

    @property
    def traits(self) -> Traits:
        """What it is like; never changes."""
        ...

    def room(self) -> int:
        """Return how many messages it may take now."""
        ...

    async def send(self, message: Message) -> Answer:
        """Send one message once; whatever the other end does is an answer."""
        ...

    async def close(self) -> None:
        """Let go of whatever is open."""
        ...


def cut(text: str, bytes_max: int) -> str:
    """Return the text, ended with "..." before the character that passes the limit in UTF-8."""
    content = text.encode()
    if len(content) <= bytes_max:
        return text
    return content[: bytes_max - len(CUT)].decode(errors="ignore") + CUT
