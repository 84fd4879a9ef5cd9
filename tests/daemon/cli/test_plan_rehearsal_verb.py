import json

from tests.daemon.cli.conftest import TinyDaemon
from tests.daemon.cli.plans import RUN, plan_view
from tests.daemon.cli.test_rehearsal_text import STANDING


def test_it_asks_for_the_rehearsal_and_waits_for_it(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(STANDING)

    done = tiny_daemon.run("rehearse-plan", RUN)
    as_json = tiny_daemon.run("rehearse-plan", RUN, "--json")

    assert done.exit_code == 0, done.output
    assert "not a forecast" in done.output
    assert json.loads(as_json.output) == STANDING
    assert tiny_daemon.asked[0] == ("POST", f"/v1/runs/{RUN}/rehearsal", {"wait": True})


def test_a_rehearsal_that_failed_says_why(tiny_daemon: TinyDaemon) -> None:
    failed = {"plan_hash": "a" * 64, "progress": "FAILED", "why": "no bars", "rehearsal": None}
    tiny_daemon.says(failed)

    done = tiny_daemon.run("rehearse-plan", RUN)

    assert done.exit_code == 70
    assert "no bars" in done.output


def test_a_plan_that_was_made_anew_meanwhile_is_said_to_be(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"plan_hash": "b" * 64, "progress": "NONE", "why": "", "rehearsal": None})

    done = tiny_daemon.run("rehearse-plan", RUN)

    assert done.exit_code == 70
    assert "its plan changed meanwhile" in done.output


def test_a_refusal_is_one_of_permission(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"status": 409, "detail": "paths.market is not set"}, status=409)

    done = tiny_daemon.run("rehearse-plan", RUN)

    assert done.exit_code == 77
    assert "paths.market" in done.output


def test_plan_shows_it_where_there_is_one(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(plan_view())
    without = tiny_daemon.run("plan", RUN).output
    tiny_daemon.says(plan_view(rehearsal=STANDING))
    beside = tiny_daemon.run("plan", RUN).output

    assert "REHEARSAL" not in without
    assert "并非预测" in beside
