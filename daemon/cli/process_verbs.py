"""Verbs that are long-lived processes: the daemon and the paper gateway."""

import os
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import click

from daemon.cli.options import config_option, json_option
from daemon.cli.values import InputFile, MomentType, MoneyType


@click.command()
@config_option
@json_option
def run(config_path: Path, as_json: bool) -> None:
    """Run the daemon until SIGTERM; its log is JSON lines unless a terminal reads it."""
    from daemon.main_loop import run_daemon  # noqa: PLC0415 - heavy

    raise SystemExit(run_daemon(config_path, as_json=as_json or not sys.stderr.isatty()))


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=18080, show_default=True)
@click.option(
    "--market",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Directory with daily_bars.parquet and what else there is.",
)
@click.option(
    "--start",
    type=MomentType(),
    required=True,
    help="Market time to start at, ISO 8601; Shanghai where no offset is given.",
)
@click.option("--cash", type=MoneyType(), default="1000000", show_default=True)
@click.option("--positions", type=InputFile)
@click.option("--account", default="PAPER0001", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--participation", type=MoneyType(), default="0.10", show_default=True)
@click.option(
    "--speed", type=MoneyType(), help="At most N market seconds a real second; needs --stepped."
)
@click.option("--stepped", is_flag=True, help="Time moves only while every participant sleeps.")
@click.option("--faults", type=InputFile)
@click.option(
    "--state", type=click.Path(path_type=Path), default=Path("out/gateway"), show_default=True
)
@click.option("--orders-per-day", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--ready-file", type=click.Path(path_type=Path), help="Written when it listens.")
@json_option
def gateway(
    port: int,
    market: Path,
    start: datetime,
    cash: Decimal,
    positions: Path | None,
    account: str,
    seed: int,
    participation: Decimal,
    speed: Decimal | None,
    stepped: bool,
    faults: Path | None,
    state: Path,
    orders_per_day: int,
    ready_file: Path | None,
    as_json: bool,
) -> None:
    """Run the paper gateway on loopback: contract v1 in front of a simulated venue."""
    if speed is not None and not stepped:
        raise click.UsageError("--speed needs --stepped: a daemon that follows runs at real time")
    from daemon.paper_gateway import GatewayOptions, run_gateway  # noqa: PLC0415 - heavy

    options = GatewayOptions(
        port=port,
        market=market,
        start=start,
        cash=cash,
        positions=positions,
        account=account,
        seed=seed,
        participation=participation,
        speed=speed,
        stepped=stepped,
        faults=faults,
        state=state,
        orders_per_day=orders_per_day,
        ready_file=ready_file,
        as_json=as_json,
    )
    raise SystemExit(run_gateway(options, os.environ))
