"""Under other settings another plan comes of the same inputs, and the names say which."""

from pathlib import Path

import pytest

from config.loading import ConfigError
from config.settings import Settings
from daemon.archive.pack import Pack
from daemon.archive.what_if import laid_over, what_if


def settings_file(folder: Path, text: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_same_settings_give_the_same_plan(pack: Pack, tmp_path: Path) -> None:
    answer = what_if(pack, settings_file(tmp_path, "mode: paper\n"))

    assert answer.after == answer.before
    assert answer.names == ()


def test_less_capital_is_fewer_shares(pack: Pack, tmp_path: Path) -> None:
    answer = what_if(pack, settings_file(tmp_path, "capital: {cash_reserve: 500000}\n"))

    assert answer.after is not None
    assert answer.after.plan_hash != answer.before.plan_hash
    assert {name.ts_code for name in answer.names} == {"600000.SH", "000002.SZ"}
    assert all(name.planned_after < name.planned_before for name in answer.names)


def test_settings_that_are_not_named_stay_in_force() -> None:
    below = Settings.model_validate({"flow": {"batch_size": 7}, "mode": "paper"})
    above = Settings.model_validate({"flow": {"legs_max": 2}})
    laid = laid_over(below, above)

    assert (laid.flow.batch_size, laid.flow.legs_max, laid.mode) == (7, 2, below.mode)


def test_settings_under_which_there_is_no_plan_are_said_to_be_such(
    pack: Pack, tmp_path: Path
) -> None:
    answer = what_if(pack, settings_file(tmp_path, "flow: {messages_per_day: 1}\n"))

    assert answer.after is None
    assert answer.refusals


def test_a_file_that_is_no_settings_is_refused(pack: Pack, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        what_if(pack, settings_file(tmp_path, "capital: {no_such: 1}\n"))
