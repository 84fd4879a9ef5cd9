"""Tamperings in which a person's decision about an order was not done, or nobody made it (I32)."""

# ruff: noqa: S608 - the statements tamper on purpose, with ids made in this file

from tests.support.full_book import UNKNOWN

OF_UNKNOWN = f"WHERE client_order_id = '{UNKNOWN.client_order_id}'"
DECIDED = (
    "INSERT INTO manual (run_id, client_order_id, reason, detail, choices, created_at, resolution)"
    f" VALUES ('r', '{UNKNOWN.client_order_id}', 'SEND_UNKNOWN', '', '[]', '', '{{}}')"
)
TOLD_OF_IT = (
    f"UPDATE events SET subject_kind = 'ORDER', subject = '{UNKNOWN.client_order_id}',"
    " cause = 'ADOPTED_BY_PERSON' WHERE sequence = (SELECT MAX(sequence) FROM events)"
)

SAID_AND_NOT_DONE = {
    "I32 another number than was named": (
        "I32",
        DECIDED.format("adopt-order"),
        f"UPDATE orders SET venue_order_id = 'V0' {OF_UNKNOWN}",
    ),
    "I32 adopted by nobody": ("I32", TOLD_OF_IT),
    "I32 confirmed by nobody": ("I32", DECIDED.format("confirm-absent")),
    "I32 written off by nobody": (
        "I32",
        f"UPDATE orders SET final_reason = 'WRITTEN_OFF' {OF_UNKNOWN}",
    ),
}
