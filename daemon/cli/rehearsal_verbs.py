"""Verbs that play the whole loop on a market that already happened."""

import asyncio
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.options import json_option
from daemon.cli.output import fail
from daemon.cli.values import InputFile, MoneyType

if TYPE_CHECKING:
    from daemon.rehearsal.options import Pair, RehearsalOptions
    from daemon.rehearsal.results import RunResult


@click.command()
@click.option("--portfolio", type=InputFile)
@click.option("--context", type=InputFile)
@click.option("--runs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--from", "first", help="First folder date, YYYYMMDD.")
@click.option("--to", "last", help="Last folder date, YYYYMMDD.")
@click.option("--exclude", default="", help="Folder dates to leave out, comma separated.")
@click.option(
    "--market", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True
)
@click.option("--cash", type=MoneyType(places=2), default="1000000", show_default=True)
@click.option("--positions", type=InputFile)
@click.option("--speed", type=MoneyType(), help="At most N market seconds a real second.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--no-approve-gaps", is_flag=True, help="Leave lines held for a gap to nobody.")
@click.option("--message-limit", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65_535),
    default=0,
    help="Where Prometheus may watch the daemon.",
)
@click.option(
    "--config",
    type=InputFile,
    help="Settings to rehearse with; endpoint, mode and paths are the rehearsal's own.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@json_option
def rehearse(
    portfolio: Path | None,
    context: Path | None,
    runs: Path | None,
    first: str | None,
    last: str | None,
    exclude: str,
    market: Path,
    cash: Decimal,
    positions: Path | None,
    speed: Decimal | None,
    seed: int,
    no_approve_gaps: bool,
    message_limit: int,
    metrics_port: int,
    config: Path | None,
    out: Path,
    as_json: bool,
) -> None:
    """Play pairs of files through the real daemon against the paper gateway."""
    from daemon.rehearsal.options import (  # noqa: PLC0415 - only this verb
        RehearsalError,
        RehearsalOptions,
    )

    try:
        options = RehearsalOptions(
            pairs=_pairs(portfolio, context, runs, first, last, exclude),
            market=market,
            out=out,
            cash=cash,
            positions=positions,
            speed=speed,
            seed=seed,
            approve_gaps=not no_approve_gaps,
            messages_per_day=message_limit,
            config=config,
            metrics_port=metrics_port,
        )
        raise SystemExit(_play(options, as_json=as_json, story=False))
    except RehearsalError as error:
        fail(str(error), os.EX_SOFTWARE)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True)
@json_option
def demo(out: Path, as_json: bool) -> None:
    """Rehearse the bundled week and tell what happens."""
    from daemon.rehearsal.options import RehearsalError  # noqa: PLC0415 - only this verb
    from daemon.rehearsal.sample import sample_options  # noqa: PLC0415 - only this verb

    try:
        raise SystemExit(_play(sample_options(out), as_json=as_json, story=True))
    except RehearsalError as error:
        fail(str(error), os.EX_SOFTWARE)


def _pairs(
    portfolio: Path | None,
    context: Path | None,
    runs: Path | None,
    first: str | None,
    last: str | None,
    exclude: str,
) -> "tuple[Pair, ...]":
    from daemon.rehearsal.options import pairs_of_runs, single_pair  # noqa: PLC0415

    if runs is not None and portfolio is None and context is None:
        excluded = {name.strip() for name in exclude.split(",") if name.strip()}
        return pairs_of_runs(runs, first, last, excluded)
    if runs is None and portfolio is not None and context is not None:
        return (single_pair(portfolio, context),)
    raise click.UsageError("give either --runs, or both --portfolio and --context")


def _play(options: "RehearsalOptions", *, as_json: bool, story: bool) -> int:
    from daemon.cli.socket_client import DaemonRefused  # noqa: PLC0415 - only this verb
    from daemon.randomness import SystemRandomness  # noqa: PLC0415 - heavy
    from daemon.rehearsal.folder import prepare_folder  # noqa: PLC0415 - heavy
    from daemon.rehearsal.options import RehearsalError  # noqa: PLC0415 - only this verb
    from daemon.rehearsal.rehearse import rehearse as play  # noqa: PLC0415 - heavy
    from daemon.rehearsal.story import sentence_of, tell  # noqa: PLC0415 - heavy

    prepare_folder(options.out, replace=story)

    def say(text: str) -> None:
        click.echo(text, err=True)

    def on_result(result: "RunResult") -> None:
        if as_json:
            click.echo(json.dumps(result.content, ensure_ascii=False))
        elif story:
            click.echo(tell(result))
        else:
            click.echo(sentence_of(result))

    try:
        played = asyncio.run(play(options, SystemRandomness(), say, on_result))
    except DaemonRefused as refused:
        raise RehearsalError(f"the daemon refused: {refused}") from refused
    return played.exit_code
