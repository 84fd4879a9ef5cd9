from statemachine.reason_texts import files, lines, people, runs
from statemachine.reason_texts.entry import ReasonKind, texts
from statemachine.reasons import Reason

TABLES = (files.TEXTS, runs.TEXTS, lines.TEXTS, people.TEXTS)


def test_no_text_is_left_without_its_reason_and_none_is_said_twice() -> None:
    codes = [code for table in TABLES for code in table]

    assert sorted(codes) == sorted(reason.value for reason in Reason)


def test_entries_of_one_table_share_their_kind() -> None:
    made = texts(ReasonKind.NOTE, {"A": ("one", "一"), "B": ("two", "二")})

    assert {entry.kind for entry in made.values()} == {ReasonKind.NOTE}
    assert (made["B"].english, made["B"].chinese) == ("two", "二")
