"""Composes the alert channels that the settings ask for; part of the composition root."""

from yarl import URL

from adapters.alerts.apprise_channel import AddressUnusable, AppriseChannel
from adapters.alerts.channel import Channel
from adapters.alerts.sms import SmsAccount, TencentSms
from adapters.alerts.wecom import Robot, WeComRobot
from adapters.pingan.endpoint import EndpointError, checked_endpoint
from adapters.pingan.transport import HttpTransport
from config.loading import ConfigError, ConfigProblem
from config.secrets import AlertSecrets
from config.settings import AlertSettings, SmsSettings, WeComSettings
from daemon.clock import MachineClock


def alert_channels(
    settings: AlertSettings, secrets: AlertSecrets, machine: MachineClock
) -> tuple[Channel, ...]:
    """Return the configured channels, none where none is; connections are opened by the first send.

    Raises ConfigError for an address that is not https (loopback may be plain) or not understood.
    """
    found: list[Channel] = []
    if secrets.wecom_key is not None:
        robot = _robot(settings.wecom, secrets.wecom_key.get_secret_value())
        transport = HttpTransport(settings.request_timeout_s)
        found.append(WeComRobot(robot, transport, machine.monotonic_ns))
    if secrets.sms_secret_id is not None and secrets.sms_secret_key is not None:
        account = _account(
            settings.sms,
            secrets.sms_secret_id.get_secret_value(),
            secrets.sms_secret_key.get_secret_value(),
        )
        found.append(
            TencentSms(
                account,
                HttpTransport(settings.request_timeout_s),
                utc_now=machine.utc_now,
                monotonic_ns=machine.monotonic_ns,
            )
        )
    if secrets.apprise_addresses is not None:
        found.append(_apprise(secrets.apprise_addresses.get_secret_value()))
    return tuple(found)


def _robot(settings: WeComSettings, key: str) -> Robot:
    return Robot(_endpoint(settings.endpoint, "wecom"), key, settings.mentioned_users)


def _account(settings: SmsSettings, secret_id: str, secret_key: str) -> SmsAccount:
    return SmsAccount(
        endpoint=_endpoint(settings.endpoint, "sms"),
        region=settings.region,
        app_id=settings.app_id,
        sign_name=settings.sign_name,
        template_id=settings.template_id,
        phone_numbers=settings.phone_numbers,
        secret_id=secret_id,
        secret_key=secret_key,
    )


def _apprise(addresses: str) -> AppriseChannel:
    try:
        return AppriseChannel(addresses.split())
    except AddressUnusable as error:
        raise _problem("apprise.addresses_env", str(error)) from None


def _endpoint(endpoint: str, channel: str) -> URL:
    try:
        return checked_endpoint(endpoint, loopback_only=False, https_only=False)
    except EndpointError as error:
        raise _problem(f"{channel}.endpoint", str(error)) from error


def _problem(key: str, why: str) -> ConfigError:
    return ConfigError((ConfigProblem("alerts", None, f"alerts.{key}", why),))
