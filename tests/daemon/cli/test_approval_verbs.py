from typing import Any

from tests.daemon.cli.conftest import TinyDaemon
from tests.daemon.cli.plans import DERISK, HASH, RUN, UNDERINVESTED, plan_view

DERISKING = {"reason": DERISK, "field": "sell_amount", "typed": "6000"}
TICKING = {"reason": UNDERINVESTED, "field": "underinvested", "typed": "yes"}
LOOKED_AT = {"reason": DERISK, "field": None, "typed": None}


def sent(tiny_daemon: TinyDaemon) -> list[Any]:
    """Return the bodies of everything that was posted."""
    return [body for method, _, body in tiny_daemon.asked if method == "POST"]


def test_without_a_hash_the_plan_is_shown_and_a_yes_approves_what_was_shown(
    tiny_daemon: TinyDaemon,
) -> None:
    tiny_daemon.says(plan_view())

    done = tiny_daemon.run("approve", RUN, typed="yes\n")

    assert done.exit_code == 0, done.output
    assert "BUYS 买入 (1)" in done.output
    assert tiny_daemon.asked == [
        ("GET", f"/v1/runs/{RUN}/plan", None),
        ("POST", f"/v1/runs/{RUN}/approve", {"plan_hash": HASH, "underinvested": False}),
    ]


def test_anything_but_a_yes_approves_nothing(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(plan_view())

    for typed in ("no\n", "y\n", "YES!\n", "", "\n"):
        assert tiny_daemon.run("approve", RUN, typed=typed).exit_code != 0

    assert sent(tiny_daemon) == []


def test_what_flags_ask_for_is_typed_and_goes_to_the_daemon_as_typed(
    tiny_daemon: TinyDaemon,
) -> None:
    tiny_daemon.says(plan_view(flags=[DERISKING, TICKING, LOOKED_AT]))

    tiny_daemon.run("approve", RUN, typed="6001\nyes\nyes\n")
    tiny_daemon.run("approve", RUN, typed="6000\nno\nyes\n")

    assert sent(tiny_daemon) == [
        {"plan_hash": HASH, "sell_amount": "6001", "underinvested": True},
        {"plan_hash": HASH, "sell_amount": "6000", "underinvested": False},
    ]


def test_the_stage_that_is_due_is_named(tiny_daemon: TinyDaemon) -> None:
    asked = {**plan_view()["asked"], "stage": "SELLS"}
    tiny_daemon.says(plan_view(asked=asked))

    done = tiny_daemon.run("approve", RUN, typed="yes\n")
    tiny_daemon.run("approve", RUN, HASH, "--stage", "BUYS")

    assert "approve SELLS?" in done.output
    assert [body["stage"] for body in sent(tiny_daemon)] == ["SELLS", "BUYS"]


def test_a_held_line_is_approved_after_a_look_as_well(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(plan_view(flags=[DERISKING], detail="gap approved at 10"))

    tiny_daemon.run("approve", RUN, "--line", "600000.SH", typed="yes\n")

    assert sent(tiny_daemon) == [{"plan_hash": HASH}]


def test_in_json_the_talk_is_on_stderr(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(plan_view())

    done = tiny_daemon.run("approve", RUN, "--json", typed="yes\n")

    assert done.stdout.count("\n") == 1
    assert "BUYS 买入 (1)" in done.stderr
