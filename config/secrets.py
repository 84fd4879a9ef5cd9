"""Secrets of broker and channels: from systemd credentials or the environment, nowhere else."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from config.settings import AlertSettings, AuthSettings


class SecretsError(ValueError):
    """Secrets are missing or cannot be read; `names` are the variables, never their values."""

    def __init__(self, names: tuple[str, ...], problem: str) -> None:
        super().__init__(f"{', '.join(names)}: {problem}")
        self.names = names


@dataclass(frozen=True, slots=True)
class Secrets:
    """What signs our requests; shows as asterisks wherever it is printed."""

    access_key: SecretStr
    secret_key: SecretStr
    token: SecretStr


@dataclass(frozen=True, slots=True)
class AlertSecrets:
    """What the alert channels sign and address with; None where a channel is off."""

    wecom_key: SecretStr | None = None
    sms_secret_id: SecretStr | None = None
    sms_secret_key: SecretStr | None = None
    apprise_addresses: SecretStr | None = None


def read_secrets(
    auth: AuthSettings,
    environ: MutableMapping[str, str],
    credentials_directory: Path | None,
) -> Secrets:
    """Read each secret by the name that `auth` gives it, and take it out of `environ`.

    A file of that name in the credentials directory (systemd's $CREDENTIALS_DIRECTORY) wins over
    the variable; one line end after the value is dropped. Raises SecretsError naming all that are
    missing or blank. Call it once, at start: afterwards no child process inherits a secret.
    """
    names = auth.names()
    found = _take(names, environ, credentials_directory)
    access_key, secret_key, token = (found[name] for name in names)
    return Secrets(access_key, secret_key, token)


def read_alert_secrets(
    alerts: AlertSettings,
    environ: MutableMapping[str, str],
    credentials_directory: Path | None,
) -> AlertSecrets:
    """Do what `read_secrets` does for the channels that the settings name secrets for."""
    names = (
        alerts.wecom.key_env,
        alerts.sms.secret_id_env,
        alerts.sms.secret_key_env,
        alerts.apprise.addresses_env,
    )
    found = _take(tuple(name for name in names if name), environ, credentials_directory)
    return AlertSecrets(*(found.get(name) for name in names))


def hidden_values(secrets: Secrets, alerts: AlertSecrets) -> tuple[str, ...]:
    """Return every secret there is, for whoever keeps them out of a log."""
    held = (
        secrets.access_key,
        secrets.secret_key,
        secrets.token,
        alerts.wecom_key,
        alerts.sms_secret_id,
        alerts.sms_secret_key,
        *_lines_of(alerts.apprise_addresses),
    )
    return tuple(secret.get_secret_value() for secret in held if secret is not None)


def _lines_of(addresses: SecretStr | None) -> tuple[SecretStr, ...]:
    if addresses is None:
        return ()
    return tuple(SecretStr(line.strip()) for line in addresses.get_secret_value().splitlines())


def _take(
    names: tuple[str, ...], environ: MutableMapping[str, str], directory: Path | None
) -> dict[str, SecretStr]:
    found = {name: _read(name, environ, directory) for name in names}
    for name in names:
        environ.pop(name, None)
    missing = tuple(name for name in names if not found[name])
    if missing:
        raise SecretsError(missing, "neither a systemd credential nor an environment variable")
    return {name: SecretStr(value) for name, value in found.items()}


def _read(name: str, environ: MutableMapping[str, str], directory: Path | None) -> str:
    credential = _read_credential(name, directory) if directory is not None else None
    return environ.get(name, "") if credential is None else credential


def _read_credential(name: str, directory: Path) -> str | None:
    if Path(name).name != name:
        raise SecretsError((name,), "this is not the name of a credential")
    try:
        text = (directory / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SecretsError(
            (name,), f"the credential cannot be read ({type(error).__name__})"
        ) from None
    return text.removesuffix("\n")
