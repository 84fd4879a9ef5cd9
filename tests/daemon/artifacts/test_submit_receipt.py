import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from daemon.artifacts.submit_receipt import (
    ReceiptHead,
    plan_receipt,
    settled_receipt,
    target_receipt,
)
from statemachine.portfolio import Target, TargetPortfolio
from tests.daemon.artifacts.given import (
    BANK,
    MADE_AT,
    ORDERS,
    PLAN_HASH,
    RUN_ID,
    SESSION,
    SIGNAL,
    STAR,
    VANKE,
    the_plan,
)

# The receipt of the script that this program replaces, key by key with the types of its JSON.
OLD_KEYS = {
    "broker": str,
    "submit_mode": str,
    "portfolio_path": str,
    "execution_context_path": str,
    "active_champion_id": str,
    "trade_date": str,
    "orders": list,
    "result": dict,
}
OLD_ORDER_KEYS = {"ts_code": str, "target_weight": float, "side": str, "note": str}
OLD_RESULT_KEYS = {
    "broker": str,
    "dry_run": bool,
    "submitted_at": str,
    "accepted_orders": int,
    "rejected_orders": int,
    "message": str,
    "details": list,
}
HEAD = ReceiptHead(
    broker="pingan",
    portfolio_path="/data/portfolio/portfolio_20260116.csv",
    execution_context_path="/data/portfolio/execution_context_20260116.json",
    champion_id="champion-1",
    signal_date=SIGNAL,
    run_id=RUN_ID,
    created_at=MADE_AT,
)
PORTFOLIO = TargetPortfolio(
    run_id=RUN_ID,
    input_hash="input",
    signal_date=SIGNAL,
    champion_id="champion-1",
    target_exposure=Decimal("0.3"),
    risk_checks=(("total_position_ok", True),),
    targets=(
        Target(VANKE, Decimal("0.05"), "房地产", 3),
        Target(BANK, Decimal("0.15"), "银行", 2),
        Target(STAR, Decimal("0.1"), None, 4),
    ),
    market_volatility_known=True,
    csv_name="portfolio_20260116.csv",
    context_name="execution_context_20260116.json",
)


def planned() -> dict[str, Any]:
    return read(plan_receipt(HEAD, the_plan()).as_bytes())


def settled() -> dict[str, Any]:
    return read(settled_receipt(HEAD, the_plan(), ORDERS).as_bytes())


def read(content: bytes) -> dict[str, Any]:
    receipt = json.loads(content)
    assert isinstance(receipt, dict)
    return receipt


def assert_keeps(record: dict[str, Any], old: Mapping[str, type]) -> None:
    assert old.keys() <= record.keys()
    assert all(type(record[key]) is kind for key, kind in old.items())


def test_every_receipt_keeps_every_field_of_the_old_one_with_its_type() -> None:
    bare = read(target_receipt(HEAD, PORTFOLIO).as_bytes())
    for receipt in (bare, planned(), settled()):
        assert_keeps(receipt, OLD_KEYS)
        assert_keeps(receipt["result"], OLD_RESULT_KEYS)
        for row in receipt["orders"] + receipt["result"]["details"]:
            assert_keeps(row, OLD_ORDER_KEYS)
        assert list(receipt)[: len(OLD_KEYS)] == list(OLD_KEYS)


def test_a_plan_is_receipted_as_a_dry_run_that_sent_nothing() -> None:
    receipt = planned()

    assert (receipt["submit_mode"], receipt["result"]["dry_run"]) == ("dry_run", True)
    assert receipt["result"]["submitted_at"] == "2026-01-16 20:01:02"
    assert (receipt["result"]["accepted_orders"], receipt["result"]["rejected_orders"]) == (2, 1)
    assert receipt["trade_date"] == "20260116"


def test_a_receipt_is_tied_to_its_run_and_plan() -> None:
    for receipt in (planned(), settled()):
        assert receipt["run_id"] == RUN_ID
        assert receipt["plan_hash"] == PLAN_HASH
        assert receipt["schema_version"] == 1
        assert receipt["session_date"] == SESSION.isoformat()
        assert receipt["created_at"] == "2026-01-16T12:01:02Z"


def test_rows_come_by_weight_and_say_what_the_plan_made_of_them() -> None:
    rows = planned()["orders"]

    assert [row["ts_code"] for row in rows] == ["688001.SH", "600000.SH", "000002.SZ"]
    assert [row["note"] for row in rows] == ["from_portfolio", "from_portfolio", "not_in_portfolio"]
    assert [row["trade_side"] for row in rows] == [None, "BUY", "SELL"]
    assert (rows[0]["reason"], rows[0]["reason_detail"][:5]) == ("BELOW_LOT", "164 股")
    assert rows[1]["limit_worst"] == "10.35"
    assert rows[1]["quantity_max"] == 1000


def test_a_settled_receipt_counts_the_brokers_answers() -> None:
    result = settled()["result"]

    assert not result["dry_run"]
    assert result["accepted_orders"] == result["rejected_orders"] == 1
    assert result["unknown_orders"] == result["unsent_orders"] == 1
    assert result["message"] == "accepted 1, rejected 1, unknown 1, unsent 1"


def test_a_settled_receipt_has_one_detail_an_order_in_the_order_of_ids() -> None:
    details = settled()["result"]["details"]

    assert [row["client_order_id"] for row in details] == ["SAAAA", "SBBBB", "SCCCC", "SDDDD"]
    assert details[0]["limit_price"] == "10.05"
    assert details[1]["reject_reason"] == "证券停牌"
    assert details[3]["send_state"] == "NEVER_SENT"


def test_a_pair_alone_gives_the_heaviest_names_the_old_script_gave() -> None:
    receipt = read(target_receipt(HEAD, PORTFOLIO, names_max=2).as_bytes())

    assert [row["ts_code"] for row in receipt["orders"]] == ["600000.SH", "688001.SH"]
    assert receipt["result"]["accepted_orders"] == 2
    assert receipt["plan_hash"] is None


def test_chinese_text_is_readable_in_the_file() -> None:
    assert "证券停牌".encode() in settled_receipt(HEAD, the_plan(), ORDERS).as_bytes()


def test_the_same_facts_make_the_same_bytes() -> None:
    one = settled_receipt(HEAD, the_plan(), ORDERS).as_bytes()
    other = settled_receipt(HEAD, the_plan(), tuple(reversed(ORDERS))).as_bytes()

    assert one == other
