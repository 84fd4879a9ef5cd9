"""Which settings a running daemon can take over, and which wait for the next start.

What decides whether, what, how much and when is traded never changes under a plan: it waits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from config.group import Group
from config.settings import Settings

Part = TypeVar("Part", bound=Group)

# A dotted key stands for all that lies below it.
CHANGEABLE = (
    "intake",
    "people",
    "alerts.look_interval_s",
    "alerts.digest_interval_s",
    "alerts.sms_after_s",
    "alerts.repeat_interval_s",
    "alerts.repeats_per_hour_max",
    "alerts.ready_at",
    "alerts.started_at",
)


@dataclass(frozen=True, slots=True)
class Reload:
    """The settings to go on with; the dotted keys that changed, and those that wait."""

    settings: Settings
    changed: tuple[str, ...]
    waiting: tuple[str, ...]


def reload_of(running: Settings, wanted: Settings) -> Reload:
    """Lay over the running settings what may change of the wanted ones."""
    differing = tuple(_differing(running, wanted, ""))
    changed = tuple(key for key in differing if _may_change(key))
    waiting = tuple(key for key in differing if not _may_change(key))
    return Reload(_with_changes(running, wanted, ""), changed, waiting)


def _may_change(key: str) -> bool:
    return any(key == open_key or key.startswith(f"{open_key}.") for open_key in CHANGEABLE)


def _differing(running: Group, wanted: Group, above: str) -> Iterator[str]:
    for name in type(running).model_fields:
        old, new = getattr(running, name), getattr(wanted, name)
        if isinstance(old, Group):
            yield from _differing(old, new, f"{above}{name}.")
        elif old != new:
            yield above + name


def _with_changes(running: Part, wanted: Part, above: str) -> Part:
    changes: dict[str, object] = {}
    for name in type(running).model_fields:
        old, new = getattr(running, name), getattr(wanted, name)
        if isinstance(old, Group):
            changes[name] = _with_changes(old, new, f"{above}{name}.")
        elif _may_change(above + name):
            changes[name] = new
    return running.model_copy(update=changes)
