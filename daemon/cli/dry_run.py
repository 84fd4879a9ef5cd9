"""`submit` without --submit: reads a pair, writes the old script's receipt, sends nothing."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.intake.pair import Unreadable, read_pair
from config.loading import ConfigError, load_settings
from config.settings import Settings
from daemon.artifacts.files import receipt_path, write_atomically
from daemon.artifacts.submit_receipt import ReceiptHead, target_receipt
from daemon.cli.output import fail
from daemon.machine_clock import SystemMachineClock


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the receipt was written and what it says."""

    path: Path
    content: dict[str, Any]


def write_dry_run_receipt(
    broker: str,
    portfolio: Path,
    context: Path,
    config: Path,
    names_max: int | None,
    output: Path | None,
) -> Receipt:
    """Write the receipt; a pair that cannot be read ends with 65 and names file, line, field.

    `output` is a directory, or the file itself where it ends in .json.
    """
    settings = _settings(config)
    try:
        csv, json = portfolio.read_bytes(), context.read_bytes()
    except OSError as error:
        fail(str(error), os.EX_NOINPUT)
    outcome = read_pair(portfolio.name, csv, context.name, json, settings.intake, None)
    if isinstance(outcome, Unreadable):
        problems = "\n".join(f"{item.code}: {item.message}" for item in outcome.refusals)
        fail(problems, os.EX_DATAERR)
    now = SystemMachineClock().utc_now()
    head = ReceiptHead(
        broker=broker,
        portfolio_path=str(portfolio),
        execution_context_path=str(context),
        champion_id=outcome.champion_id,
        signal_date=outcome.signal_date,
        run_id=outcome.run_id,
        created_at=now,
    )
    receipt = target_receipt(head, outcome, names_max=names_max)
    path = _target(output, portfolio.parent, now)
    try:
        write_atomically(path, receipt.as_bytes())
    except OSError as error:
        fail(str(error), os.EX_CANTCREAT)
    return Receipt(path, receipt.model_dump(mode="json"))


def _target(output: Path | None, beside: Path, now: datetime) -> Path:
    if output is not None and output.suffix == ".json":
        return output
    return receipt_path(output or beside, now)


def _settings(config: Path) -> Settings:
    """The configuration only bounds what is read here; without a file the defaults serve."""
    if not config.exists():
        return Settings()
    try:
        return load_settings(config)
    except ConfigError as error:
        fail(str(error), os.EX_CONFIG)
