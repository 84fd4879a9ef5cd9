"""The report of a run of five lines: bought in two legs, sold whole, deferred, denied and kept."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from daemon.reconciliation.costs import RunCosts, run_costs
from daemon.reconciliation.lines import line_results
from daemon.reconciliation.report import ReportInputs, build_report
from daemon.report.document import ReportFacts, document_bytes, report_document
from market.phases import market_time
from market.symbol import Symbol
from statemachine.order import OrderState, SendState
from storage.chronicle import Chapter
from tests.daemon.reconciliation.test_report import inputs
from tests.support.book import BANK, SESSION, STAR, make_order

ENDS = {BANK: Decimal("10.50"), STAR: Decimal("11.00")}
NASTY = "<script>alert(1)</script>"


def chapter(clock: str, kind: str, source: str | None, target: str | None, cause: str) -> Chapter:
    return Chapter(market_time(SESSION, clock), kind, source, target, cause, "US", "wang", {})


STORY = (
    chapter("09:00:00", "RUN", None, "RECEIVED", "RECEIVED"),
    chapter("09:01:00", "RUN", "RECEIVED", None, "NOTHING_MOVED"),
    chapter("09:10:00", "APPROVAL", None, None, "APPROVED"),
    chapter("10:00:00", "HALT", None, None, "HALTED"),
    chapter("15:35:00", "RUN", "RECONCILING", "COMPLETED_WITH_EXCEPTIONS", "RECONCILED"),
)
DOUBTFUL = replace(
    make_order(STAR, quantity=400), state=OrderState.NEW, send_state=SendState.UNKNOWN
)


def costs_of(given: ReportInputs, ends: dict[Symbol, Decimal] | None = None) -> RunCosts:
    return run_costs(
        line_results(given.plan, given.orders, given.line_statuses),
        given.fills,
        end_prices=ENDS if ends is None else ends,
        fee_estimates=given.fee_estimates,
    )


def facts(given: ReportInputs | None = None) -> ReportFacts:
    given = given or inputs()
    return ReportFacts(
        run=given.run,
        plan=given.plan,
        reconcile=build_report(given),
        costs=costs_of(given),
        orders=given.orders,
        fills=given.fills,
        story=STORY,
        labels={BANK: "浦发银行"},
    )


def document(given: ReportInputs | None = None) -> dict[str, Any]:
    """Return the document as its readers get it."""
    found: dict[str, Any] = json.loads(document_bytes(report_document(facts(given))))
    return found
