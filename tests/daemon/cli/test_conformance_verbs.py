import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.gateway.conformance.catalogue import GROUPS
from daemon.cli.main import main
from daemon.machine_clock import SystemMachineClock
from tests.adapters.gateway.conformance.stand import SYMBOLS, sample_gateway
from tests.support.gateway import ACCOUNT, CREDENTIALS

SECRETS = {
    "PINGAN_API_KEY": CREDENTIALS.access_key,
    "PINGAN_API_SECRET": CREDENTIALS.secret_key,
    "PINGAN_API_TOKEN": CREDENTIALS.token,
}
NOBODY = "http://127.0.0.1:1"


def conformance(*words: str, secrets: dict[str, str] = SECRETS) -> Result:
    """Run the verb; secrets it is not given are not in its environment."""
    environ = dict.fromkeys(SECRETS) | secrets
    return CliRunner(env=environ).invoke(main, ["conformance", *words])


async def at_a_gateway(folder: Path, *words: str) -> Result:
    """Run the verb against our own gateway."""
    async with sample_gateway(folder, SystemMachineClock().utc_now) as base:
        chosen = ("--endpoint", str(base), "--symbol", SYMBOLS[0], *words)
        return await asyncio.to_thread(conformance, *chosen)


async def test_it_prints_a_line_a_case_and_a_sentence_for_the_run(tmp_path: Path) -> None:
    words = ("--account", ACCOUNT, "--group", "health", "--case", "C44")
    result = await at_a_gateway(tmp_path, *words)

    lines = result.stdout.splitlines()
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in lines[:-1]] == ["C01", "C02", "C03", "C44"]
    assert lines[-1] == "4 cases: 4 passed, 0 failed, 0 skipped"


async def test_it_answers_in_json(tmp_path: Path) -> None:
    result = await at_a_gateway(tmp_path, "--account", ACCOUNT, "--case", "C13", "--json")

    case, run = (json.loads(line) for line in result.stdout.splitlines())
    assert result.exit_code == 0, result.output
    assert (case["number"], case["verdict"]) == ("C13", "SKIP")
    assert "at most 60 are waited for" in case["reason"]
    assert run == {"cases": 1, "passed": 0, "failed": 0, "skipped": 1, "failures": []}


async def test_a_broken_promise_ends_with_1(tmp_path: Path) -> None:
    result = await at_a_gateway(tmp_path, "--account", "NOBODY", "--case", "C04")

    assert result.exit_code == 1
    assert "C04   session      FAIL" in result.stdout
    assert "AUTH_FORBIDDEN" in result.stdout
    assert "(C04 failed)" in result.stdout


async def test_another_venue_must_be_named_before_it_gets_an_order(tmp_path: Path) -> None:
    result = await at_a_gateway(tmp_path, "--account", ACCOUNT, "--venue", "pingan")

    assert result.exit_code == 77
    assert "'simulated', not 'pingan'" in result.stderr
    assert result.stdout == ""


def test_a_gateway_that_does_not_answer_ends_with_69() -> None:
    result = conformance("--endpoint", NOBODY)

    assert result.exit_code == 69
    assert "does not answer" in result.stderr


def test_a_missing_secret_ends_with_78_and_is_named() -> None:
    given = {name: value for name, value in SECRETS.items() if name != "PINGAN_API_TOKEN"}

    result = conformance("--endpoint", NOBODY, secrets=given)

    assert result.exit_code == 78
    assert "PINGAN_API_TOKEN" in result.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--endpoint", "https://broker.example"), "only loopback is allowed"),
        (("--endpoint", "http://broker.example", "--remote"), "must be https"),
        (("--endpoint", NOBODY, "--group", "fils"), GROUPS[0]),
        (("--endpoint", NOBODY, "--case", "C0"), "C0"),
        ((), "--endpoint"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    words: tuple[str, ...], problem: str
) -> None:
    result = conformance(*words)

    assert result.exit_code == 2
    assert problem in result.stderr
