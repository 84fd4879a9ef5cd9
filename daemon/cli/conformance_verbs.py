"""The verb that tries a gateway against the numbered cases of the contract."""

import asyncio
import json
import os
from collections.abc import MutableMapping
from typing import TYPE_CHECKING

import click

from daemon.cli.options import json_option
from daemon.cli.output import fail

if TYPE_CHECKING:
    from adapters.gateway.conformance.case import Case
    from adapters.gateway.conformance.runner import Target
    from adapters.gateway.conformance.verdict import CaseResult
    from adapters.wire.signing import GatewayCredentials

EXIT_FAILED = 1


@click.command()
@click.option("--endpoint", required=True, help="Base address of the gateway, without /v1.")
@click.option("--account", default="PAPER0001", show_default=True)
@click.option("--symbol", "symbols", multiple=True, help="A name to trade beside those held.")
@click.option("--group", "groups", multiple=True, help="Run the cases of this group only.")
@click.option("--case", "numbers", multiple=True, help="Run this case only, C01.")
@click.option(
    "--venue",
    default="simulated",
    show_default=True,
    help="What /v1/health must name: ORDERS ARE SUBMITTED THERE.",
)
@click.option("--remote", is_flag=True, help="Allow a gateway that is not on this host.")
@click.option(
    "--wait-max",
    "wait_max_s",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    help="Real seconds one wait may take.",
)
@json_option
def conformance(
    endpoint: str,
    account: str,
    symbols: tuple[str, ...],
    groups: tuple[str, ...],
    numbers: tuple[str, ...],
    venue: str,
    remote: bool,
    wait_max_s: int,
    as_json: bool,
) -> None:
    """Try a gateway against every promise of gateway contract v1; it submits orders."""
    from adapters.gateway.conformance.catalogue import (  # noqa: PLC0415 - heavy
        UnknownCase,
        chosen,
    )
    from adapters.gateway.conformance.runner import Target  # noqa: PLC0415 - heavy
    from adapters.pingan.endpoint import EndpointError, checked_endpoint  # noqa: PLC0415 - heavy

    try:
        cases = chosen(groups, numbers)
        base = checked_endpoint(endpoint, loopback_only=not remote, https_only=False)
    except (UnknownCase, EndpointError) as error:
        raise click.UsageError(str(error)) from error
    target = Target(base, account, symbols, venue, wait_max_s)
    raise SystemExit(_try(target, cases, _credentials(os.environ), as_json=as_json))


def _credentials(environ: MutableMapping[str, str]) -> "GatewayCredentials":
    from adapters.wire.signing import GatewayCredentials  # noqa: PLC0415 - heavy
    from config.secrets import SecretsError, read_secrets  # noqa: PLC0415 - heavy
    from config.settings import AuthSettings  # noqa: PLC0415 - heavy

    try:
        secrets = read_secrets(AuthSettings(), environ, None)
    except SecretsError as error:
        fail(str(error), os.EX_CONFIG)
    return GatewayCredentials(
        access_key=secrets.access_key.get_secret_value(),
        secret_key=secrets.secret_key.get_secret_value(),
        token=secrets.token.get_secret_value(),
    )


def _try(
    target: "Target",
    cases: "tuple[Case, ...]",
    credentials: "GatewayCredentials",
    *,
    as_json: bool,
) -> int:
    import aiohttp  # noqa: PLC0415 - heavy

    from adapters.gateway.conformance.runner import WrongVenue  # noqa: PLC0415 - heavy
    from adapters.gateway.conformance.verdict import NotKept, Verdict  # noqa: PLC0415 - heavy

    try:
        results = asyncio.run(_results(target, cases, credentials, as_json=as_json))
    except WrongVenue as error:
        fail(f"{error}; type --venue with its name to submit orders there", os.EX_NOPERM)
    except (NotKept, aiohttp.ClientError, TimeoutError, OSError) as error:
        fail(f"{target.endpoint} does not answer: {error}", os.EX_UNAVAILABLE)
    _tell_end(results, as_json=as_json)
    return EXIT_FAILED if any(row.verdict is Verdict.FAIL for row in results) else os.EX_OK


async def _results(
    target: "Target",
    cases: "tuple[Case, ...]",
    credentials: "GatewayCredentials",
    *,
    as_json: bool,
) -> "tuple[CaseResult, ...]":
    from adapters.gateway.conformance.report import line_of, object_of  # noqa: PLC0415 - heavy
    from adapters.gateway.conformance.runner import bench_at, run_cases  # noqa: PLC0415 - heavy
    from daemon.machine_clock import SystemMachineClock  # noqa: PLC0415 - heavy
    from daemon.randomness import SystemRandomness  # noqa: PLC0415 - heavy

    machine, randomness = SystemMachineClock(), SystemRandomness()

    def tell(result: "CaseResult") -> None:
        words = json.dumps(object_of(result), ensure_ascii=False) if as_json else line_of(result)
        click.echo(words)

    async with bench_at(
        target,
        credentials,
        utc_now=machine.utc_now,
        random_bytes=lambda count: bytes.fromhex(randomness.token_hex(count)),
        sleep=machine.sleep,
    ) as bench:
        return await run_cases(bench, cases, tell)


def _tell_end(results: "tuple[CaseResult, ...]", *, as_json: bool) -> None:
    from adapters.gateway.conformance.report import sentence_of, summary_of  # noqa: PLC0415

    click.echo(json.dumps(summary_of(results)) if as_json else sentence_of(results))
