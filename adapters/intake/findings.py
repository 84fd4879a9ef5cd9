"""What was found in one file of a pair: why it may not trade, and what is worth knowing."""

from dataclasses import replace

from statemachine.portfolio import Refusal
from statemachine.reasons import Reason

REFUSALS_MAX = 100
NOTES_MAX = 100
_SHOWN_MAX = 40


class Findings:
    """Collects refusals and notes of one file, at most 100 of each, in the order found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._refusals: list[Refusal] = []
        self._notes: list[str] = []
        self._more = 0

    def __bool__(self) -> bool:
        """Whether the file is refused."""
        return bool(self._refusals)

    def refuse(
        self, code: Reason, problem: str, *, line: int | None = None, field: str | None = None
    ) -> None:
        """Add one refusal; `problem` continues a sentence that names file, line and field."""
        if len(self._refusals) == REFUSALS_MAX:
            self._more += 1
            return
        message = f"{self._where(line, field)}: {problem}"
        self._refusals.append(Refusal(code, message, self.file, line, field))

    def note(self, code: Reason, sentence: str) -> None:
        """Add one note, as "CODE: sentence"; beyond the hundredth they are dropped."""
        if len(self._notes) < NOTES_MAX:
            self._notes.append(f"{code}: {sentence}")

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The refusals; the last of a full list says how many more there were."""
        if not self._more:
            return tuple(self._refusals)
        last = self._refusals[-1]
        told = replace(last, message=f"{last.message} (and {self._more} more problems)")
        return (*self._refusals[:-1], told)

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes."""
        return tuple(self._notes)

    def _where(self, line: int | None, field: str | None) -> str:
        parts = [self.file]
        if line is not None:
            parts.append(f"line {line}")
        if field is not None:
            parts.append(f"field {field}")
        return ", ".join(parts)


def shown(text: str) -> str:
    """Return foreign text quoted, on one line, cut to 40 characters, control signs escaped."""
    cut = text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "..."
    return repr(cut)
