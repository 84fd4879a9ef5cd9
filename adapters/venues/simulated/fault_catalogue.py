"""The page docs/faults.md: every fault by name, what it does, what the daemon must do.

Regenerate it with `python -m adapters.venues.simulated.fault_catalogue > docs/faults.md`.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adapters.venues.simulated.faults import VenueFaultKind
from adapters.venues.simulated.wire_faults import WireFaultKind


@dataclass(frozen=True, slots=True)
class FaultNote:
    """What a fault does, and what the daemon must do about it."""

    does: str
    asks: str


_ASK_FIRST = "holds the order unknown and asks by id before anything else (A3, A4)"
_NOT_SENT = "may send the same id again, paced: nothing was executed"
_IGNORES = "ignores the repetition: primary keys decide (A7)"
_NOT_BELIEVED = "acts on nothing of a list that is not complete and asks again"

VENUE_NOTES: Mapping[VenueFaultKind, FaultNote] = {
    VenueFaultKind.LATE_REJECT: FaultNote(
        "已报 first, 废单 with `text` `delay_s` later; what was frozen comes back",
        "ends the order as cancelled by the broker, reason REJECTED_LATE (A8 row 5)",
    ),
    VenueFaultKind.FILL_DURING_CANCEL: FaultNote(
        "`quantity` trades at the limit between a cancel and its effect, which is `delay_s` later",
        "books the fill and stays with the cancel (A8 row 7)",
    ),
    VenueFaultKind.FILLED_DURING_CANCEL: FaultNote(
        "all that is left trades at the limit before the cancel takes effect",
        "ends the order as filled, the cancel came too late (A8 row 8)",
    ),
    VenueFaultKind.REFUSED_CANCEL: FaultNote(
        "待撤 first, then live again with 撤单失败",
        "keeps the order alive and asks again no faster than every 10 s (A8 rows 9 and 10)",
    ),
    VenueFaultKind.SLOW_CANCEL: FaultNote(
        "a cancel takes effect `delay_s` later than it should; the order trades on until then",
        "sends no second leg before the order has ended and its fills add up",
    ),
    VenueFaultKind.CANCEL_LOST: FaultNote(
        "a cancel is taken (202) and never gets anywhere: the order stays live",
        "does not take 202 for an end, and asks for the cancel again",
    ),
    VenueFaultKind.DELAYED_ACK: FaultNote(
        "未报 (48) first, 已报 `delay_s` later; out of the book until then",
        "leaves the order NEW with the broker's number (A8 row 1)",
    ),
    VenueFaultKind.QUEUED_ACK: FaultNote(
        "待报 (49) first, which cannot be cancelled, 已报 `delay_s` later",
        "leaves the order NEW with the broker's number (A8 row 1)",
    ),
    VenueFaultKind.PARTIAL_BATCH: FaultNote(
        "the counter refuses the order with `code` and `text`, the rest of the batch stands",
        "ends this order alone as rejected; nothing is rolled back (A5)",
    ),
    VenueFaultKind.BATCH_BREAKS_OFF: FaultNote(
        "the counter breaks off at this order: 500, what came before it in the batch stands",
        f"{_ASK_FIRST}, for every order of the batch",
    ),
    VenueFaultKind.UNKNOWN_TAKEN: FaultNote(
        "the order stands, the answer says `unknown`",
        _ASK_FIRST,
    ),
    VenueFaultKind.UNKNOWN_LOST: FaultNote(
        "the order is gone for ever, the answer says `unknown`",
        f"{_ASK_FIRST}; absent, it waits, then sends the same bytes once at most",
    ),
    VenueFaultKind.UNKNOWN_LATE: FaultNote(
        "the answer says `unknown`; the order arrives `delay_s` later, past its deadline too",
        "takes absence for an end only after the grace time, and adopts what arrives",
    ),
    VenueFaultKind.OVERNIGHT: FaultNote(
        "the answer says `unknown`; the order stands at 09:15 of the next session (隔夜委托)",
        "looks yesterday's ids up in the morning and adopts or reports what it finds (A4.5)",
    ),
    VenueFaultKind.UNKNOWN_STATUS: FaultNote(
        "the order is told as 未知 (255) for `delay_s`, while it lives on",
        "changes nothing, halts after 30 s (A8 row 20)",
    ),
    VenueFaultKind.TRADE_BEFORE_ORDER: FaultNote(
        "fills are listed at once, the order's own change `delay_s` later",
        "books the fill and infers the acknowledgement (A8 row 3)",
    ),
    VenueFaultKind.DUPLICATE_FILL: FaultNote(
        "the same fill is listed again `delay_s` later, same id",
        _IGNORES,
    ),
    VenueFaultKind.LATE_FILL: FaultNote(
        "a fill is listed `delay_s` after the order told of it",
        "ends the order only when its fills add up; invents none (A7, A8 row 16)",
    ),
    VenueFaultKind.FILLS_OUT_OF_ORDER: FaultNote(
        "a fill is listed after the one that came after it, `delay_s` later at the latest",
        "sums fills in whatever order they come",
    ),
    VenueFaultKind.BUST: FaultNote(
        "a fill is taken back `delay_s` later (冲正): kind BUST, negative, same id; cash, fees and "
        "shares go back, the order's row stays; not done where they are gone already",
        "books the reversal, keeps the row, raises a break (A8 row 18)",
    ),
    VenueFaultKind.ID_REUSE: FaultNote(
        "numbers of order and fill count the day only, so that they come again the next day",
        "keys both by session as well (A7)",
    ),
    VenueFaultKind.OPEN_AFTER_CLOSE: FaultNote(
        "what was not filled is told as live until clearing; nothing is frozen any more",
        "carries EXPIRY_UNCONFIRMED, and reads again at 15:35 and 08:45 (rule 28)",
    ),
}

WIRE_NOTES: Mapping[WireFaultKind, FaultNote] = {
    WireFaultKind.DROP_BEFORE: FaultNote("the connection breaks, nothing was done", _ASK_FIRST),
    WireFaultKind.DROP_AFTER: FaultNote("it was done, the connection breaks", _ASK_FIRST),
    WireFaultKind.DELAY_BEFORE: FaultNote(
        "the request lies around for `delay_s`; past 5 s its signature is too old",
        "gives up in time and holds the order unknown: it may still arrive",
    ),
    WireFaultKind.DELAY_AFTER: FaultNote("it was done, the answer comes late", _ASK_FIRST),
    WireFaultKind.SLOW_REPLY: FaultNote(
        "the answer trickles in over `delay_s`", "keeps to its total deadline"
    ),
    WireFaultKind.DUPLICATE: FaultNote(
        "the same bytes arrive twice; the second answer (AUTH_REPLAY) is given", _ASK_FIRST
    ),
    WireFaultKind.REORDER: FaultNote(
        "the next request of the same method and path goes first, or `delay_s` passes",
        "depends on no order of its requests",
    ),
    WireFaultKind.SERVER_ERROR_BEFORE: FaultNote("500, nothing was done", _ASK_FIRST),
    WireFaultKind.SERVER_ERROR_AFTER: FaultNote("500, and it was done", _ASK_FIRST),
    WireFaultKind.BAD_GATEWAY: FaultNote(
        "502 with a page of a proxy, nothing was done", _ASK_FIRST
    ),
    WireFaultKind.REDIRECT: FaultNote("307 to somewhere else", f"does not follow; {_ASK_FIRST}"),
    WireFaultKind.NOT_READY: FaultNote("503 VENUE_NOT_READY, not_executed", _NOT_SENT),
    WireFaultKind.DISCONNECTED: FaultNote("503 VENUE_DISCONNECTED, not_executed", _NOT_SENT),
    WireFaultKind.RATE_LIMITED: FaultNote("429 with Retry-After, not_executed", _NOT_SENT),
    WireFaultKind.RATE_LIMITED_AFTER: FaultNote("429, unknown, and it was done", _ASK_FIRST),
    WireFaultKind.EXPIRED_TOKEN: FaultNote(
        "401 AUTH_TOKEN_EXPIRED, not_executed", "renews the session, repeats once, same id"
    ),
    WireFaultKind.EXPIRED_TOKEN_AFTER: FaultNote(
        "401 AUTH_TOKEN_EXPIRED, unknown, and it was done", f"renews the session; {_ASK_FIRST}"
    ),
    WireFaultKind.SESSION_TAKEN: FaultNote(
        "401 AUTH_SESSION_SUPERSEDED", "stops submitting, alerts, exits 77 (rule 23)"
    ),
    WireFaultKind.CONFLICT: FaultNote("409 ORDER_STATUS_UNCERTAIN, nothing was done", _ASK_FIRST),
    WireFaultKind.CONFLICT_AFTER: FaultNote(
        "409 ORDER_STATUS_UNCERTAIN, and it was done", _ASK_FIRST
    ),
    WireFaultKind.HALF_REPLY: FaultNote(
        "it was done, the connection breaks in the middle of the answer", _ASK_FIRST
    ),
    WireFaultKind.TRUNCATED_JSON: FaultNote(
        "it was done, the answer is whole for HTTP and half of a JSON text", _ASK_FIRST
    ),
    WireFaultKind.EMPTY_REPLY: FaultNote("it was done, 200 with nothing in it", _ASK_FIRST),
    WireFaultKind.UNREADABLE: FaultNote("it was done, 200 with a page of a proxy", _ASK_FIRST),
    WireFaultKind.WRONG_ID: FaultNote(
        "it was done, the answer names another client_order_id", f"halts; {_ASK_FIRST}"
    ),
    WireFaultKind.WRONG_QUANTITY: FaultNote(
        "it was done, the answer names 100 shares more", f"halts; {_ASK_FIRST}"
    ),
    WireFaultKind.MISSING_RESULT: FaultNote(
        "it was done, the last order of the batch has no result", _ASK_FIRST
    ),
    WireFaultKind.STALE_PAGE: FaultNote(
        "the answer given to the same path before is given again, `as_of` and all",
        "ignores what is older than it knows, and believes no absence older than the send",
    ),
    WireFaultKind.PARTIAL_PAGE: FaultNote(
        "the first half of a list, complete: false, a cursor that stands still", _NOT_BELIEVED
    ),
    WireFaultKind.EMPTY_PAGE: FaultNote(
        "a query that failed: no rows, complete: false", f"never takes it for none; {_NOT_BELIEVED}"
    ),
    WireFaultKind.LIST_SHRINK: FaultNote(
        "rows known before are gone from a complete list, as after a restart of the broker",
        "holds the order MISSING_AT_BROKER, never ended, and reconciles before it sends (A7)",
    ),
    WireFaultKind.REORDER_ROWS: FaultNote(
        "the rows of a list in reverse order", "goes by versions and keys, not by position"
    ),
    WireFaultKind.DUPLICATE_ROWS: FaultNote("every row of a list twice", _IGNORES),
    WireFaultKind.QUOTE_OUTAGE: FaultNote(
        "quotes without prices", "defers the line: NO_PRICE; sends nothing on an old price"
    ),
    WireFaultKind.CLOCK_SKEW: FaultNote(
        "`server_time` of /v1/health (or of /v1/time, by `path`) is `skew_s` off",
        "stops submits at 0.8 s of skew (rule 25)",
    ),
    WireFaultKind.WRONG_DATE: FaultNote(
        "`trade_date` is a day behind", "sends nothing on another date than session_date"
    ),
    WireFaultKind.RESTART: FaultNote(
        "the gateway begins anew before it does anything: what was only in its memory is gone, "
        "every session has ended, ids and books stand",
        f"renews the session and reconciles before it sends; {_ASK_FIRST}",
    ),
    WireFaultKind.RESTART_AFTER: FaultNote(
        "the same, after it was done", f"renews the session and reconciles; {_ASK_FIRST}"
    ),
}

_HEAD = """\
# Faults of the paper gateway

