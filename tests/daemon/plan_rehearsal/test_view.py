from dataclasses import replace

from daemon.plan_rehearsal.view import note_of, rehearsal_view
from statemachine.reasons import Reason
from tests.daemon.plan_rehearsal.given import a_rehearsal


def test_every_view_says_what_it_is_in_both_languages() -> None:
    assert note_of(a_rehearsal()) == {
        "english": "Played on the bars of 2025-11-07, an example of a session, not a forecast.",
        "chinese": "按 2025-11-07 的行情回放，仅为一个交易日的示例，并非预测。",
    }


def test_figures_are_decimal_strings_and_reasons_are_sentences() -> None:
    view = rehearsal_view(a_rehearsal())
    sold, bought, dark = view["lines"]

    assert (sold["average_price"], sold["fees"], sold["reason"]) == ("9.87", "22.51", None)
    assert bought["reason"]["code"] == "NOT_FILLED"
    assert bought["reason"]["english"]
    assert bought["reason"]["chinese"]
    assert (dark["reason"]["code"], dark["average_price"]) == ("NO_BARS", None)
    assert view["unfilled"] == [bought, dark]
    assert view["lowest"] == {"at": "2025-11-10T10:00:00+08:00", "cash": "823946.03"}
    assert view["hold"] is None


def test_what_would_have_held_the_whole_plan_is_named() -> None:
    view = rehearsal_view(replace(a_rehearsal(), hold=Reason.HELD_SHARE))

    assert view["hold"]["code"] == "HELD_SHARE"
    assert view["hold"]["chinese"]


def test_no_order_id_is_shown_for_there_is_none() -> None:
    assert "client_order_id" not in str(rehearsal_view(a_rehearsal()))
