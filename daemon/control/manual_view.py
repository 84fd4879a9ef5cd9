"""One thing that waits for a person, as plain JSON: cause, both sides' figures, what to type."""

from typing import Any

from statemachine.reasons import text_of
from storage.manual import Choice
from storage.store import ManualItem

# What a choice asks for beside itself; "..." is the person's to fill in.
ASKED: dict[str, str] = {
    Choice.CONFIRM_ABSENT: " --reason ... --evidence ...",
    Choice.WRITE_OFF: " --reason ...",
    Choice.ADOPT_ORDER: " --evidence <the broker's number of the order>",
}


def manual_view(item: ManualItem) -> dict[str, Any]:
    """One item; `commands` are the exact words, one for each choice that is still open."""
    text = text_of(item.reason)
    return {
        "item_id": item.item_id,
        "run_id": item.run_id,
        "client_order_id": item.client_order_id,
        "ts_code": None if item.symbol is None else str(item.symbol),
        "reason": item.reason,
        "cause": {"en": text.english, "zh": text.chinese},
        "detail": item.detail,
        "ours": item.ours,
        "theirs": item.theirs,
        "choices": list(item.choices),
        "commands": [] if item.resolution else [_command(item, word) for word in item.choices],
        "created_at": item.created_at.isoformat(),
        "resolution": item.resolution,
    }


def _command(item: ManualItem, word: str) -> str:
    asked = ASKED.get(word, "")
    return f"sage-execd resolve {item.item_id} {word}{asked}"
