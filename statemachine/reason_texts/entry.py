from dataclasses import dataclass
from enum import StrEnum


class ReasonKind(StrEnum):
    """What a reason does: stops a pair, stops a line for good, or for now, or asks a person."""

    REFUSAL = "REFUSAL"
    DENIED = "DENIED"
    DEFERRED = "DEFERRED"
    HOLD = "HOLD"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class ReasonText:
    """The meaning of a reason for a person."""

    kind: ReasonKind
    english: str
    chinese: str


def texts(kind: ReasonKind, sentences: dict[str, tuple[str, str]]) -> dict[str, ReasonText]:
    """Make entries of one kind from code -> (English, Chinese)."""
    return {
        code: ReasonText(kind, english, chinese) for code, (english, chinese) in sentences.items()
    }
