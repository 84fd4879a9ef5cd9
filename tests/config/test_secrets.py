"""Secrets come from credentials or the environment, are taken out of it, and never shown."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from config.secrets import (
    AlertSecrets,
    Secrets,
    SecretsError,
    hidden_values,
    read_alert_secrets,
    read_secrets,
)
from config.settings import (
    AlertSettings,
    AppriseSettings,
    AuthSettings,
    SmsSettings,
    WeComSettings,
)

AUTH = AuthSettings()
NAMES = ("PINGAN_API_KEY", "PINGAN_API_SECRET", "PINGAN_API_TOKEN")


def environ() -> dict[str, str]:
    return {name: f"canary-{name}" for name in NAMES} | {"PATH": "/bin"}


def values(secrets: Secrets) -> list[str]:
    parts = (secrets.access_key, secrets.secret_key, secrets.token)
    return [part.get_secret_value() for part in parts]


def test_secrets_are_read_by_the_names_in_the_configuration() -> None:
    auth = AuthSettings(access_key_env="A", secret_key_env="B", token_env="C")

    assert values(read_secrets(auth, {"A": "1", "B": "2", "C": "3"}, None)) == ["1", "2", "3"]


def test_secrets_leave_the_environment_when_they_are_read() -> None:
    variables = environ()
    read_secrets(AUTH, variables, None)

    assert variables == {"PATH": "/bin"}


def test_a_credential_wins_over_the_variable_and_loses_one_line_end(tmp_path: Path) -> None:
    (tmp_path / "PINGAN_API_KEY").write_text("from-systemd\r\n", encoding="utf-8")
    (tmp_path / "PINGAN_API_TOKEN").write_text(" spaced \n", encoding="utf-8")
    variables = environ()

    assert values(read_secrets(AUTH, variables, tmp_path)) == [
        "from-systemd",
        "canary-PINGAN_API_SECRET",
        " spaced ",
    ]
    assert variables == {"PATH": "/bin"}


def test_all_missing_secrets_are_named(tmp_path: Path) -> None:
    (tmp_path / "PINGAN_API_TOKEN").write_text("\n", encoding="utf-8")
    variables = {"PINGAN_API_KEY": "canary", "PINGAN_API_SECRET": ""}

    with pytest.raises(SecretsError) as caught:
        read_secrets(AUTH, variables, tmp_path)
    assert caught.value.names == ("PINGAN_API_SECRET", "PINGAN_API_TOKEN")
    assert "canary" not in str(caught.value)
    assert variables == {}


def test_a_secret_shows_as_asterisks() -> None:
    secrets = read_secrets(AUTH, environ(), None)

    for shown in (repr(secrets), str(secrets), f"{secrets}", str(secrets.token)):
        assert "canary" not in shown


def test_a_name_that_leads_out_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    auth = AuthSettings(access_key_env="../secret")

    with pytest.raises(SecretsError, match="not the name of a credential"):
        read_secrets(auth, environ(), tmp_path / "credentials")


def test_a_credential_that_cannot_be_read_is_named_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "PINGAN_API_KEY").write_bytes(b"canary\xff")

    with pytest.raises(
        SecretsError, match="PINGAN_API_KEY: the credential cannot be read"
    ) as caught:
        read_secrets(AUTH, environ(), tmp_path)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


ALERTS = AlertSettings(
    wecom=WeComSettings(key_env="ROBOT"),
    sms=SmsSettings(
        secret_id_env="ID",
        secret_key_env="KEY",
        app_id="1",
        sign_name="s",
        template_id="2",
        phone_numbers=("+8613800000000",),
    ),
    apprise=AppriseSettings(addresses_env="MORE"),
)


def test_the_secrets_of_configured_channels_are_taken_out_of_the_environment() -> None:
    variables = {"ROBOT": "r", "ID": "i", "KEY": "k", "MORE": "m", "PATH": "/bin"}

    found = read_alert_secrets(ALERTS, variables, None)

    assert variables == {"PATH": "/bin"}
    parts = (found.wecom_key, found.sms_secret_id, found.sms_secret_key, found.apprise_addresses)
    assert [part and part.get_secret_value() for part in parts] == ["r", "i", "k", "m"]
    assert "'r'" not in repr(found)


def test_a_channel_that_is_off_needs_no_secret() -> None:
    assert read_alert_secrets(AlertSettings(), {}, None) == AlertSecrets()


def test_a_configured_channel_without_its_secret_is_told_by_name() -> None:
    with pytest.raises(SecretsError, match="ROBOT, ID, KEY, MORE"):
        read_alert_secrets(ALERTS, {}, None)


@pytest.mark.parametrize("missing", ["app_id", "phone_numbers", "secret_key_env"])
def test_text_messages_are_configured_whole_or_not_at_all(missing: str) -> None:
    values = ALERTS.sms.model_dump()
    del values[missing]

    with pytest.raises(ValidationError, match="sms needs"):
        SmsSettings.model_validate(values)


def test_every_secret_is_hidden_and_each_address_by_itself() -> None:
    secrets = read_secrets(AUTH, environ(), None)
    addresses = SecretStr("bark://one\n two://x ")

    values = hidden_values(secrets, AlertSecrets(SecretStr("robot"), apprise_addresses=addresses))

    assert values == (*(f"canary-{name}" for name in NAMES), "robot", "bark://one", "two://x")
    assert len(hidden_values(secrets, AlertSecrets())) == 3
