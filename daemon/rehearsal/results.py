"""One JSON object a rehearsed run, and whether it counts as faulty or refused."""

from dataclasses import dataclass
from typing import Any

from daemon.rehearsal.driver import Played

REFUSED = {"REFUSED"}
SOUND = {"COMPLETED", "COMPLETED_WITH_EXCEPTIONS", "REFUSED"}


@dataclass(frozen=True, slots=True)
class RunResult:
    """`content` is the line of `rehearse --json`; `ledger_differences` say why not equal."""

    content: dict[str, Any]
    orders: list[dict[str, Any]]
    ledger_differences: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the pair was refused."""
        return self.content["status"] in REFUSED

    @property
    def is_faulty(self) -> bool:
        """Whether anything is left broken, unequal, failed or unfinished."""
        content = self.content
        return (
            bool(content["breaks"]) or not content["ledger_match"] or content["status"] not in SOUND
        )


def result_of(played: Played) -> RunResult:
    """Join the daemon's summary with what only the rehearsal knows."""
    content = {
        **played.shown["summary"],
        "ledger_match": not played.differences,
        "restarts": played.restarts,
        "artifacts": played.shown["artifacts"],
    }
    return RunResult(content, played.shown["orders"], played.differences)
