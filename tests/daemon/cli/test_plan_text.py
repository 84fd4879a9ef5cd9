from daemon.cli.plan_text import plan_text
from tests.daemon.cli.plans import DERISK, HASH, line, plan_view

NAME = {
    "ts_code": "000002.SZ",
    "change": "REMOVED",
    "target_before": 500,
    "target_after": 0,
    "planned_before": 500,
    "planned_after": 0,
}


def test_trades_cash_and_the_hash_are_told() -> None:
    text = plan_text(plan_view())

    assert "SELLS 卖出 (1)" in text
    assert "BUYS 买入 (1)" in text
    assert "HOLDS" not in text
    assert "浦发银行" in text
    assert "CLOSING" in text
    assert text.endswith(f"plan {HASH}")


def test_each_reason_is_explained_in_both_languages() -> None:
    text = plan_text(plan_view())

    assert "LIMIT_LOCKED: locked at its limit 封板" in text


def test_a_check_that_fails_is_marked() -> None:
    marked = [row for row in plan_text(plan_view()).splitlines() if row.startswith("LOOK")]

    (row,) = marked
    assert "600000.SH" in row


def test_a_flag_says_what_must_be_typed() -> None:
    flags = [{"reason": DERISK, "field": "sell_amount", "typed": "6000"}]

    assert "-> type 6000" in plan_text(plan_view(flags=flags))
    looked_at = [{"reason": DERISK, "field": None, "typed": None}]
    assert "-> type" not in plan_text(plan_view(flags=looked_at))


def test_differences_and_notes_are_told_where_there_are_any() -> None:
    difference = {"kind": "EARLIER", "run_id": "20251031-a", "plan_hash": "b", "names": [NAME]}

    text = plan_text(plan_view(difference=difference, notes=["cash is short"]))

    assert "EARLIER 20251031-a" in text
    assert "REMOVED" in text
    assert "cash is short" in text
    assert "none" in plan_text(plan_view(difference={**difference, "names": []}))


def test_weights_are_told_in_percent_however_long_the_file_wrote_them() -> None:
    long = line("600000.SH", "BUY", target_weight="0.08666000000000001", weight_before=None)

    text = plan_text(plan_view(buys=[long]))

    assert "8.67 %" in text
    assert "0000001" not in text


def test_what_is_asked_and_what_was_given_is_told_where_there_is_any() -> None:
    asked = {
        "stage": "SELLS",
        "persons_min": 2,
        "seconds_shown_min": 5,
        "author_may_approve": False,
    }
    given = [{"approver": "li", "stage": "SELLS", "created_at": "2025-11-10T08:00:00+08:00"}]

    text = plan_text(plan_view(asked=asked, given=given))

    assert "stage SELLS is to be approved now" in text
    assert "2 persons must approve" in text
    assert "read it for 5 s first" in text
    assert "not by who made the run" in text
    assert "GIVEN 已批准\n  SELLS li 2025-11-10T08:00:00+08:00" in text
    assert "ASKED" not in plan_text(plan_view())
    assert "GIVEN" not in plan_text(plan_view())
