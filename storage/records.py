"""The values the store takes and gives that belong to no other room."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from market.side import Side
from market.symbol import Symbol
from statemachine.events import OrderReport
from statemachine.fill import Fill
from statemachine.order import Order
from statemachine.reasons import Reason


class Stage(StrEnum):
    """Which side of a plan an approval is for."""

    ALL = "ALL"
    SELLS = "SELLS"
    BUYS = "BUYS"

    def covers(self, side: Side) -> bool:
        """Whether orders of this side may leave on the strength of it."""
        return self is Stage.ALL or self is stage_of(side)


def stage_of(side: Side) -> Stage:
    """Return the stage that is about one side alone."""
    return Stage.SELLS if side is Side.SELL else Stage.BUYS


class Received(StrEnum):
    """What an accepted pair became."""

    NEW = "NEW"
    DUPLICATE = "DUPLICATE"


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's (or, in auto mode, the whitelist's) word for one plan hash; single use.

    `persons_min` is how many different persons must have said yes to the same for it to count.
    """

    run_id: str
    plan_hash: str
    approver: str
    uid: int
    created_at: datetime
    expires_at: datetime
    nonce: str
    mac: str
    stage: Stage = Stage.ALL
    persons_min: int = 1


@dataclass(frozen=True, slots=True)
class ResendRight:
    """Why the same bytes may leave once more (never-twice-never-lost.md A4).

    `dedupe_scope` is the broker's own word, `grace` how long the order was absent, `evidence` the
    complete list that did not show it.
    """

    dedupe_scope: str
    grace: timedelta
    evidence: bytes


@dataclass(frozen=True, slots=True)
class SubmitGuard:
    """What S0 checks inside its transaction besides lease, halt, approval and plan hash.

    `messages_max` is the daily limit on orders and cancels together. With `resend` the orders are
    in doubt and absent, and the bytes are those of their only send.
    """

    now: datetime
    session_date: date
    cut_off: datetime
    messages_max: int
    resend: ResendRight | None = None


@dataclass(frozen=True, slots=True)
class SentBatch:
    """One POST as it was opened; `times` is how often this order's bytes may have left so far."""

    client_order_ids: tuple[str, ...]
    body: bytes
    opened_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class SentOrder:
    """An order whose bytes may have left, `times` times."""

    client_order_id: str
    symbol: Symbol
    side: Side
    quantity: int
    times: int


@dataclass(frozen=True, slots=True)
class OpenedSubmit:
    """The write-ahead rows of one batch, committed before its first byte leaves.

    `committed_monotonic_ns` is when COMMIT returned, for the pause guard of S1.
    """

    wire_sequences: tuple[int, ...]
    client_order_ids: tuple[str, ...]
    body_sha256: str
    epoch: int
    committed_monotonic_ns: int


class SendOutcome(StrEnum):
    """How a wire row was closed."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class ClosedSend:
    """The outcome of one order of a batch; `report` when the venue showed the order."""

    wire_sequence: int
    client_order_id: str
    outcome: SendOutcome
    code: str
    message: str
    systemic: bool
    bytes_started: bool
    report: OrderReport | None


@dataclass(frozen=True, slots=True)
class Halt:
    """A standing order to send nothing; AUTO_HOLD clears itself, HALT needs `resume`.

    REDUCE_ONLY is one to buy nothing, and needs `resume` as well.
    """

    kind: str
    cause: str
    actor: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ManualItem:
    """Something a person must decide; `choices` are the words `resolve_manual` takes.

    `ours` and `theirs` are both sides' figures, as words; empty where there are none.
    """

    item_id: int
    run_id: str | None
    client_order_id: str | None
    symbol: Symbol | None
    reason: Reason
    detail: str
    choices: tuple[str, ...]
    created_at: datetime
    resolution: str | None = None
    ours: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """A row that breaks an invariant of never-twice-never-lost.md section B.

    `subject` is the key of the row: an order, a run, a name, an event number; "" for the file.
    """

    invariant: str
    detail: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of the record: its newest event, and how often rows were written until then.

    `written_here` and `written_elsewhere` are the connection's own counts; -1 where the mark
    comes from another process, and then it equals no mark of this one.
    """

    sequence: int
    hash: str
    written_here: int = -1
    written_elsewhere: int = -1


@dataclass(frozen=True, slots=True)
class Verification:
    """What one pass found; `mark` is the state it looked at, the next pass may begin there."""

    violations: tuple[Violation, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class BookChange:
    """What one batch of broker news changed: orders as they are now, fills that were new.

    `holds` are the words of what could not be believed or finished (`HoldCause` and the store's
    own, such as UNKNOWN_OWN_ORDER); those that do not clear themselves stand as a HALT as well.
    """

    orders: tuple[Order, ...]
    new_fills: tuple[Fill, ...]
    holds: tuple[str, ...]
