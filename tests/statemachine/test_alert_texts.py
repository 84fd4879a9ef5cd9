import re

import pytest

from statemachine.alert_texts import Incident, alert_text
from statemachine.reason_texts import alerts
from statemachine.reasons import Reason
from statemachine.severity import Severity
from tests.support.book import BANK

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def chinese(incident: Incident) -> list[str]:
    return alert_text(incident).chinese.splitlines()


def test_a_decision_is_told_with_its_subject_and_every_command_that_makes_it() -> None:
    incident = Incident(
        Severity.P0,
        Reason.SEND_UNKNOWN,
        "no answer",
        run_id="20251107-0123456789ab",
        client_order_id="S1",
        symbol=BANK,
        item_id=12,
        choices=("leave", "confirm-absent"),
    )

    assert chinese(incident) == [
        "【P0 紧急】SEND_UNKNOWN",
        "委托已发出但结果未知；绝不重发，只查询。",
        "详情：no answer",
        "批次：20251107-0123456789ab",
        "股票：600000.SH",
        "委托：S1",
        "处理：sage-execd manual",
        "处理：sage-execd resolve 12 leave",
        "处理：sage-execd resolve 12 confirm-absent",
    ]
    assert alert_text(incident).english.splitlines()[-1] == (
        "Type: sage-execd resolve 12 confirm-absent"
    )


def test_a_halt_is_told_with_the_words_that_lift_it() -> None:
    incident = Incident(Severity.P0, "FILL_CHANGED V1/2", "", halt_kind="HALT")

    assert incident.code == "FILL_CHANGED"
    assert chinese(incident) == [
        "【P0 紧急】FILL_CHANGED",
        alerts.TEXTS["FILL_CHANGED"].chinese,
        "已停止发送，须人工恢复。",
        "详情：FILL_CHANGED V1/2",
        '处理：sage-execd resume --by ... --reason "..."',
    ]


@pytest.mark.parametrize(
    ("kind", "item_id", "line", "command"),
    [
        ("AUTO_HOLD", None, "自动恢复", "处理：sage-execd status"),
        ("AUTO_HOLD", 3, "自动恢复", "处理：sage-execd manual"),
        ("REDUCE_ONLY", None, "停止买入", '处理：sage-execd resume --by ... --reason "..."'),
    ],
)
def test_each_kind_of_halt_says_what_still_goes(
    kind: str, item_id: int | None, line: str, command: str
) -> None:
    told = chinese(
        Incident(Severity.P0, Reason.CLOCK_SKEW, "+0.9 s", item_id=item_id, halt_kind=kind)
    )

    assert line in told[2]
    assert told[-1] == command


def test_an_item_about_a_halt_of_the_buys_says_how_to_lift_it() -> None:
    incident = Incident(Severity.P1, Reason.REDUCE_ONLY, "wang: no", item_id=4, choices=("seen",))

    assert chinese(incident)[-1] == '处理：sage-execd resume --by ... --reason "..."'


def test_a_person_who_halts_is_quoted() -> None:
    for words in ("looks wrong", "", "看起来不对"):
        incident = Incident(Severity.P1, words, "", halt_kind="HALT")

        assert incident.code == "HALTED"
        assert chinese(incident)[1] == "已停止发送委托。"
        assert (f"详情：{words}" in chinese(incident)) == bool(words)


@pytest.mark.parametrize("cause", [*Reason, *alerts.TEXTS])
@pytest.mark.parametrize("severity", Severity)
def test_every_cause_is_told_in_both_languages(cause: str, severity: Severity) -> None:
    text = alert_text(Incident(severity, cause, ""))

    assert CHINESE.search(text.chinese.splitlines()[1])
    assert not CHINESE.search(text.english)
    assert text.english.count("\n") == text.chinese.count("\n")
    assert cause in text.english.splitlines()[0]


def test_no_alert_has_the_name_of_a_reason() -> None:
    assert not alerts.TEXTS.keys() & Reason.__members__.keys()
