import pytest
from pydantic import SecretStr

from config.loading import ConfigError
from config.secrets import AlertSecrets
from config.settings import AlertSettings, SmsSettings, WeComSettings
from daemon.alert_channels import alert_channels
from tests.fakes.fake_clock import FakeMachineClock

SECRET = SecretStr("canary")
SMS = SmsSettings(
    secret_id_env="I",
    secret_key_env="K",
    app_id="1",
    sign_name="s",
    template_id="2",
    phone_numbers=("+8613800000000",),
)
ALL = AlertSettings(wecom=WeComSettings(key_env="W"), sms=SMS)


async def names(settings: AlertSettings, secrets: AlertSecrets) -> list[str]:
    found = alert_channels(settings, secrets, FakeMachineClock())
    for channel in found:
        assert "canary" not in repr(vars(channel))
        await channel.close()
    return [channel.traits.name for channel in found]


async def test_a_channel_is_there_where_its_secret_is() -> None:
    assert await names(ALL, AlertSecrets()) == []
    assert await names(ALL, AlertSecrets(wecom_key=SECRET)) == ["wecom"]
    assert await names(ALL, AlertSecrets(SECRET, SECRET, SECRET)) == ["wecom", "sms"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise itself
async def test_further_channels_are_addresses_of_apprise() -> None:
    address = SecretStr("json://127.0.0.1:1/\n json://127.0.0.1:2/")

    assert await names(ALL, AlertSecrets(apprise_addresses=address)) == ["apprise"]
    with pytest.raises(ConfigError, match=r"alerts\.apprise\.addresses_env: .*address 1"):
        await names(ALL, AlertSecrets(apprise_addresses=SecretStr("nothing://x")))


@pytest.mark.parametrize("endpoint", ["http://example.org", "ftp://example.org", "https://"])
async def test_secrets_leave_this_host_encrypted_or_not_at_all(endpoint: str) -> None:
    wecom = ALL.model_copy(update={"wecom": WeComSettings(key_env="W", endpoint=endpoint)})
    sms = ALL.model_copy(update={"sms": SMS.model_copy(update={"endpoint": endpoint})})

    with pytest.raises(ConfigError, match=r"alerts\.wecom\.endpoint"):
        await names(wecom, AlertSecrets(wecom_key=SECRET))
    with pytest.raises(ConfigError, match=r"alerts\.sms\.endpoint"):
        await names(sms, AlertSecrets(None, SECRET, SECRET))
