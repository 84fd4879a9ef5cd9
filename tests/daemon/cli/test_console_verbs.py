from tests.daemon.cli.conftest import TinyDaemon

ANSWER = {"address": "http://127.0.0.1:9809/", "person": "wang", "token": "ab" * 32}


def test_the_token_is_printed_below_the_address(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(ANSWER)

    answer = tiny_daemon.run("console-token")

    assert answer.output.split() == [ANSWER["address"], ANSWER["token"]]
    assert tiny_daemon.asked == [("POST", "/v1/console-token", {"fresh": False})]


def test_a_fresh_token_is_asked_for(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(ANSWER)
    tiny_daemon.run("console-token", "--fresh")

    assert tiny_daemon.asked == [("POST", "/v1/console-token", {"fresh": True})]
