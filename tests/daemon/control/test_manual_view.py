from dataclasses import replace

from daemon.control.manual_view import manual_view
from statemachine.reasons import Reason
from storage.manual import OF_DOUBT
from storage.store import ManualItem
from tests.support.book import BANK, OPEN

ITEM = ManualItem(
    item_id=3,
    run_id="20251107-ab",
    client_order_id="S1",
    symbol=BANK,
    reason=Reason.SEND_UNKNOWN,
    detail="BUY 1000",
    choices=OF_DOUBT,
    created_at=OPEN,
    ours="BUY 1000 600000.SH at 10.05",
    theirs="not shown",
)


def test_an_item_shows_its_cause_in_both_languages_and_both_figures() -> None:
    view = manual_view(ITEM)

    assert view["cause"].keys() == {"en", "zh"}
    assert (view["ours"], view["theirs"]) == (ITEM.ours, ITEM.theirs)


def test_each_choice_is_shown_as_the_command_to_type() -> None:
    assert manual_view(ITEM)["commands"] == [
        "sage-execd resolve 3 leave",
        "sage-execd resolve 3 adopt-order --evidence <the broker's number of the order>",
        "sage-execd resolve 3 confirm-absent --reason ... --evidence ...",
        "sage-execd resolve 3 write-off --reason ...",
    ]


def test_what_is_resolved_asks_for_nothing() -> None:
    assert manual_view(replace(ITEM, resolution="leave"))["commands"] == []