Everything the paper gateway can do wrong on purpose, given by `sage-execd gateway --faults FILE` or
`POST /sim/faults` as a JSON list; `GET /sim/faults` tells what is armed and what struck, `DELETE`
disarms. This page is generated from `adapters/venues/simulated/fault_catalogue.py`; do not edit it
by hand. Letters and rows in brackets are those of the safety protocol, rules those of the trading
day.

A fault of the venue strikes orders: `rate` (share of those it concerns, drawn from the seed and
the order's id), `times`, `symbol`, `side`, `client_order_id`, `delay_s` (market seconds),
`quantity` (shares), `code`, `text`. A fault of the wire strikes requests: `method`, `path` (a
beginning, or all of it with `$` at the end), `skip`, `times`, `rate`, `delay_s` and `skew_s` (real
seconds). Without `method` and `path` it strikes what its kind is about: a list, the clock, else a
POST of orders. No fault changes the draws of another.

| kind | where | what it does | what the daemon must do |
| --- | --- | --- | --- |
"""


def faults_page() -> str:
    """Return the page: one row a kind, in the order of the enumerations."""
    venue = [_row(kind, "venue", VENUE_NOTES[kind]) for kind in VenueFaultKind]
    wire = [_row(kind, "wire", WIRE_NOTES[kind]) for kind in WireFaultKind]
    return _HEAD + "".join([*venue, *wire])


def _row(kind: StrEnum, where: str, note: FaultNote) -> str:
    return f"| `{kind.value}` | {where} | {note.does} | {note.asks} |\n"


if __name__ == "__main__":
    sys.stdout.write(faults_page())
