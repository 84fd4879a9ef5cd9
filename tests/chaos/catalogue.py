"""Every named point a daemon can be killed at, and the week in which it is passed."""

from collections.abc import Mapping
from dataclasses import dataclass

Kinds = Mapping[tuple[str, ...], tuple[str, ...]]

AROUND_A_COMMIT = ("before BEGIN", "before COMMIT", "after COMMIT")
AROUND_A_REQUEST = ("before the first byte", "after the first byte", "after the reply")
AROUND = ("before", "after")
ARTIFACTS = ("broker_submit", "broker_orders", "broker_fills", "broker_reconcile")

CYCLE: Kinds = {
    AROUND_A_COMMIT: (
        *("acquire", "append", "apply_news", "approve", "close_submits", "create", "decide"),
        *("move", "open_batch", "receive", "recover_open", "save", "save_plan"),
        *("set_breaks", "set_statuses"),
    ),
    AROUND_A_REQUEST: (
        *("ask fills", "ask funds", "ask health", "ask instruments", "ask movements"),
        *("ask orders", "ask positions", "ask quotes", "send orders", "send session"),
    ),
    AROUND: (
        *("take the lock", "open the store", "open the session", "join the clock"),
        *("recover the sends", "recover the plans", "recover the inbox", "reconcile"),
        *("serve the status page", "serve the control socket", "read portfolio"),
        *("read execution_context", "person adopt", "person approve"),
        *("anchor", "fdatasync anchors.jsonl", "fsync approval.key", "rename approval.key"),
        *("fsync folder inbox", "fsync folder state"),
        *(f"fsync {artifact}" for artifact in ARTIFACTS),
        *(f"rename {artifact}" for artifact in ARTIFACTS),
    ),
}
# What was not done is left over in the whole week only, where two names cannot be bought.
QUIET: Kinds = {
    AROUND_A_COMMIT: ("save_residual",),
    AROUND: ("person decline",),
}
TROUBLED: Kinds = {
    AROUND_A_COMMIT: (
        *("add", "resolve", "announce", "halt", "lift", "resume", "never_send", "set_unresolved"),
        *("want_cancel", "open_cancel", "close_cancel", "close_absent"),
    ),
    AROUND_A_REQUEST: ("send cancel", "ask order"),
    AROUND: ("person halt", "person resume"),
}
# What the second life passes before it opens its socket, after the first died while sending.
RECOVERY: Kinds = {
    AROUND_A_COMMIT: ("acquire", "recover_open", "set_breaks"),
    AROUND_A_REQUEST: (*("ask orders", "ask fills", "ask funds", "ask positions", "send session"),),
    AROUND: (
        *("take the lock", "open the store", "open the session", "join the clock"),
        *("recover the sends", "recover the plans", "recover the inbox", "reconcile"),
        *("serve the status page", "serve the control socket"),
    ),
}


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a week; `name` is what the fuse counts."""

    week: str
    name: str

    def __str__(self) -> str:
        return f"{self.week}: {self.name}"


def all_points() -> tuple[Point, ...]:
    """Return every named point."""
    weeks = {"cycle": CYCLE, "quiet": QUIET, "troubled": TROUBLED, "recovery": RECOVERY}
    return tuple(
        Point(week, f"{'commit ' if moments is AROUND_A_COMMIT else ''}{name}: {moment}")
        for week, kinds in weeks.items()
        for moments, names in kinds.items()
        for name in names
        for moment in moments
    )
