"""What a broker in memory answers to a submit or a cancel."""

from dataclasses import dataclass, field

from adapters.broker import SendVerdict
from market.symbol import Symbol
from statemachine.events import VenueStatus

RAW_STATUS = {
    VenueStatus.REPORTED: 50,
    VenueStatus.PART_CANCEL: 53,
    VenueStatus.CANCELED: 54,
    VenueStatus.PART_SUCC: 55,
    VenueStatus.SUCCEEDED: 56,
    VenueStatus.JUNK: 57,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one submit brings for every order; `arrives` puts the orders on the book all the same.

    `of_symbol` answers single names otherwise, `seconds` is how long the answer takes.
    """

    verdict: SendVerdict
    code: str = ""
    systemic: bool = False
    arrives: bool = False
    of_symbol: dict[str, "Answer"] = field(default_factory=dict)
    seconds: int = 0

    def for_symbol(self, symbol: Symbol) -> "Answer":
        return self.of_symbol.get(str(symbol), self)


ACCEPTED = Answer(SendVerdict.ACCEPTED, arrives=True)
NOT_SENT = Answer(SendVerdict.NOT_SENT, "CONNECT", systemic=True)
UNKNOWN_AND_LOST = Answer(SendVerdict.UNKNOWN, "TIMEOUT", systemic=True)
UNKNOWN_BUT_THERE = Answer(SendVerdict.UNKNOWN, "TIMEOUT", systemic=True, arrives=True)


def refused(code: str, *, systemic: bool = False) -> Answer:
    return Answer(SendVerdict.REFUSED, code, systemic=systemic)
