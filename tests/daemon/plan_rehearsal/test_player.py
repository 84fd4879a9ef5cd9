import os
from pathlib import Path

import pytest

from daemon.plan_rehearsal import player, shelf
from daemon.plan_rehearsal.player import RehearsalFailed, play
from statemachine.plan import Plan
from tests.adapters.venues.simulated.markets import FRIDAY
from tests.daemon.plan_rehearsal.given import HASH, a_rehearsal, market_in, question_of
from tests.daemon.planning.releases import buys

SAYS_HELLO = ("-c", "print('hello')")
SLEEPS = ("-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)")
TELLS_ITS_ENVIRONMENT = ("-c", "import os, sys; sys.stderr.write(' '.join(os.environ)); exit(1)")
SPEAKS = ("-c", "import sys; sys.stderr.write(f'UTF-8 mode {sys.flags.utf8_mode}'); exit(1)")


@pytest.fixture
def plan() -> Plan:
    return buys("0.2", "0.1")


async def test_a_process_of_its_own_plays_the_plan(tmp_path: Path, plan: Plan) -> None:
    rehearsal = await play(question_of(plan, market_in(tmp_path)))

    assert rehearsal.plan_hash == plan.plan_hash
    assert rehearsal.bars_date == FRIDAY
    assert rehearsal.lines[0].filled_quantity == 20_000


async def test_its_last_words_say_why_there_is_no_answer(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(RehearsalFailed, match=r"has no daily_bars\.parquet$"):
        await play(question_of(plan, tmp_path))


async def test_it_is_ended_when_it_takes_too_long(
    tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "MODULE", SLEEPS)

    with pytest.raises(RehearsalFailed, match=r"longer than 0\.2 s"):
        await play(question_of(plan, tmp_path), time_limit_s=0.2)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (SAYS_HELLO, "does not read"),
        (("-c", "exit(3)"), "it ended with 3"),
        (("-c", "raise SystemError('a bug')"), "SystemError: a bug"),
    ],
)
async def test_anything_but_an_answer_is_a_failure_with_a_reason(
    tmp_path: Path,
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, str],
    why: str,
) -> None:
    monkeypatch.setattr(player, "MODULE", words)

    with pytest.raises(RehearsalFailed, match=why):
        await play(question_of(plan, tmp_path))


async def test_an_answer_about_another_plan_is_none(
    tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.keep(tmp_path, a_rehearsal())
    (kept,) = (tmp_path / shelf.FOLDER).iterdir()
    monkeypatch.setattr(player, "MODULE", ("-c", f"print(open({str(kept)!r}).read())"))

    with pytest.raises(RehearsalFailed, match=f"another plan, {HASH}"):
        await play(question_of(plan, tmp_path))


async def test_no_secret_of_ours_is_in_its_environment(
    tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINGAN_API_SECRET", "secret")
    monkeypatch.setattr(player, "MODULE", TELLS_ITS_ENVIRONMENT)

    with pytest.raises(RehearsalFailed) as failed:
        await play(question_of(plan, tmp_path))

    names = set(str(failed.value).split())
    assert "PINGAN_API_SECRET" in os.environ
    assert names - {"LC_CTYPE"} <= {*player.PASSED_ON, *player.OWN_ENVIRONMENT}


async def test_it_reads_and_writes_utf_8_under_any_locale(
    tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(player, "MODULE", SPEAKS)

    with pytest.raises(RehearsalFailed, match=r"^UTF-8 mode 1$"):
        await play(question_of(plan, tmp_path))
