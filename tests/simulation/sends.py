"""Every submit as it left the daemon, kept outside of it: what may have been executed, and when."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from pydantic import ValidationError

from adapters.pingan.transport import HttpReply, SignedRequest, TransportError
from adapters.wire.errors import Outcome
from adapters.wire.models import ErrorView, SubmitRequest

GRACE_S = 60
HALT_MAX_S = 3
SENDS_MAX = 2


@dataclass(slots=True)
class Send:
    """One request; it is in doubt until it is proven that nothing was executed.

    `handed_s` is when the daemon let go of it, `at_s` when its bytes left: a host may sleep between
    the two, where no check of its own can notice.
    """

    handed_s: float
    at_s: float
    client_order_ids: tuple[str, ...]
    body_sha256: str
    is_harmless: bool = False


@dataclass(slots=True)
class SendLog:
    """All submits of a day, over all lives; `halted_at_s` is set while a person's halt stands.

    `sends_max` is how often an id may leave while it is not proven that nothing was executed.
    """

    sends: list[Send] = field(default_factory=list)
    halted_at_s: float | None = None
    sends_max: int = SENDS_MAX
    after_halt: list[Send] = field(default_factory=list)

    def begin(self, request: SignedRequest, handed_s: float, now_s: float) -> Send:
        """Note a submit that leaves."""
        orders = SubmitRequest.model_validate_json(request.body).orders
        ids = tuple(order.client_order_id for order in orders)
        send = Send(handed_s, now_s, ids, sha256(request.body).hexdigest())
        self.sends.append(send)
        if self.halted_at_s is not None and handed_s > self.halted_at_s + HALT_MAX_S:
            self.after_halt.append(send)
        return send

    def violations(self) -> Iterator[str]:
        """I5, I6 and I18 as the wire saw them."""
        doubtful: dict[str, list[Send]] = {}
        for send in self.sends:
            for name in () if send.is_harmless else send.client_order_ids:
                doubtful.setdefault(name, []).append(send)
        for name, sends in doubtful.items():
            if len(sends) > self.sends_max:
                yield f"I5 {name} may have been executed {len(sends)} times"
            elif len(sends) == SENDS_MAX and sends[1].at_s - sends[0].at_s < GRACE_S:
                yield f"I5 {name} left again after {sends[1].at_s - sends[0].at_s:.0f} s"
            if len({send.body_sha256 for send in sends}) > 1:
                yield f"I6 {name} left as other bytes"
        for send in self.after_halt:
            yield f"I18 {send.client_order_ids} left under a halt"


def is_harmless(outcome: HttpReply | TransportError) -> bool:
    """Whether an answer, or none, proves that nothing was executed."""
    if isinstance(outcome, TransportError):
        return not outcome.bytes_started
    try:
        view = ErrorView.model_validate_json(outcome.body)
    except ValidationError:
        return False
    return view.outcome is Outcome.NOT_EXECUTED
