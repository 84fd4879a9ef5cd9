"""One thing that waits for a person, as plain JSON: cause, both sides' figures, what to type."""

from collections.abc import Iterable
from typing import Any

from daemon.open_questions import Ask
from statemachine.reasons import text_of
from storage.manual import Choice
from storage.store import ManualItem

# What a choice asks for beside itself; "..." is the person's to fill in.
ASKED: dict[str, str] = {
    Choice.CONFIRM_ABSENT: " --reason ... --evidence ...",
    Choice.WRITE_OFF: " --reason ...",
    Choice.ADOPT_ORDER: " --evidence <the broker's number of the order>",
}


def manual_view(item: ManualItem, asks: Iterable[Ask] = ()) -> dict[str, Any]:
    """One item; `commands` are the exact words: of what it asks for, and of its open choices."""
    asks = tuple(asks)
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
        "asks": [_ask_view(ask) for ask in asks],
        "commands": [] if item.resolution else _commands(item, asks),
        "created_at": item.created_at.isoformat(),
        "resolution": item.resolution,
    }


def _ask_view(ask: Ask) -> dict[str, Any]:
    return {
        "verb": ask.verb,
        "run_id": ask.run_id,
        "ts_code": None if ask.symbol is None else str(ask.symbol),
        "quantity": ask.quantity,
        "plan_hash": ask.plan_hash,
    }


def _commands(item: ManualItem, asks: Iterable[Ask]) -> list[str]:
    done = [command for ask in asks for command in ask.commands()]
    return [*done, *(_command(item, word) for word in item.choices)]


def _command(item: ManualItem, word: str) -> str:
    asked = ASKED.get(word, "")
    return f"sage-execd resolve {item.item_id} {word}{asked}"
