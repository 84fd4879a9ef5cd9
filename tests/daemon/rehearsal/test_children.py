import asyncio
import os
import sys
from pathlib import Path

import pytest

from daemon.rehearsal import children
from daemon.rehearsal.children import RESTARTS_MAX, Child, KeptAlive
from daemon.rehearsal.options import RehearsalError

pytestmark = pytest.mark.usefixtures("any_program")

WAITS = "import os, signal; open(os.environ['UP'], 'w').close(); signal.pause()"
IGNORES = f"import signal; signal.signal(15, signal.SIG_IGN); {WAITS}"
ENDS_WITH_7 = "raise SystemExit(7)"


@pytest.fixture
def any_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a child be any text of Python instead of a verb."""
    monkeypatch.setattr(children, "MODULE", ("-c",))


class Voice:
    """Remembers what is said, and lets a test wait for it."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._news = asyncio.Event()

    def __call__(self, text: str) -> None:
        self.said.append(text)
        self._news.set()

    async def heard(self, words: str) -> None:
        while not any(words in text for text in self.said):
            self._news.clear()
            await self._news.wait()


@pytest.fixture
def up(tmp_path: Path) -> Path:
    """Make the pipe that a child says its first word into."""
    pipe = tmp_path / "up"
    os.mkfifo(pipe)
    return pipe


async def is_up(pipe: Path) -> None:
    """Wait for the child's first word."""
    await asyncio.to_thread(pipe.read_bytes)


async def test_a_child_gets_its_environment_and_its_log_is_appended_to(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    say = "import os; print(os.environ['CANARY'])"

    child = await Child.start([say], log, {"CANARY": "yellow"})

    assert await child.wait() == 0
    assert child.has_ended
    assert log.read_text() == "before\nyellow\n"


async def test_a_child_that_is_asked_to_end_ends(tmp_path: Path, up: Path) -> None:
    child = await Child.start([WAITS], tmp_path / "log", {"UP": str(up)})
    await is_up(up)
    assert not child.has_ended

    assert await child.stop() == -15
    assert await child.stop() == -15


async def test_a_child_that_does_not_end_is_killed(
    tmp_path: Path, up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "STOP_TIMEOUT_S", 0.01)
    child = await Child.start([IGNORES], tmp_path / "log", {"UP": str(up)})
    await is_up(up)

    assert await child.stop() == -9


async def test_a_child_that_died_is_started_again_and_counted(tmp_path: Path) -> None:
    voice = Voice()
    kept = KeptAlive([ENDS_WITH_7], tmp_path / "log", {}, voice)
    keeping = asyncio.create_task(kept.run())
    async with asyncio.timeout(30):
        await voice.heard("restart 2")

    await kept.stop()
    await keeping

    assert kept.restarts >= 2
    assert "daemon ended with 7; restart 1" in voice.said
    assert len([text for text in voice.said if text.startswith("daemon pid")]) >= kept.restarts


async def test_too_many_deaths_end_the_rehearsal_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "RESTARTS_MAX", 2)
    kept = KeptAlive([ENDS_WITH_7], tmp_path / "log", {}, Voice())
    kept.check()

    async with asyncio.timeout(30):
        await kept.run()

    assert RESTARTS_MAX > 2
    with pytest.raises(RehearsalError, match=f"died 2 times; see {tmp_path / 'log'}"):
        kept.check()


async def test_a_child_that_was_being_started_when_the_end_came_is_ended_too(
    tmp_path: Path, up: Path
) -> None:
    kept = KeptAlive([WAITS], tmp_path / "log", {"UP": str(up)}, Voice())
    keeping = asyncio.create_task(kept.run())
    await asyncio.sleep(0)

    await kept.stop()

    async with asyncio.timeout(30):
        await keeping
    assert kept.restarts == 0


async def test_stopping_a_living_child_is_no_restart(tmp_path: Path, up: Path) -> None:
    kept = KeptAlive([WAITS], tmp_path / "log", {"UP": str(up)}, Voice())
    keeping = asyncio.create_task(kept.run())
    await is_up(up)

    await kept.stop()
    await keeping

    assert kept.restarts == 0
    kept.check()


def test_a_child_is_the_command_line_of_this_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert children.MODULE == ("-m", "daemon.cli.main")
    assert Path(sys.executable).is_file()
