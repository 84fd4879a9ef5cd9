"""NL1 to NL6 of never-twice-never-lost.md section D, after a week that was played to its end."""

import json
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256

from daemon.rehearsal.results import result_of
from statemachine.order_id import is_own_order_id
from storage import anchors
from storage.database import connect_read_only
from storage.verify import verify
from tests.chaos.play import Outcome

RECOVERY_MAX_S = 10
ENDED = {"COMPLETED", "COMPLETED_WITH_EXCEPTIONS"}
# What a process may end with that says why: sysexits, SIGTERM's 0, and what the test did itself.
NAMED_ENDS = {0, 69, 70, 74, 75, 77, 78, -signal.SIGKILL}


def violations(outcome: Outcome) -> tuple[str, ...]:
    """Return what was lost, doubled or left open; empty when nothing was."""
    state = outcome.out / "state"
    key = bytes.fromhex((state / "approval.key").read_text(encoding="ascii"))
    anchored = anchors.read(state / "anchors.jsonl")
    with closing(connect_read_only(state / "execd.sqlite")) as connection:
        found = [
            *(f"{bad.invariant} {bad.detail}" for bad in verify(connection, key, anchored)),
            *_inputs(outcome, connection),
            *_sends(outcome, connection),
            *_people(outcome, connection),
        ]
    return (*found, *_books(outcome), *_ends(outcome))


def _inputs(outcome: Outcome, connection: sqlite3.Connection) -> Iterator[str]:
    """NL1: the bytes that were accepted are kept."""
    for path in (outcome.played.pair.portfolio, outcome.played.pair.context):
        digest = sha256(path.read_bytes()).hexdigest()
        row = connection.execute("SELECT 1 FROM input_blob WHERE sha256 = ?", (digest,)).fetchone()
        if row is None:
            yield f"NL1 the bytes of {path.name} are not kept"


def _sends(outcome: Outcome, connection: sqlite3.Connection) -> Iterator[str]:
    """NL2, NL5: every order at the venue was written down before it left, and left once."""
    sent = {
        row["client_order_id"]: row["opened_at"]
        for row in connection.execute("SELECT * FROM wire WHERE kind = 'SUBMIT'")
    }
    orders = outcome.played.ledger["orders"]
    for identity, times in Counter(order["client_order_id"] for order in orders).items():
        if is_own_order_id(identity) and identity not in sent:
            yield f"NL2 {identity} is at the venue and was never written down"
        if times > 1:
            yield f"NL5 {identity} was placed {times} times"


def _people(outcome: Outcome, connection: sqlite3.Connection) -> Iterator[str]:
    """NL4: what a person was told is done is in the chain, once."""
    happened = Counter(
        (row["subject_kind"], row["cause"])
        for row in connection.execute("SELECT * FROM events WHERE actor <> 'daemon'")
    )
    adopted = sum(line.startswith("adopted") for line in outcome.said)
    if happened["OWNERSHIP", "DECIDED"] < adopted or adopted != outcome.owned:
        yield f"NL4 {adopted} holdings were adopted, {happened['OWNERSHIP', 'DECIDED']} are kept"
    for word, event in (("approved", ("APPROVAL", "APPROVED")), ("halted", ("HALT", "HALTED"))):
        if any(word in line for line in outcome.said) and not happened[event]:
            yield f"NL4 a person {word}, and the chain does not know"
    (approvals,) = connection.execute("SELECT COUNT(*) FROM approval").fetchone()
    if approvals != 1:
        yield f"NL4 {approvals} approvals of one plan"


def _books(outcome: Outcome) -> Iterator[str]:
    """NL3, NL5, NL6: both books are equal, nothing differs, and the run ended."""
    result = result_of(outcome.played)
    yield from (f"NL3 {difference}" for difference in result.ledger_differences)
    yield from (f"NL3 break {json.dumps(found)}" for found in result.content["breaks"])
    if result.content["status"] not in ENDED:
        yield f"NL6 the run is left {result.content['status']}"


def _ends(outcome: Outcome) -> Iterator[str]:
    """NL6: an end has a name, and a daemon that is let alone has recovered within 10 s."""
    for number, daemon in enumerate(outcome.lives, start=1):
        if daemon.life.code not in NAMED_ENDS:
            yield f"NL6 life {number} ended with {daemon.life.code}"
        if number < len(outcome.lives):
            continue
        if daemon.answered_s is None or daemon.answered_s > RECOVERY_MAX_S:
            yield f"NL6 life {number} recovered after {daemon.answered_s} s"
