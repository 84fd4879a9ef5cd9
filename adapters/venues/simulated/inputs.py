"""What is asked of a venue, by name: the port through which a journal learns of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Call(StrEnum):
    """Everything from outside that changes what a venue does."""

    PLACE = "place"
    CANCEL = "cancel"
    CANCEL_AT_COUNTER = "cancel_at_counter"
    SCRIPT = "script"
    ARM = "arm"
    DISARM = "disarm"
    STRUCK = "struck"
    JOIN = "join"
    LEAVE = "leave"


class Inputs(Protocol):
    """Told of every call before it is carried out."""

    def record(self, call: Call, at: datetime, content: Any) -> None:
        """Remember a call at market time; `content` is JSON."""
        ...

    def reach(self, moment: datetime) -> None:
        """Remember that market time goes on to a moment."""
        ...


class NoInputs:
    """Remembers nothing."""

    def record(self, call: Call, at: datetime, content: Any) -> None:
        """Do nothing."""

    def reach(self, moment: datetime) -> None:
        """Do nothing."""
