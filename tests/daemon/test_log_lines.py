import json
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest
import structlog
from pydantic import SecretStr
from structlog.testing import LogCapture
from structlog.typing import FilteringBoundLogger

from adapters.wire.signing import GatewayCredentials
from config.secrets import Secrets
from daemon.log_lines import HIDDEN, LibraryLines, logger
from daemon.market_clock import SteppedMarketClock
from tests.fakes.fake_clock import jump
from tests.support.desk import at

CANARY = "canary-7f3a"
SECRETS = Secrets(SecretStr(CANARY), SecretStr(CANARY), SecretStr(CANARY))


def log_lines(capfd: pytest.CaptureFixture[str]) -> list[str]:
    return capfd.readouterr().err.splitlines()


@pytest.fixture
def logs() -> Iterator[list[FilteringBoundLogger]]:
    """Close the log's own copy of stderr afterwards."""
    opened: list[FilteringBoundLogger] = []
    yield opened
    for log in opened:
        cast("Any", log)._logger._file.close()


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_is_in_the_log_however_it_got_there(
    capfd: pytest.CaptureFixture[str], logs: list[FilteringBoundLogger], *, as_json: bool
) -> None:
    log = logger(SteppedMarketClock(at("09:31"), jump), as_json=as_json)
    logs.append(log)
    credentials = GatewayCredentials(CANARY, CANARY, CANARY)

    def fail(held: Secrets, spelled: str) -> None:
        raise ValueError(f"{held} does not sign, {len(spelled)} long")

    log.warning("planted", secrets=SECRETS, credentials=credentials, settings=[SECRETS.token])
    try:
        fail(SECRETS, CANARY)
    except ValueError:
        log.exception("planted too", secrets=SECRETS)

    words = "\n".join(log_lines(capfd))
    assert "planted too" in words
    assert "does not sign" in words
    assert CANARY not in words


def test_a_line_of_the_log_has_both_times_its_level_and_its_sentence(
    capfd: pytest.CaptureFixture[str], logs: list[FilteringBoundLogger]
) -> None:
    log = logger(SteppedMarketClock(at("09:31"), jump), as_json=True)
    logs.append(log)

    log.info("计划已批准", run_id="r")
    log.debug("never said")

    (line,) = log_lines(capfd)
    assert "计划已批准" in line
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "计划已批准",
        "level": "info",
        "run_id": "r",
        "market_time": "2025-11-10T09:31:00+08:00",
    }


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("secret", [CANARY, 'quoted"and\\slashed', "密钥-七七七七"])
def test_a_secret_somebody_writes_out_is_hidden(
    capfd: pytest.CaptureFixture[str],
    logs: list[FilteringBoundLogger],
    secret: str,
    *,
    as_json: bool,
) -> None:
    log = logger(SteppedMarketClock(at("09:31"), jump), as_json=as_json, hidden=(secret, "abc", ""))
    logs.append(log)

    log.error("the gateway said", text=f"unknown key {secret}!", body={"token": secret})

    (line,) = log_lines(capfd)
    assert secret not in line
    assert json.dumps(secret)[1:-1] not in line
    assert line.count(HIDDEN) == 2
    assert "unknown key" in line


def test_a_short_secret_takes_no_words_out(
    capfd: pytest.CaptureFixture[str], logs: list[FilteringBoundLogger]
) -> None:
    log = logger(SteppedMarketClock(at("09:31"), jump), as_json=True, hidden=("key", ""))
    logs.append(log)

    log.info("key unknown")

    assert "key unknown" in log_lines(capfd)[0]


@pytest.mark.parametrize(
    ("level", "prefix"), [("info", "<6>"), ("warning", "<4>"), ("error", "<3>")]
)
def test_the_journal_is_told_the_priority_of_each_line(
    capfd: pytest.CaptureFixture[str], logs: list[FilteringBoundLogger], level: str, prefix: str
) -> None:
    log = logger(SteppedMarketClock(at("09:31"), jump), as_json=True, in_journal=True)
    logs.append(log)

    getattr(log, level)("said")

    (line,) = log_lines(capfd)
    assert line.startswith(prefix)
    assert json.loads(line.removeprefix(prefix))["level"] == level


def test_every_line_of_a_traceback_for_people_keeps_its_priority(
    capfd: pytest.CaptureFixture[str], logs: list[FilteringBoundLogger]
) -> None:
    log = logger(SteppedMarketClock(at("09:31"), jump), as_json=False, in_journal=True)
    logs.append(log)

    try:
        _ = 1 // 0
    except ZeroDivisionError:
        log.exception("broke")

    lines = log_lines(capfd)
    assert len(lines) > 2
    assert all(line.startswith("<3>") for line in lines)


def test_a_value_that_is_a_function_is_asked_when_its_line_is_written(
    capfd: pytest.CaptureFixture[str], logs: list[FilteringBoundLogger]
) -> None:
    runs: list[str | None] = [None]
    log = logger(SteppedMarketClock(at("09:31"), jump), as_json=True)
    logs.append(log)
    bound = log.bind(run_id=lambda: runs[-1])

    bound.info("before")
    runs.append("r1")
    bound.info("after")
    bound.info("another", run_id="r2")

    assert [json.loads(line)["run_id"] for line in log_lines(capfd)] == [None, "r1", "r2"]


def test_what_libraries_warn_of_becomes_a_line_of_ours() -> None:
    captured = LogCapture()
    log = structlog.wrap_logger(
        structlog.PrintLogger(),
        processors=[captured],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    library = logging.getLogger("some.library")
    stop = LibraryLines(log).install()

    library.info("chatter")
    library.warning("%d requests lost", 3)
    stop()
    library.warning("nobody listens")

    assert [(entry["event"], entry["library"]) for entry in captured.entries] == [
        ("3 requests lost", "some.library")
    ]
