"""What a recorded plan would have been under other settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config.loading import load_settings
from config.settings import Settings
from config.settings_hash import settings_hash
from daemon.archive.pack import Pack, PackBroken, record_in
from daemon.archive.replaying import planned_in
from daemon.planning.plan_differences import NameDifference, Predecessor, differences
from statemachine.plan import Plan
from statemachine.portfolio import Refusal


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The plan as it was and as it would be; `refusals` where there would be none."""

    before: Plan
    after: Plan | None
    refusals: tuple[Refusal, ...]
    names: tuple[NameDifference, ...]


def what_if(pack: Pack, settings: Path) -> WhatIf:
    """Plan again with a settings file laid over those in force.

    Raises ConfigError for the file, PackBroken for a run without a plan that was recorded,
    DocumentUnreadable.
    """
    record = record_in(pack)
    planned = planned_in(record).get(str(record.run()["plan_hash"]))
    before = None if planned is None else planned.again()
    if planned is None or not isinstance(before, Plan):
        raise PackBroken(f"what the plan of {pack.run_id} was made from was not recorded")
    changed = laid_over(planned.inputs.settings, load_settings(settings))
    inputs = replace(
        planned.inputs,
        settings=changed,
        settings_hash=settings_hash(changed),
        fees=changed.fees.schedule(),
    )
    after = replace(planned, inputs=inputs).again()
    if not isinstance(after, Plan):
        return WhatIf(before, None, after or (), ())
    named = differences(after, before, Predecessor.SUPERSEDED).names
    return WhatIf(before, after, (), named)


def laid_over(settings: Settings, named: Settings) -> Settings:
    """Return the settings with those that the other ones name; ValueError if they do not fit."""
    given = named.model_dump(mode="json", exclude_unset=True)
    return Settings.model_validate(_merged(settings.model_dump(mode="json"), given))


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        there = merged.get(name)
        if isinstance(there, dict) and isinstance(value, dict):
            merged[name] = _merged(there, value)
        else:
            merged[name] = value
    return merged
