"""What a reconcile report is computed from beside the book, as evidence of its writing."""

from collections.abc import Sequence

from daemon.archive.document import as_bytes, dump, load, parse
from daemon.archive.rules import rules_document, rules_of
from daemon.reconciliation.report import ReportInputs
from statemachine.fill import Fill
from statemachine.order import Order

# The book is made again from the journal.
APART = ("orders", "fills", "rules")


def report_document(inputs: ReportInputs) -> bytes:
    """Return the broker's answers, the prices and the breaks a report is made of."""
    return as_bytes({**dump(inputs, APART), "rules": rules_document(inputs.rules)})


def report_inputs_of(
    content: bytes, orders: Sequence[Order], fills: Sequence[Fill]
) -> ReportInputs:
    """Return what a report was computed from, with this book. Raises DocumentUnreadable."""
    document = parse(content)
    rules = rules_of(document.pop("rules", None))
    return load(ReportInputs, document, orders=orders, fills=fills, rules=rules)
