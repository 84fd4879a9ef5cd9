from dataclasses import replace

from daemon.cli.rehearsal_text import rehearsal_text
from daemon.control.rehearsal_verbs import standing_view
from daemon.plan_rehearsal.rehearsals import Progress, Standing
from statemachine.reasons import Reason
from tests.daemon.plan_rehearsal.given import HASH, a_rehearsal

STANDING = standing_view(Standing(HASH, Progress.DONE, rehearsal=a_rehearsal()))


def test_it_says_in_both_languages_what_the_figures_are() -> None:
    text = rehearsal_text(STANDING["rehearsal"])

    assert "Played on the bars of 2025-11-07, an example of a session, not a forecast." in text
    assert "按 2025-11-07 的行情回放，仅为一个交易日的示例，并非预测。" in text


def test_every_line_and_every_reason_is_there_once() -> None:
    text = rehearsal_text(STANDING["rehearsal"])

    assert text.count("600000.SH") == 1
    assert "NO_BARS: The name has no bars" in text
    assert "NOT_FILLED" in text
    assert "lowest cash 823946.03 at 10:00" in text
    assert HASH in text


def test_points_at_which_nothing_changed_are_left_out() -> None:
    played = a_rehearsal()
    first, last = played.cash_path
    longer = replace(played, cash_path=(first, replace(first, at=last.at), last))
    standing = Standing(HASH, Progress.DONE, rehearsal=longer)

    assert rehearsal_text(standing_view(standing)["rehearsal"]).count("1000000") == 1


def test_what_would_hold_the_plan_is_named() -> None:
    held = replace(a_rehearsal(), hold=Reason.HELD_SHARE)
    standing = Standing(HASH, Progress.DONE, rehearsal=held)

    assert "HELD_SHARE" in rehearsal_text(standing_view(standing)["rehearsal"])
