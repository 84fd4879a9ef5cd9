"""Tamperings that leave a halt or a listed item untold, or told as less than it is (I31)."""

# ruff: noqa: S608 - the statements tamper on purpose, with ids made in this file

from tests.support.full_book import UNKNOWN

LISTED = (
    "INSERT INTO manual (run_id, client_order_id, reason, detail, choices, created_at)"
    f" VALUES ('r', '{UNKNOWN.client_order_id}', 'SEND_UNKNOWN', '', '[]', '')"
)
NEWEST_EVENT = "(SELECT MAX(sequence) FROM events)"

TOLD_TO_NOBODY = {
    "I31 a halt told to nobody": ("I31", "UPDATE outbox SET halt_id = NULL"),
    "I31 a halt told as news": (
        "I31",
        "UPDATE halts SET kind = 'HALT'",
        "UPDATE outbox SET severity = 'P2' WHERE halt_id IS NOT NULL",
    ),
    "I31 an item told to nobody": (
        "I31",
        LISTED,
        (
            "UPDATE events SET subject_kind = 'MANUAL', cause = 'SEND_UNKNOWN',"
            f" subject = (SELECT MAX(item_id) FROM manual) WHERE sequence = {NEWEST_EVENT}"
        ),
    ),
    "I31 an order left to a person on no list": (
        "I31",
        (
            "UPDATE orders SET send_state = 'MANUAL'"
            f" WHERE client_order_id = '{UNKNOWN.client_order_id}'"
        ),
    ),
    "I31 an order left to a person told as news": (
        "I31",
        LISTED,
        "UPDATE outbox SET item_id = (SELECT MAX(item_id) FROM manual), severity = 'P1'",
    ),
}
