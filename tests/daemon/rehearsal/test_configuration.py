from decimal import Decimal
from pathlib import Path

import pytest

from config.loading import parse_settings
from config.settings import ClockMode, Mode, Settings
from daemon.rehearsal.configuration import Places, configuration_text
from daemon.rehearsal.options import RehearsalError
from tests.daemon.rehearsal.given import options
from tests.support.project import ROOT


def settings_of(tmp_path: Path, given: str | None = None, **changes: object) -> Settings:
    """Return what the daemon reads when the caller's file says this."""
    config = None
    if given is not None:
        config = tmp_path / "given.yaml"
        config.write_text(given, encoding="utf-8")
    places = Places(
        "http://127.0.0.1:9",
        "R0001",
        tmp_path / "inbox",
        tmp_path / "state",
        tmp_path / "archive",
        tmp_path / "socket",
    )
    asked = options(tmp_path / "out", tmp_path, config=config, **changes)
    return parse_settings(configuration_text(asked, places), "broker.yaml")


def test_the_stage_decides_about_mode_clock_account_and_paths(tmp_path: Path) -> None:
    hostile = """
mode: live
clock: venue
brokers: {pingan: {endpoint: "https://real.example", account_id: A1, auth: {token_env: T}}}
paths: {inbox: /var/spool/real, state: /var/lib/real, artifacts: /var/real}
http: {port: 9808}
flow: {messages_per_day: 9}
"""
    found = settings_of(tmp_path, hostile)

    assert found.mode is Mode.PAPER
    assert found.clock is ClockMode.STEPPED
    assert found.brokers.pingan.endpoint == "http://127.0.0.1:9"
    assert found.brokers.pingan.account_id == "R0001"
    assert found.brokers.pingan.auth.token_env == "PINGAN_API_TOKEN"
    assert found.paths.inbox == tmp_path / "inbox"
    assert found.paths.state == tmp_path / "state"
    assert found.paths.artifacts is None
    assert found.http.port == 0
    assert found.flow.messages_per_day == 50


def test_the_shipped_file_means_the_same_in_a_rehearsal(tmp_path: Path) -> None:
    text = (ROOT / "config/app/broker.yaml").read_text(encoding="utf-8")
    shipped = parse_settings(text, "broker.yaml")

    found = settings_of(tmp_path, text)

    assert found.day == shipped.day
    assert found.checks == shipped.checks
    assert found.flow == shipped.flow.model_copy(update={"messages_per_day": 50})


def test_what_is_set_keeps_the_characters_it_was_written_with(tmp_path: Path) -> None:
    given = """
day: {last_new_order: 14:50, first_send: 09:31}
live: {accounts: [000123], champions: ["007"]}
checks: {blacklist: [600000.SH], total_weight_max: 0.90}
flow: {batch_size: 7}
"""
    found = settings_of(tmp_path, given)

    assert f"{found.day.last_new_order:%H:%M} {found.day.first_send:%H:%M}" == "14:50 09:31"
    assert found.live.accounts == ("000123",)
    assert found.live.champions == ("007",)
    assert found.checks.total_weight_max == Decimal("0.9")
    assert found.flow.batch_size == 7


def test_gaps_are_approved_as_the_caller_of_the_rehearsal_says(tmp_path: Path) -> None:
    assert settings_of(tmp_path).approve_gaps
    assert not settings_of(tmp_path, "approve_gaps: true", approve_gaps=False).approve_gaps


def test_instruments_are_read_where_the_market_has_them(tmp_path: Path) -> None:
    assert settings_of(tmp_path).paths.instruments is None

    (tmp_path / "instruments.csv").touch()

    assert settings_of(tmp_path).paths.instruments == tmp_path / "instruments.csv"


@pytest.mark.parametrize("given", ["flow: {batch_sise: 7}", "- a list", "day: ["])
def test_a_file_that_is_not_sound_is_told_before_anything_starts(
    tmp_path: Path, given: str
) -> None:
    with pytest.raises(RehearsalError, match=r"given\.yaml, line 1"):
        settings_of(tmp_path, given)
