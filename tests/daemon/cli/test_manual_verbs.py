from tests.daemon.cli.conftest import TinyDaemon

ITEM = {
    "item_id": 7,
    "reason": "SEND_UNKNOWN",
    "ts_code": "600000.SH",
    "client_order_id": None,
    "choices": ["leave", "confirm-absent"],
    "run_id": "20251107-ab",
    "cause": {"en": "Nobody knows.", "zh": "未知。"},
    "ours": "BUY 1000 600000.SH at 10.05",
    "theirs": "",
    "commands": ["sage-execd resolve 7 leave", "sage-execd resolve 7 confirm-absent"],
    "detail": "nobody knows",
}


def test_the_manual_list_shows_cause_figures_and_the_words_to_type(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"items": [ITEM]})

    answer = tiny_daemon.run("manual")

    assert answer.output.splitlines() == [
        "item 7: SEND_UNKNOWN 600000.SH 20251107-ab",
        "  Nobody knows.",
        "  未知。",
        "  nobody knows",
        "  ours:   BUY 1000 600000.SH at 10.05",
        "  broker: -",
        "  > sage-execd resolve 7 leave",
        "  > sage-execd resolve 7 confirm-absent",
    ]
    assert tiny_daemon.asked == [("GET", "/v1/manual", None)]


def test_an_empty_manual_list_says_so(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"items": []})

    assert "nothing waits" in tiny_daemon.run("manual").output


def test_a_choice_is_posted_with_its_reason_and_evidence(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"resolution": "confirm-absent"})

    answer = tiny_daemon.run(
        "resolve", "7", "confirm-absent", "--reason", "looked", "--evidence", "screen 17"
    )

    assert "item 7: confirm-absent" in answer.output
    body = {"choice": "confirm-absent", "reason": "looked", "evidence": "screen 17"}
    assert tiny_daemon.asked == [("POST", "/v1/manual/7/resolve", body)]


def test_a_first_word_asks_for_a_second_person(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"resolution": None})

    assert "needs a second person" in tiny_daemon.run("resolve", "7", "confirm-absent").output
    assert "stays on the list" in tiny_daemon.run("resolve", "7", "leave").output


def test_an_item_without_figures_shows_none(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"items": [{**ITEM, "ours": ""}]})

    assert "broker:" not in tiny_daemon.run("manual").output
