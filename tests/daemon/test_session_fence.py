from pathlib import Path

import pytest

from daemon.session_fence import SessionFence, TakeOverNeeded, allow_take_over
from tests.fakes.fake_clock import FakeMachineClock


def lost(state: Path) -> tuple[SessionFence, FakeMachineClock]:
    machine = FakeMachineClock()
    fence = SessionFence(state, machine)
    fence.note_superseded()
    return fence, machine


def test_without_a_loss_a_start_is_open(tmp_path: Path) -> None:
    SessionFence(tmp_path, FakeMachineClock()).require_open()


def test_for_ten_minutes_after_a_take_over_no_start_opens_a_session(tmp_path: Path) -> None:
    fence, machine = lost(tmp_path)
    machine.advance(599)
    with pytest.raises(TakeOverNeeded, match="resume --take-over"):
        fence.require_open()

    machine.advance(1)
    fence.require_open()


def test_a_person_s_word_opens_one_start_and_no_second(tmp_path: Path) -> None:
    fence, _ = lost(tmp_path)
    allow_take_over(tmp_path, "the other one is gone")
    fence.require_open()

    fence.note_superseded()
    with pytest.raises(TakeOverNeeded):
        fence.require_open()
