import pytest

from config.loading import parse_settings
from config.reload import CHANGEABLE, reload_of
from config.settings import Settings
from config.settings_hash import MONEY_FIELDS, settings_hash


def after(text: str) -> tuple[Settings, tuple[str, ...], tuple[str, ...]]:
    found = reload_of(Settings(), parse_settings(text, "f"))
    return found.settings, found.changed, found.waiting


def test_the_same_file_changes_nothing() -> None:
    assert after("mode: dry_run\n") == (Settings(), (), ())


def test_settings_of_one_group_are_taken_or_wait_one_by_one() -> None:
    settings, changed, waiting = after(
        "alerts: {sms_after_s: 5, request_timeout_s: 3, wecom: {key_env: K}}\n"
    )

    assert changed == ("alerts.sms_after_s",)
    assert waiting == ("alerts.request_timeout_s", "alerts.wecom.key_env")
    assert settings.alerts.sms_after_s == 5
    assert settings.alerts.wecom.key_env == ""


def test_no_setting_that_a_plan_was_approved_with_ever_changes_under_it() -> None:
    assert not {key.partition(".")[0] for key in CHANGEABLE} & MONEY_FIELDS
    settings, changed, waiting = after(
        "checks: {blacklist: [600000.SH]}\napprove_gaps: true\nintake: {quiet_s: 1}\n"
    )

    assert settings_hash(settings) == settings_hash(Settings())
    assert changed == ("intake.quiet_s",)
    assert waiting == ("checks.blacklist", "approve_gaps")


@pytest.mark.parametrize("key", CHANGEABLE)
def test_every_changeable_key_is_a_setting(key: str) -> None:
    value: object = Settings()
    for part in key.split("."):
        value = getattr(value, part)
