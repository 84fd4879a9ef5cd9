"""Replays a pack: the same files, plan, book and artifacts come of what was recorded.

No broker, no database, no clock: the functions are the daemon's own, their arguments are recorded.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from adapters.intake.pair import read_pair
from daemon.archive.comparing import document_differences, file_differences
from daemon.archive.document import DocumentUnreadable, parse
from daemon.archive.pack import Pack, plan_events, record_in
from daemon.archive.planning import Planned, planned_from
from daemon.archive.receipt_facts import receipt_of, shares_added
from daemon.archive.report_facts import report_inputs_of
from daemon.artifacts.submit_receipt import plan_receipt, settled_receipt
from daemon.artifacts.tables import fills_parquet, orders_parquet
from daemon.reconciliation.report import build_report, report_json
from daemon.report.rendering import LANGUAGES, report_page
from market.errors import MarketError
from statemachine.corporate_actions import following
from statemachine.plan import Plan
from storage import documents
from storage.bindings import Form
from storage.reapply import Difference, Reapplied, reapplied
from storage.run_record import Row, RunRecord

UNRECORDED = "what it was made from was not recorded"


@dataclass(slots=True)
class Replayed:
    """What came of a pack; `others` are files that nothing makes again, such as pictures."""

    run_id: str
    plan_hashes: list[str] = field(default_factory=list)
    events: int = 0
    artifacts: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def replay(pack: Pack) -> Replayed:
    """Replay a pack. Raises PackBroken where it cannot be read: audit it first."""
    record = record_in(pack)
    done = Replayed(record.run_id)
    plans = _plans(record, done)
    with reapplied(record) as book:
        for event in _artifact_events(record):
            detail = json.loads(str(event["detail"]))
            done.differences += book.advance(detail["as_of"])
            _artifact(_Bench(pack, record, book, plans), event, detail, done)
        done.differences += book.finish()
        done.events = book.applied
    return done


def planned_in(record: RunRecord) -> dict[str, Planned]:
    """Return what each plan of the run was made from, by hash. Raises DocumentUnreadable."""
    return {
        str(event["subject"]): planned_from(record.blobs["evidence"][str(event["evidence_sha256"])])
        for event in plan_events(record)
        if event["evidence_sha256"] is not None
    }


@dataclass(frozen=True, slots=True)
class _Bench:
    """What artifacts are made again from; `plans` are the plans as they came out again."""

    pack: Pack
    record: RunRecord
    book: Reapplied
    plans: Mapping[str, Plan]


def _plans(record: RunRecord, done: Replayed) -> dict[str, Plan]:
    """Make every plan of the run again; return them as recorded, for what was made from them."""
    bodies = {str(row["plan_hash"]): str(row["body"]) for row in record.rows["plan"]}
    for event in plan_events(record):
        wanted = str(event["subject"])
        try:
            planned = planned_in(record)[wanted]
        except (DocumentUnreadable, KeyError) as error:
            why = str(error) if isinstance(error, DocumentUnreadable) else UNRECORDED
            done.differences.append(Difference("plan.json", wanted, "", wanted, why))
            continue
        done.differences += _intake_differences(record, planned)
        done.differences += _plan_differences(wanted, bodies[wanted], planned)
        done.plan_hashes.append(wanted)
    return {key: documents.decode(documents.plan(), body) for key, body in bodies.items()}


def _plan_differences(wanted: str, body: str, planned: Planned) -> Iterator[Difference]:
    outcome = planned.again()
    if not isinstance(outcome, Plan):
        said = "; ".join(refusal.message for refusal in outcome or ())
        yield Difference("plan.json", wanted, "", wanted, f"no plan: {said}")
        return
    made = json.loads(documents.encode(documents.plan(), outcome))
    yield from document_differences("plan.json", json.loads(body), made)


def _intake_differences(record: RunRecord, planned: Planned) -> Iterator[Difference]:
    """Read the files again where the plan came of them: not of a remainder, not of an order."""
    portfolio, settings = planned.inputs.portfolio, planned.inputs.settings.intake
    delivery = next(
        (row for row in record.rows["inputs"] if row["run_id"] == portfolio.run_id), None
    )
    is_ordered = record.run()["parent_run_id"] is not None
    if delivery is None or is_ordered:
        return
    blobs = record.blobs["input_blob"]
    names = str(delivery["csv_name"]), str(delivery["context_name"])
    csv, context = blobs[str(delivery["csv_sha256"])], blobs[str(delivery["context_sha256"])]
    industries = {target.symbol: target.industry for target in portfolio.targets if target.industry}
    read = read_pair(names[0], csv, names[1], context, settings, industries)
    if read != portfolio:
        yield Difference("inputs", names[0], "portfolio", str(portfolio), str(read))


def _artifact_events(record: RunRecord) -> list[Row]:
    """Return the writings of artifacts by the state of the book they tell of."""
    found = [
        row
        for row in record.rows["events"]
        if row["subject_kind"] == "ARTIFACT" and row["run_id"] == record.run_id
    ]
    return sorted(found, key=lambda row: int(json.loads(str(row["detail"]))["as_of"]))


def _artifact(bench: _Bench, event: Row, detail: Mapping[str, Any], done: Replayed) -> None:
    name, form = str(event["subject"]), Form(detail["form"])
    if form is Form.OTHER:
        done.others.append(name)
        return
    try:
        made, extra = _made(bench, form, event, detail)
    except (DocumentUnreadable, KeyError, MarketError) as error:
        done.differences.append(Difference(name, "", "", detail["sha256"], str(error)))
        return
    done.differences += extra
    if sha256(made).hexdigest() == detail["sha256"]:
        done.artifacts.append(name)
        return
    kept = bench.pack.artifacts().get(name, b"")
    if sha256(kept).hexdigest() == detail["sha256"]:
        done.differences += file_differences(name, kept, made)
    else:
        replayed = sha256(made).hexdigest()
        done.differences.append(Difference(name, "", "sha256", detail["sha256"], replayed))


def _made(
    bench: _Bench, form: Form, event: Row, detail: Mapping[str, Any]
) -> tuple[bytes, tuple[Difference, ...]]:
    """Return a file made again, and where what it was made from contradicts the plan."""
    match form:
        case Form.PLAN_RECEIPT:
            return plan_receipt(*receipt_of(detail["facts"], bench.plans)).as_bytes(), ()
        case Form.SETTLED_RECEIPT:
            head, plan = receipt_of(detail["facts"], bench.plans)
            return settled_receipt(head, plan, bench.book.orders()).as_bytes(), ()
        case Form.REPORT:
            return _report(bench, detail["facts"]), ()
        case _:
            return _closing_file(bench, form, event)


def _report(bench: _Bench, facts: Mapping[str, Any]) -> bytes:
    """Draw the page again from its document, which the journal keeps."""
    document = parse(bench.record.blobs["evidence"][str(facts["document"])])
    return report_page(document, LANGUAGES[str(facts["language"])])


def _closing_file(bench: _Bench, form: Form, event: Row) -> tuple[bytes, tuple[Difference, ...]]:
    evidence = bench.record.blobs["evidence"][str(event["evidence_sha256"])]
    inputs = report_inputs_of(evidence, bench.book.orders(), bench.book.fills())
    approved = bench.plans[inputs.plan.plan_hash]
    followed = following(approved, shares_added(approved, inputs.plan))
    differs: tuple[Difference, ...] = ()
    if followed != inputs.plan:
        name = str(event["subject"])
        differs = (Difference(name, "", "plan", str(followed), str(inputs.plan)),)
    if form is Form.ORDERS:
        return orders_parquet(inputs.plan, inputs.orders), differs
    if form is Form.FILLS:
        return fills_parquet(inputs.plan, inputs.fills), differs
    return report_json(build_report(inputs)), differs
