"""Binds what is written outside the database to its journal: the bytes of every artifact."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from statemachine.canonical import Canonical
from storage import journal
from storage.evidence import keep_evidence
from storage.transaction import Transaction

WRITTEN = "WRITTEN"

OF_RUN = """
SELECT subject, detail FROM events
WHERE subject_kind = 'ARTIFACT' AND run_id = ? ORDER BY sequence
"""


class Form(StrEnum):
    """What a file is, and so how it can be made again; OTHER cannot."""

    PLAN_RECEIPT = "PLAN_RECEIPT"
    SETTLED_RECEIPT = "SETTLED_RECEIPT"
    ORDERS = "ORDERS"
    FILLS = "FILLS"
    RECONCILE = "RECONCILE"
    REPORT = "REPORT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file as it was written.

    `as_of` is the event the book stood at that the file tells of; `facts` is whatever else it was
    made from, beside the evidence.
    """

    name: str
    sha256: str
    form: Form
    as_of: int
    facts: Mapping[str, Canonical] = field(default_factory=dict)


def bind(
    transaction: Transaction,
    run_id: str,
    artifacts: Sequence[Artifact],
    evidence: bytes | None,
) -> None:
    """Write one event a file; `evidence` is what they were made from beside the book."""
    key = None if evidence is None else keep_evidence(transaction, evidence)
    for artifact in artifacts:
        journal.append(
            transaction,
            journal.Happening(
                journal.Subject.ARTIFACT,
                artifact.name,
                WRITTEN,
                run_id=run_id,
                evidence_sha256=key,
                detail={
                    "sha256": artifact.sha256,
                    "form": artifact.form,
                    "as_of": artifact.as_of,
                    "facts": artifact.facts,
                },
            ),
        )


def bound(connection: sqlite3.Connection, run_id: str) -> dict[str, str]:
    """Return file name -> SHA-256 as each file of a run was written last."""
    rows = connection.execute(OF_RUN, (run_id,))
    return {row["subject"]: json.loads(row["detail"])["sha256"] for row in rows}
