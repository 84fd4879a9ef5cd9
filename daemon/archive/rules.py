"""The rule book in force, as a document and back."""

from typing import Any

from pydantic import TypeAdapter

from daemon.archive.document import DocumentUnreadable
from market.records import RuleRecord
from market.rules import RuleBook


def rules_document(rules: RuleBook) -> dict[str, Any]:
    """Return every record and every source of a rule book."""
    records = [record.model_dump(mode="json") for record in rules.records()]
    return {"sources": dict(rules.sources()), "records": records}


def rules_of(document: Any) -> RuleBook:
    """Return the rule book of a document. Raises DocumentUnreadable."""
    try:
        records = TypeAdapter(list[RuleRecord]).validate_python(document["records"])
        return RuleBook(records, document["sources"])
    except (KeyError, TypeError, ValueError) as error:
        raise DocumentUnreadable(f"rules: {error}") from error
