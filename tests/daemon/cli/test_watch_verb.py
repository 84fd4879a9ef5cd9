import json

import pytest

from daemon.cli.watch_verb import follow
from tests.daemon.cli.conftest import TinyDaemon
from tests.daemon.cli.test_run_progress import STATUS, shown

RUN = "20251107-a"


def test_one_look_asks_for_the_run_the_status_and_the_list(tiny_daemon: TinyDaemon) -> None:
    mine = {"item_id": 7, "run_id": RUN, "reason": "SEND_UNKNOWN", "detail": "no answer"}
    tiny_daemon.says(shown() | STATUS | {"items": [mine, mine | {"run_id": "another"}]})

    done = tiny_daemon.run("watch", RUN, "--once")
    as_json = tiny_daemon.run("watch", RUN, "--once", "--json")

    assert done.output.count("! item 7") == 1
    found = json.loads(as_json.output)
    assert found["progress"]["value_filled"] == "10000"
    assert [item["run_id"] for item in found["items"]] == [RUN]
    assert [target for _, target, _ in tiny_daemon.asked[:3]] == [
        f"/v1/runs/{RUN}",
        "/v1/status",
        "/v1/manual",
    ]


def test_it_looks_until_the_run_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    states = iter(["AWAITING_APPROVAL", "WORKING", "COMPLETED"])
    waits: list[str] = []

    follow(
        lambda: (STATUS, shown(next(states)), []),
        lambda: waits.append("waited"),
        once=False,
        as_json=True,
    )

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["run"]["state"] for line in lines] == ["AWAITING_APPROVAL", "WORKING", "COMPLETED"]
    assert len(waits) == 2


def test_a_terminal_is_cleared_between_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared: list[str] = []
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("click.clear", lambda: cleared.append("cleared"))
    states = iter(["WORKING", "COMPLETED"])

    follow(lambda: (STATUS, shown(next(states)), []), lambda: None, once=False, as_json=False)

    assert len(cleared) == 2
    assert "COMPLETED" in capsys.readouterr().out
