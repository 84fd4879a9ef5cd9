import json
from dataclasses import replace
from decimal import Decimal

from daemon.report.document import document_bytes, end_prices, money, points, report_document
from tests.daemon.reconciliation.test_report import inputs
from tests.daemon.report.given import ENDS, document, facts
from tests.support.book import BANK, VANKE


def test_the_same_facts_give_the_same_bytes() -> None:
    first, second = (document_bytes(report_document(facts())) for _ in range(2))

    assert first == second
    assert json.loads(first) == document()


def test_the_parts_of_each_name_add_up_to_its_total_and_the_names_to_the_run() -> None:
    costs = document()["costs"]
    parts = ("delay", "spread", "execution", "limit_locked", "unfilled", "cash_drag", "fees")

    for row in (*costs["names"], costs["totals"]):
        assert sum(Decimal(row[part]) for part in parts) == Decimal(row["total"])
    for part in (*parts, "total"):
        assert sum(Decimal(row[part]) for row in costs["names"]) == Decimal(costs["totals"][part])
    assert costs["totals"]["perold_total"] == costs["totals"]["total"]


def test_the_costs_lead_from_decision_prices_to_the_cash_of_the_fills() -> None:
    found = document()
    proof = {name: Decimal(value) for name, value in found["costs"]["proof"].items()}
    moved = sum(
        Decimal(fill["amount"]) * (1 if fill["side"] == "SELL" else -1) - Decimal(fill["fees"])
        for fill in found["fills"]
    )

    assert proof["cash_change"] == moved
    assert proof["at_decision_prices"] - proof["price_cost"] - proof["fees"] == moved


def test_money_has_four_places_and_points_two_so_that_sql_reads_whole_numbers() -> None:
    assert (money(Decimal("-1.5")), money(Decimal(1000))) == ("-1.5000", "1000.0000")
    assert (points(Decimal(-3)), points(None)) == ("-3.00", None)
    assert (money(Decimal("-0.00001")), points(Decimal("-0.001"))) == ("0.0000", "0.00")
    assert document()["cash"]["opening"] == "1000.0000"
    assert document(replace(inputs(), cash=None))["cash"] is None


def test_a_later_report_finds_the_closing_prices_of_the_first() -> None:
    content = document_bytes(report_document(facts()))

    assert end_prices(None) == {}
    assert {name: end_prices(content)[name] for name in ENDS} == ENDS
    assert end_prices(content)[VANKE] == 10


def test_the_one_reason_and_the_weights_are_those_of_the_reconcile_report() -> None:
    (bank,) = [name for name in document()["reconcile"]["names"] if name["ts_code"] == str(BANK)]

    assert (bank["reason"], bank["next_step"]) == ("NOT_FILLED", "RESIDUAL_PLAN")
    assert (bank["target_weight"], bank["owned_weight"]) == ("0.01055", "0.00735")
