import json
from dataclasses import replace
from decimal import Decimal

from daemon.control.views import fill_view, line_view, order_view, plan_view, refusal_view, run_view
from statemachine.line_status import LineStatus
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason
from storage.store import Stage
from tests.support.book import (
    BANK,
    LINES,
    OPEN,
    RECEIVED_AT,
    RUN_ID,
    at,
    make_fill,
    make_order,
    make_plan,
    make_run,
)


def test_every_view_is_plain_json_without_a_float() -> None:
    order = make_order()
    views = [
        run_view(make_run()),
        plan_view(make_plan(), RECEIVED_AT, None),
        *(line_view(line, None) for line in LINES),
        order_view(order),
        fill_view(make_fill(order, 100)),
    ]

    for view in views:
        assert json.loads(json.dumps(view)) == view
        assert not any(isinstance(value, float) for value in view.values())


def test_money_is_a_decimal_string_and_nothing_is_null() -> None:
    line = replace(LINES[0], limit_worst=None, reference_price=Decimal("10.10"))

    shown = line_view(line, None)

    assert shown["reference_price"] == "10.1"
    assert shown["limit_worst"] is None


def test_a_fill_without_a_bill_has_no_fees_rather_than_fees_of_nothing() -> None:
    fill = make_fill(make_order(), 100)

    billed = fill_view(fill)["fees"]

    assert billed == {"commission": "5", "stamp_duty": "0", "transfer": "0.01"}
    assert fill_view(replace(fill, fees=None))["fees"] is None


def test_what_holds_a_line_now_goes_before_what_was_planned() -> None:
    line = replace(LINES[0], reason=Reason.SUSPENDED, detail="as planned")
    held = LineStatus(
        run_id=RUN_ID,
        symbol=BANK,
        reason=Reason.HELD_GAP,
        detail="gap of 4 %",
        updated_at=OPEN,
    )

    planned, now = line_view(line, None), line_view(line, held)
    released = line_view(line, replace(held, reason=None, detail="gap approved at 10"))

    assert (planned["reason"], planned["detail"]) == ("SUSPENDED", "as planned")
    assert (now["reason"], now["detail"]) == ("HELD_GAP", "gap of 4 %")
    assert (released["reason"], released["detail"]) == ("SUSPENDED", "gap approved at 10")


def test_a_line_that_was_rebased_shows_the_prices_it_trades_at() -> None:
    line = replace(LINES[0], reference_price=Decimal("10.00"), limit_worst=Decimal("10.35"))
    rebased = LineStatus(
        run_id=RUN_ID,
        symbol=BANK,
        reason=None,
        detail="gap approved at 10.40",
        released_by="wang",
        reference_price=Decimal("10.40"),
        limit_worst=Decimal("10.76"),
        updated_at=OPEN,
    )
    held = replace(rebased, released_by=None, reference_price=None, limit_worst=None)

    shown, before = line_view(line, rebased), line_view(line, held)

    assert (shown["reference_price"], shown["limit_worst"]) == ("10.4", "10.76")
    assert (before["reference_price"], before["limit_worst"]) == ("10", "10.35")


def test_moments_carry_their_offset() -> None:
    assert run_view(make_run())["received_at"] == "2025-11-07T20:00:00+08:00"
    shown = plan_view(make_plan(), at("08:30"), Stage.SELLS)

    assert shown["approvable_from"] == "2025-11-10T08:30:00+08:00"
    assert shown["stage_due"] == "SELLS"


def test_a_refusal_names_file_line_and_field() -> None:
    refusal = Refusal(
        Reason.TOTAL_WEIGHT, "the sum is 1.2", file="portfolio.csv", line=3, field="weight"
    )

    assert refusal_view(refusal) == {
        "code": "TOTAL_WEIGHT",
        "file": "portfolio.csv",
        "line": 3,
        "field": "weight",
        "message": "the sum is 1.2",
    }
