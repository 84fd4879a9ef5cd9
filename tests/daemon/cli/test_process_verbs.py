from datetime import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.venues.simulated.desk_settings import DayEnd
from daemon import paper_gateway, start
from daemon.cli.main import main
from daemon.paper_gateway import GatewayOptions
from market.phases import PhasePolicy


def test_run_ends_with_the_code_of_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[Path, bool]] = []

    def start_daemon(path: Path, *, as_json: bool) -> int:
        started.append((path, as_json))
        return 75

    monkeypatch.setattr(start, "start_daemon", start_daemon)

    done = CliRunner().invoke(main, ["run", "--config", str(tmp_path / "broker.yaml")])

    assert done.exit_code == 75
    assert started == [(tmp_path / "broker.yaml", True)]


def gateway(*words: str) -> int:
    return CliRunner().invoke(main, ["gateway", *words]).exit_code


def test_the_gateway_gets_what_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[GatewayOptions] = []

    def run_gateway(options: GatewayOptions, _environ: object) -> int:
        started.append(options)
        return 65

    monkeypatch.setattr(paper_gateway, "run_gateway", run_gateway)
    words = ("--market", str(tmp_path), "--start", "2026-01-16T17:00:00", "--stepped")

    assert gateway(*words, "--speed", "600", "--cash", "1_000_000.50", "--port", "0") == 65

    (options,) = started
    assert (str(options.speed), str(options.cash), options.port) == ("600", "1000000.50", 0)
    assert options.start.isoformat() == "2026-01-16T17:00:00+08:00"
    assert options.stepped
    assert (options.day_end, options.clearing_time) == (DayEnd.AT_CLOSE, time(15, 30))
    assert (options.script, options.lists_cancels, options.fresh) == (None, False, False)


def test_the_counter_of_the_gateway_can_be_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[GatewayOptions] = []
    monkeypatch.setattr(
        paper_gateway, "run_gateway", lambda options, _environ: started.append(options)
    )
    words = ("--market", str(tmp_path), "--start", "2026-01-16T17:00:00", "--fresh")
    mine = tmp_path / "mine.yaml"
    mine.touch()
    files = ("--rules", str(mine), "--calendar", str(mine), "--takes", "lunch-orders")
    gateway(*words, *files, "--day-end", "clearing", "--clearing-time", "18:00", "--lists-cancels")
    (options,) = started
    assert (options.rules, options.calendar) == ((mine,), mine)
    assert options.phase_policy == PhasePolicy(lunch_orders=True)
    assert (options.day_end, options.clearing_time) == (DayEnd.AT_CLEARING, time(18))
    assert options.lists_cancels
    assert options.fresh


@pytest.mark.parametrize(
    "words",
    [
        ("--start", "2026-01-16T17:00:00"),
        ("--market", "."),
        ("--market", "/nowhere", "--start", "2026-01-16"),
        ("--market", ".", "--start", "soon"),
        ("--market", ".", "--start", "2026-01-16", "--port", "65536"),
        ("--market", ".", "--start", "2026-01-16", "--speed", "60"),
        ("--market", ".", "--start", "2026-01-16", "--speed", "0", "--stepped"),
        ("--market", ".", "--start", "2026-01-16", "--participation", "1.01"),
        ("--market", ".", "--start", "2026-01-16", "--cash", "1.234"),
        ("--market", ".", "--start", "2026-01-16", "--takes", "tea"),
        ("--market", ".", "--start", "2026-01-16", "--positions", "."),
        ("--market", ".", "--start", "2026-01-16", "--faults", "."),
    ],
)
def test_what_cannot_be_meant_starts_no_gateway(words: tuple[str, ...]) -> None:
    assert gateway(*words) == 2
