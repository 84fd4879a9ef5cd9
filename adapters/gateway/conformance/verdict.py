"""What a case can come to."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How one case ended; a SKIP says why it could not be tried here."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a secret
    FAIL = "FAIL"
    SKIP = "SKIP"


class NotKept(Exception):
    """The gateway broke a promise of the contract; the message is the whole report."""


class NotTried(Exception):
    """This gateway, market or account gives no chance to try the case; the message says why."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case of a run; `reason` is empty where it passed."""

    number: str
    group: str
    title: str
    verdict: Verdict
    reason: str = ""


def require(holds: bool, sentence: str) -> None:
    """Raise NotKept with the sentence unless the promise holds."""
    if not holds:
        raise NotKept(sentence)
