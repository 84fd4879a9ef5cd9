import json
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.cli.conftest import TinyDaemon
from tests.daemon.cli.plans import HASH, plan_view
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, context_bytes, csv_bytes

RUN = "20251107-0123456789ab"
RUN_VIEW: dict[str, Any] = {
    "run_id": RUN,
    "state": "AWAITING_APPROVAL",
    "signal_date": "2025-11-07",
    "session_date": None,
    "plan_hash": "c0ffee" * 10,
}
LINE = {
    "ts_code": "600000.SH",
    "side": "BUY",
    "disposition": "DENIED",
    "quantity_max": 0,
    "limit_worst": None,
    "reason": "SUSPENDED",
}
ORDER = {
    "client_order_id": "S" + "A" * 20,
    "ts_code": "600000.SH",
    "side": "BUY",
    "quantity": 300,
    "filled_quantity": 100,
    "state": "PARTIALLY_FILLED",
}
SHOWN: dict[str, Any] = {
    "run": RUN_VIEW,
    "refusals": [{"code": "WEIGHT_SUM", "message": "the weights add up to 1.2"}],
    "plan": {"plan_hash": "c0ffee" * 10, "session_date": "2025-11-10"},
    "lines": [LINE],
    "orders": [ORDER],
}
STATUS: dict[str, Any] = {
    "version": "1.0",
    "mode": "paper",
    "account": "A1",
    "market_time": "2025-11-10T09:31:00+08:00",
    "phase": "CONTINUOUS",
    "grade": "active",
    "runs": [RUN_VIEW],
    "open_orders": 3,
    "breaks": 0,
    "manual_items": 1,
    "halts": [{"kind": "HALT", "cause": "a doubt", "by": "wang"}],
}


