import os

from tests.daemon.cli.conftest import TinyDaemon

ALERT = {
    "alert_id": 3,
    "severity": "P0",
    "code": "UNKNOWN_TWICE",
    "ts_code": None,
    "created_at": "2025-11-10T09:31:00+08:00",
    "acknowledged_by": None,
    "deliveries": [{"channel": "wecom", "state": "DELIVERED"}],
}


def test_alerts_are_listed_with_the_channels_that_took_them(tiny_daemon: TinyDaemon) -> None:
    other = ALERT | {"ts_code": "600000.SH", "acknowledged_by": "wang", "deliveries": []}
    tiny_daemon.says({"alerts": [ALERT, other]})

    lines = tiny_daemon.run("alerts").output.splitlines()

    assert lines[1].split()[:4] == ["3", "P0", "UNKNOWN_TWICE", "-"]
    assert "wecom:DELIVERED" in lines[1]
    assert lines[2].split()[-2:] == ["-", "wang"]
    assert tiny_daemon.asked == [("GET", "/v1/alerts?all=false", None)]


def test_no_alert_says_so_and_all_are_asked_for_by_a_word(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"alerts": []})

    assert "no alert stands" in tiny_daemon.run("alerts", "--all").output
    assert tiny_daemon.asked == [("GET", "/v1/alerts?all=true", None)]


def test_an_acknowledgement_names_the_alert_or_all(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"acknowledged": 2})

    assert "acknowledged: 2" in tiny_daemon.run("ack", "all").output
    tiny_daemon.run("ack", "3/x")
    assert [target for _, target, _ in tiny_daemon.asked] == [
        "/v1/alerts/all/acknowledge",
        "/v1/alerts/3%2Fx/acknowledge",
    ]


def test_a_test_shows_every_answer_and_fails_where_a_channel_does(tiny_daemon: TinyDaemon) -> None:
    fine, bad = {"delivered": True, "answer": ""}, {"delivered": False, "answer": "errcode 93000"}
    tiny_daemon.says({"channels": {"wecom": bad, "sms": fine}})

    answer = tiny_daemon.run("alert-test")

    assert answer.output.splitlines() == [
        "wecom: not delivered errcode 93000",
        "sms: delivered",
    ]
    assert answer.exit_code == os.EX_UNAVAILABLE


def test_a_test_without_channels_says_so(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"channels": {}})

    answer = tiny_daemon.run("alert-test")

    assert (answer.output.strip(), answer.exit_code) == ("no channel is configured", 0)
