"""Verbs that are long-lived processes: the daemon and the paper gateway."""

import os
import sys
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

import click

from daemon.cli.options import config_option, json_option
from daemon.cli.values import ClockType, InputFile, MomentType, MoneyType


@click.command()
@config_option
@json_option
def run(config_path: Path, as_json: bool) -> None:
    """Run the daemon until SIGTERM; its log is JSON lines unless a terminal reads it."""
    from daemon.start import start_daemon  # noqa: PLC0415 - heavy

    raise SystemExit(start_daemon(config_path, as_json=as_json or not sys.stderr.isatty()))


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
@click.option("--cash", type=MoneyType(places=2), default="1000000", show_default=True)
@click.option("--positions", type=InputFile)
@click.option("--account", default="PAPER0001", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--participation",
    type=MoneyType(maximum=Decimal(1)),
    default="0.10",
    show_default=True,
    help="The share of a bar's volume that ours may trade together.",
)
@click.option(
    "--speed", type=MoneyType(), help="At most N market seconds a real second; needs --stepped."
)
@click.option("--stepped", is_flag=True, help="Time moves only while every participant sleeps.")
@click.option("--faults", type=InputFile)
@click.option(
    "--state", type=click.Path(path_type=Path), default=Path("out/gateway"), show_default=True
)
@click.option("--orders-per-day", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option(
    "--day-end",
    type=click.Choice(["close", "clearing"]),
    default="close",
    show_default=True,
    help="When unfilled orders are shown as ended; what they froze is free at 15:00 either way.",
)
@click.option("--clearing-time", type=ClockType(), default="15:30", show_default=True)
@click.option("--lists-cancels", is_flag=True, help="Cancels are listed as rows of their own.")
@click.option(
    "--takes",
    type=click.Choice(["gap-orders", "lunch-orders", "lunch-cancels"]),
    multiple=True,
    help="What this counter takes from 09:25 to 09:30 and over lunch; nothing by default.",
)
@click.option("--rules", type=InputFile, multiple=True, help="As market.rule_files; repeatable.")
@click.option("--calendar", type=InputFile, help="As market.calendar_file.")
@click.option("--script", type=InputFile, help="What other people do to the account, JSON.")
@click.option(
    "--fresh",
    is_flag=True,
    help="Begin anew; without it the same command on the same --state goes on where it stood.",
)
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
    day_end: str,
    clearing_time: time,
    lists_cancels: bool,
    takes: tuple[str, ...],
    rules: tuple[Path, ...],
    calendar: Path | None,
    script: Path | None,
    fresh: bool,
    ready_file: Path | None,
    as_json: bool,
) -> None:
    """Run the paper gateway on loopback: contract v1 in front of a simulated venue."""
    if speed is not None and not stepped:
        raise click.UsageError("--speed needs --stepped: a daemon that follows runs at real time")
    if speed == 0:
        raise click.UsageError("--speed 0 would never move")
    from adapters.venues.simulated.desk_settings import DayEnd  # noqa: PLC0415 - this verb only
    from daemon.paper_gateway import GatewayOptions, run_gateway  # noqa: PLC0415 - heavy
    from market.phases import PhasePolicy  # noqa: PLC0415 - this verb only

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
        day_end=DayEnd(f"AT_{day_end.upper()}"),
        clearing_time=clearing_time,
        lists_cancels=lists_cancels,
        phase_policy=PhasePolicy(**{name.replace("-", "_"): True for name in takes}),
        rules=rules,
        calendar=calendar,
        script=script,
        fresh=fresh,
        ready_file=ready_file,
        as_json=as_json,
    )
    raise SystemExit(run_gateway(options, os.environ))
