"""`sage-execd halt` where no daemon answers: the file, the session, the cancels, the receipt.

What the file needs is imported first and is light; the rest is loaded once the sends are stopped.
"""

import asyncio
import os
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from config.directories import credentials_folder
from config.loading import load_settings
from config.secrets import read_secrets
from config.settings import Settings
from daemon.halting.files import Grade, HaltFiles, HaltNote
from daemon.halting.receipts import ALONE, HaltReceipt, blank_receipt
from daemon.logins import name_of
from daemon.machine_clock import SystemMachineClock

DATABASE = "execd.sqlite"


@dataclass(frozen=True, slots=True)
class LoneWish:
    """What a person asked for; `account` is typed where the whole account is meant."""

    reason: str
    keep_orders: bool = False
    reduce_only: bool = False
    account_wide: bool = False
    account: str = ""


class WrongAccount(Exception):
    """Another account number was typed; the sends are stopped, nothing was cancelled."""


class NotStopped(Exception):
    """The file could not be made: nothing stops the sends of a daemon that wakes up."""


def stop_sends(config_path: Path, wish: LoneWish) -> tuple[Settings, HaltNote]:
    """Make the file, before anything else is tried. Raises ConfigError and NotStopped."""
    settings = load_settings(config_path)
    note = HaltNote(
        by=name_of(os.getuid()),
        reason=wish.reason,
        at=SystemMachineClock().utc_now(),
        way=ALONE,
        keep_orders=wish.keep_orders,
    )
    grade = Grade.REDUCE_ONLY if wish.reduce_only else Grade.HALTED
    files = HaltFiles(settings.paths.state)
    if not files.place(grade, note):
        raise NotStopped(f"{files.path(grade)} cannot be made")
    return settings, note


def halt_alone(
    settings: Settings,
    note: HaltNote,
    wish: LoneWish,
    environ: MutableMapping[str, str],
    wait_s: float,
) -> HaltReceipt:
    """Cancel what is ours without a daemon, for at most so long; returns the receipt.

    Raises WrongAccount, SecretsError, ConfigError, and OSError for a receipt that cannot be kept.
    """
    from daemon.app import broker_of, host_ports  # noqa: PLC0415 - heavy
    from daemon.halting.alone import LoneHalt  # noqa: PLC0415 - heavy
    from daemon.halting.book import orders_in  # noqa: PLC0415 - heavy

    pingan = settings.brokers.pingan
    if wish.account_wide and wish.account != pingan.account_id:
        raise WrongAccount(f"{wish.account!r} is not the account number")
    secrets = read_secrets(pingan.auth, environ, credentials_folder(environ, pingan.auth.names()))
    ours, sentence = orders_in(settings.paths.state / DATABASE)
    ports = host_ports(settings.market, as_json=False)
    receipt = blank_receipt(
        pingan.account_id, note, ALONE, ports.machine.utc_now(), account_wide=wish.account_wide
    ).model_copy(update={"notes": (sentence,) if sentence else ()})

    async def act() -> HaltReceipt:
        broker = broker_of(settings, secrets, ports.randomness.token_hex(8), ports)
        try:
            halt = LoneHalt(settings, ports.calendar, ports.machine, broker, ours, receipt)
            return await halt.run(wait_s)
        finally:
            await broker.close()

    return asyncio.run(act())
