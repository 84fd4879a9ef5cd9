"""The settings hash changes with what moves money, and with nothing else."""

from typing import Any

import pytest

from config.loading import parse_settings
from config.settings import Settings
from config.settings_hash import MONEY_FIELDS, _text, settings_hash

DEFAULT = settings_hash(Settings())


def hash_of(text: str) -> str:
    return settings_hash(parse_settings(text, "broker.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        "checks: {single_name_weight_max: 0.31}",
        "checks: {blacklist: ['600000.SH']}",
        "capital: {cash_reserve: 1}",
        "prices: {limit_offset_bp: 51}",
        "fees: {commission_minimum: 0}",
        "day: {first_send: 09:32}",
        "flow: {legs_max: 2}",
        "account: {read_gap_s: 6}",
        "approve_gaps: true",
    ],
)
def test_a_change_that_moves_money_changes_the_hash(text: str) -> None:
    assert hash_of(text) != DEFAULT


@pytest.mark.parametrize(
    "text",
    [
        "mode: paper",
        "paths: {inbox: /elsewhere}",
        "http: {port: 0}",
        "halt: {watch_interval_s: 0.2}",
        "console: {enabled: true}",
        "report: {language: en}",
        "brokers: {pingan: {client_id: x}}",
        "live: {accounts: ['1']}",
        "intake: {quiet_s: 1}",
        "clock: stepped",
    ],
)
def test_any_other_change_keeps_the_hash(text: str) -> None:
    assert hash_of(text) == DEFAULT


def test_equal_numbers_written_differently_have_one_hash() -> None:
    assert hash_of("checks: {industry_weight_max: 0.4}") == DEFAULT
    assert hash_of("checks: {industry_weight_max: 0.4000}") == DEFAULT
    assert hash_of("day: {first_send: 09:31}") == DEFAULT


def test_every_group_is_either_money_or_knowingly_not() -> None:
    others = {
        "alerts",
        "approval",
        "archive",
        "brokers",
        "clock",
        "console",
        "halt",
        "http",
        "intake",
        "live",
        "mode",
        "paths",
        "people",
        "report",
    }

    assert MONEY_FIELDS | others == set(Settings.model_fields)
    assert not MONEY_FIELDS & others


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_every_single_money_setting_is_in_the_hash() -> None:
    for group in sorted(MONEY_FIELDS - {"approve_gaps"}):
        values: dict[str, Any] = getattr(Settings(), group).model_dump()
        for name in values:
            model = type(getattr(Settings(), group))
            changed = model.model_construct(**(values | {name: "changed"}))
            settings = Settings().model_copy(update={group: changed})
            assert settings_hash(settings) != DEFAULT, f"{group}.{name}"


def test_a_value_that_is_not_exact_has_no_hash() -> None:
    with pytest.raises(TypeError, match="float"):
        _text(0.3)
