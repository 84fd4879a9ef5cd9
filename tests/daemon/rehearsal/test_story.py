from daemon.rehearsal.results import RunResult, result_of
from daemon.rehearsal.story import sentence_of, tell
from tests.daemon.rehearsal.given import Json, played, shown_order, shown_run, summary

REFUSAL = {
    "code": "WEIGHT_SUM",
    "file": "portfolio_20251107.csv",
    "line": None,
    "field": "weight",
    "message": "the weights add up to 1.2",
}


def told(**changes: object) -> RunResult:
    """Return a run whose cash differs at the venue."""
    shown: Json = {**shown_run([shown_order(0)]), "summary": summary(**changes)}
    return result_of(played(shown, "cash: 2 is explained, the venue has 1"))


def test_a_run_is_told_in_one_line_with_its_figures() -> None:
    assert sentence_of(told()) == (
        "20251107-0123456789ab  COMPLETED  1 of 2 orders filled, 25.0% of 4000 CNY, fees 5.01, "
        "slippage 1.5 bp, 0 breaks, ledger DIFFERS, 0 restarts"
    )


def test_a_refused_run_is_told_with_its_reasons_once_each() -> None:
    refused = told(status="REFUSED", refusals=[REFUSAL, REFUSAL])

    assert sentence_of(refused) == "20251107-0123456789ab  REFUSED  0 orders  WEIGHT_SUM"
    assert "refused: the weights add up to 1.2" in tell(refused)


def test_the_story_names_plan_orders_what_was_not_done_and_how_the_books_stand() -> None:
    denied = [{"ts_code": "600499.SH", "reason": "SUSPENDED"}]

    story = tell(told(denied=denied))

    for words in (
        "plan " + "a" * 64,
        "600000.SH",
        "not done: 600499.SH SUSPENDED",
        "filled 1000 CNY (25.0% of plan)",
        "ledger is DIFFERENT",
        "artifact broker_submit_20251107_180110.json",
    ):
        assert words in story
    assert story.endswith("COMPLETED")


def test_equal_books_are_told_as_equal() -> None:
    sound = result_of(played(shown_run()))

    assert "equal to ours, to the cent" in tell(sound)
    assert "ledger equal" in sentence_of(sound)


def test_a_run_that_planned_nothing_has_no_share_of_it() -> None:
    idle = told(planned_notional="0", filled_notional="0", plan_hash=None, slippage_bp=None)

    assert "slippage - bp" in sentence_of(idle)
    assert "- of 0 CNY" in sentence_of(idle)
    assert "plan -" in tell(idle)