def test_status_says_halts_and_counts_to_a_person(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(STATUS)

    words = tiny_daemon.run("status").output

    assert "HALTED HALT: a doubt (wang)" in words
    assert "open orders 3  breaks 0  manual items 1" in words
    assert f"{RUN}  AWAITING_APPROVAL  2025-11-07   -             c0ffeec0ffee\n" in words
    assert tiny_daemon.asked == [("GET", "/v1/status", None)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("status",), STATUS),
        (("runs",), {"runs": [RUN_VIEW]}),
        (("show", RUN), SHOWN),
        (("approve", RUN, "c0ffee"), RUN_VIEW),
        (("decline", RUN), RUN_VIEW),
        (("liquidate", RUN), RUN_VIEW),
        (("approve", RUN, "c0ffee", "--line", "600000.SH"), {"detail": "银行"}),
    ],
)
def test_json_is_the_daemon_s_own_answer_on_one_line(
    tiny_daemon: TinyDaemon, words: tuple[str, ...], said: dict[str, Any]
) -> None:
    tiny_daemon.says(said)

    done = tiny_daemon.run(*words, "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == said
    assert done.stdout.count("\n") == 1


def test_show_says_what_was_refused_what_did_not_trade_and_why(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(SHOWN)

    words = tiny_daemon.run("show", RUN).output

    assert "refused: WEIGHT_SUM: the weights add up to 1.2" in words
    assert f"plan {'c0ffee' * 10}  session 2025-11-10" in words
    assert "DENIED       -             -            SUSPENDED" in words
    assert "PARTIALLY_FILLED" in words


def test_a_refused_run_is_shown_without_a_plan(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({**SHOWN, "plan": None, "lines": [], "orders": []})

    words = tiny_daemon.run("show", RUN).output

    assert words.count("\n") == 2


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("../halt", "..%2Fhalt"),
        ("a b", "a%20b"),
        ("运行", "%E8%BF%90%E8%A1%8C"),
        ("a?b#c", "a%3Fb%23c"),
        ("\udcff", "%3F"),
    ],
)
def test_whatever_is_typed_as_a_run_stays_one_part_of_the_path(
    tiny_daemon: TinyDaemon, typed: str, part: str
) -> None:
    tiny_daemon.says({"detail": "there is no run"}, 409)

    for words in (("show", typed), ("approve", typed, "hash"), ("decline", typed)):
        assert tiny_daemon.run(*words).exit_code == 77
    assert tiny_daemon.run("approve", "r", "hash", "--line", typed).exit_code == 77

    assert [target for _, target, _ in tiny_daemon.asked] == [
        f"/v1/runs/{part}",
        f"/v1/runs/{part}/approve",
        f"/v1/runs/{part}/decline",
        f"/v1/runs/r/lines/{part}/approve",
    ]


def test_approving_sends_the_hash_and_only_what_was_typed(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({**RUN_VIEW, "state": "APPROVED"})

    assert tiny_daemon.run("approve", RUN, "c0ffee").output == f"{RUN} is APPROVED\n"
    tiny_daemon.run("approve", RUN, "c0ffee", "--sell-amount", "1,000.50", "--underinvested")

    assert [body for _, _, body in tiny_daemon.asked] == [
        {"plan_hash": "c0ffee", "underinvested": False},
        {"plan_hash": "c0ffee", "underinvested": True, "sell_amount": "1,000.50"},
    ]


def test_approving_a_line_sends_the_hash_too(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"detail": "gap approved at 10"})

    done = tiny_daemon.run("approve", RUN, "c0ffee", "--line", "600000.SH")

    assert done.output == "600000.SH: gap approved at 10\n"
    assert tiny_daemon.asked == [
        ("POST", f"/v1/runs/{RUN}/lines/600000.SH/approve", {"plan_hash": "c0ffee"})
    ]


def test_declining_carries_its_reason(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({**RUN_VIEW, "state": "DECLINED"})

    tiny_daemon.run("decline", RUN, "--reason", "今天不做")

    assert tiny_daemon.asked == [("POST", f"/v1/runs/{RUN}/decline", {"reason": "今天不做"})]


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    (tmp_path / CSV_NAME).write_bytes(csv_bytes())
    (tmp_path / CONTEXT_NAME).write_bytes(context_bytes())
    return [
        *("--portfolio-path", str(tmp_path / CSV_NAME)),
        *("--execution-context-path", str(tmp_path / CONTEXT_NAME)),
    ]


def test_submit_hands_over_whole_paths_and_sends_nothing_itself(
    tiny_daemon: TinyDaemon, pair: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny_daemon.says({"run_id": RUN})

    done = tiny_daemon.run(
        *("submit", "--submit", "--portfolio-path", CSV_NAME),
        *("--execution-context-path", CONTEXT_NAME),
    )

    assert done.output == f"{RUN} handed over; approve it to trade\n"
    body = {
        "portfolio_path": str(tmp_path / CSV_NAME),
        "context_path": str(tmp_path / CONTEXT_NAME),
    }
    assert tiny_daemon.asked == [("POST", "/v1/submit", body)]
    assert not list(tmp_path.glob("broker_submit_*"))


def test_submit_without_the_word_asks_no_daemon(tiny_daemon: TinyDaemon, pair: list[str]) -> None:
    done = tiny_daemon.run("submit", *pair, "--config", "/nowhere.yaml")

    assert done.exit_code == 0, done.output
    assert tiny_daemon.asked == []
    assert "broker_submit_" in done.output


def test_fewer_names_are_for_looking_and_never_for_trading(
    tiny_daemon: TinyDaemon, pair: list[str]
) -> None:
    done = tiny_daemon.run("submit", "--submit", "--top-n", "3", *pair)

    assert done.exit_code == 64
    assert tiny_daemon.asked == []


def test_a_directory_is_no_portfolio(tiny_daemon: TinyDaemon, tmp_path: Path) -> None:
    done = tiny_daemon.run(
        "submit", "--portfolio-path", str(tmp_path), "--execution-context-path", str(tmp_path)
    )

    assert done.exit_code == 2
    assert "is a directory" in done.output


def test_plan_shows_what_is_approved(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says(plan_view())

    found = tiny_daemon.run("plan", RUN)
    as_json = tiny_daemon.run("plan", RUN, "--json")

    assert found.output.rstrip().endswith(f"plan {HASH}")
    assert json.loads(as_json.output) == plan_view()
    assert tiny_daemon.asked == [("GET", f"/v1/runs/{RUN}/plan", None)] * 2
