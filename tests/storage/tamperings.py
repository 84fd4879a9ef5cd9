"""Tamperings by hand: which statements break which invariant of the full book."""

# ruff: noqa: S608 - the statements tamper on purpose, with ids made in this file

import shutil
import sqlite3
from hashlib import sha256
from pathlib import Path

from statemachine.order import Order
from tests.storage.late_and_not_resumed import LATE_AND_NOT_RESUMED
from tests.storage.said_and_not_done import SAID_AND_NOT_DONE
from tests.storage.tampered_rows import copied
from tests.storage.told_to_nobody import TOLD_TO_NOBODY
from tests.support.book import RUN_ID
from tests.support.full_book import FILLED, PLANNED, SOLD, UNKNOWN, WAITING


def cid(order: Order) -> str:
    return f"client_order_id = '{order.client_order_id}'"


def subject(order: Order) -> str:
    return f"subject = '{order.client_order_id}'"


def tampered_copy(healthy: Path, folder: Path, *statements: str) -> Path:
    """Return a copy after these statements; its triggers are gone."""
    path = folder / "copy.sqlite"
    shutil.copyfile(healthy, path)
    connection = sqlite3.connect(path)
    try:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        connection.commit()
    finally:
        connection.close()
    return path


EDITED_EVENT = "UPDATE events SET {} WHERE sequence = (SELECT MAX(sequence) FROM events WHERE {})"


def granted(scope: str, grace_s: int) -> str:
    """Let FILLED leave again, in event 900."""
    detail = f'{{"dedupe_scope":"{scope}","grace_s":{grace_s}}}'
    return copied(
        "events",
        f"{subject(FILLED)} AND cause = 'SUBMIT_OPENED'",
        "sequence = 900",
        "subject_kind = 'WIRE'",
        "cause = 'RESEND_GRANTED'",
        f"detail = '{detail}'",
        "hash = 'x'",
    )


SECOND_DEPARTURE = copied(
    "wire", f"{cid(FILLED)} AND kind = 'SUBMIT'", "try = 2", "opened_sequence = 901"
)
TAMPERINGS = {
    "I1 two live legs": (
        "I1",
        f"UPDATE orders SET state = 'ACK', slice = 1, leg = 2 WHERE {cid(PLANNED)}",
        f"UPDATE orders SET state = 'ACK', cancelled_quantity = 0 WHERE {cid(SOLD)}",
    ),
    "I1 one venue order for two": (
        "I1",
        (
            "UPDATE orders SET venue_order_id ="
            f" (SELECT venue_order_id FROM orders WHERE {cid(FILLED)}) WHERE {cid(UNKNOWN)}"
        ),
    ),
    "I1 fills of another venue order": ("I1", "UPDATE fills SET venue_order_id = 'other'"),
    "I1 two venue orders over time": (
        "I1",
        EDITED_EVENT.format(
            "detail = json_set(detail, '$.set.venue_order_id', 'other')",
            subject(FILLED),
        ),
    ),
    "I2 too many shares": ("I2", f"UPDATE orders SET quantity = 1100 WHERE {cid(UNKNOWN)}"),
    "I2 a worse buy": ("I2", f"UPDATE orders SET limit_price_e4 = 110000 WHERE {cid(UNKNOWN)}"),
    "I2 a worse sell": ("I2", f"UPDATE orders SET limit_price_e4 = 90000 WHERE {cid(PLANNED)}"),
    "I2 a name nobody approved": (
        "I2",
        f"UPDATE orders SET ts_code = '600004.SH' WHERE {cid(PLANNED)}",
    ),
    "I3 no row before the send": ("I3", f"DELETE FROM wire WHERE {cid(FILLED)}"),
    "I3 a row of no event": ("I3", f"UPDATE wire SET opened_sequence = 1 WHERE {cid(FILLED)}"),
    "I3 an opening without its row": ("I3", f"DELETE FROM wire WHERE {cid(UNKNOWN)}"),
    "I4 opened before the approval": (
        "I4",
        "UPDATE approval SET created_at = '2025-11-10T05:00:00.000000Z'",
    ),
    "I4 opened after the expiry": (
        "I4",
        "UPDATE approval SET expires_at = '2025-11-10T01:00:00.000000Z'",
    ),
    "I4 revoked before": ("I4", "UPDATE approval SET revoked_sequence = 1"),
    "I4 another plan": ("I4", "UPDATE approval SET plan_hash = 'x'"),
    "I4 a loosened line": ("I4", "UPDATE plan_lines SET quantity_max = 5000"),
    "I4 a moved expiry": ("I4", "UPDATE plan SET expires_at = '2025-11-10T07:00:00.000000Z'"),
    "I4 an edited document": (
        "I4",
        "UPDATE plan SET body = json_set(body, '$.settings_hash', 'other')",
    ),
    "I4 a line that cannot be read": ("I4", "UPDATE plan_lines SET side = 'HOLD'"),
    "I4 a plan that is gone": ("I4", "DELETE FROM plan"),
    "I4 a document that another one replaced": (
        "I4",
        "UPDATE plan SET body = json_set(body, '$.message_count', 4)",
    ),
    "I4 a document that cannot be read, and its event": (
        "I4",
        "UPDATE plan SET body = 'x'",
        (
            "UPDATE events SET detail = json_set(detail, '$.body_sha256',"
            f" '{sha256(b'x').hexdigest()}') WHERE subject_kind = 'PLAN'"
        ),
    ),
    "I4 a line with another disposition": ("I4", "UPDATE plan_lines SET disposition = 'HOLD'"),
    "I4 a document that cannot be read": ("I4", "UPDATE plan SET body = 'x'"),
    "I4 an approval that cannot be read": ("I4", "UPDATE approval SET created_at = 'x'"),
    "I4 the other side only": ("I4", "UPDATE approval SET stage = 'BUYS'"),
    "I4 a person missing": ("I4", "UPDATE approval SET persons_min = 2"),
    "I4 a forged approver": ("I4", "UPDATE approval SET approver = 'li'"),
    "I5 sent twice": (
        "I5",
        (
            f"UPDATE wire SET client_order_id = '{FILLED.client_order_id}', try = 2"
            f" WHERE {cid(UNKNOWN)}"
        ),
    ),
    "I5 sent again without a right to": ("I5", SECOND_DEPARTURE),
    "I5 sent again where ids are known while an order is open": (
        "I5",
        SECOND_DEPARTURE,
        granted("OPEN_ONLY", 60),
    ),
    "I5 sent again too early": ("I5", SECOND_DEPARTURE, granted("FOREVER", 59)),
    "I5 sent again without a list": (
        "I5",
        SECOND_DEPARTURE,
        granted("FOREVER", 60),
        "UPDATE events SET evidence_sha256 = NULL WHERE cause = 'RESEND_GRANTED'",
    ),
    "I5 sent again before the right to": (
        "I5",
        SECOND_DEPARTURE,
        granted("FOREVER", 60),
        f"UPDATE wire SET opened_sequence = 2 WHERE {cid(FILLED)} AND try = 2",
    ),
    "I5 a right to that was none": ("I5", granted("NONE", 60)),
    "I5 sent a third time": (
        "I5",
        SECOND_DEPARTURE,
        granted("FOREVER", 60),
        copied("wire", cid(FILLED) + " AND try = 2", "try = 3", "opened_sequence = 901"),
    ),
    "I6 other bytes": (
        "I6",
        (
            f"UPDATE wire SET client_order_id = '{FILLED.client_order_id}', try = 2"
            f" WHERE {cid(UNKNOWN)}"
        ),
    ),
    "I7 a fill more": ("I7", "UPDATE fills SET quantity = 300 WHERE fill_id = '2'"),
    "I7 another amount": ("I7", "UPDATE fills SET amount_e4 = 1 WHERE fill_id = '2'"),
    "I7 a fill gone": ("I7", "DELETE FROM fills WHERE fill_id = '1'"),
    "I7 more than ordered": (
        "I7",
        f"UPDATE orders SET filled_quantity = 700 WHERE {cid(FILLED)}",
    ),
    "I7 a fill of no order": (
        "I7",
        "UPDATE fills SET client_order_id = 'none' WHERE fill_id = '3'",
    ),
    "I9 fills forgotten": (
        "I9",
        EDITED_EVENT.format(
            "detail = json_set(detail, '$.set.filled_quantity', 400)",
            f"{subject(FILLED)} AND target = 'FILLED'",
        ),
        EDITED_EVENT.format(
            "detail = json_set(detail, '$.set.filled_quantity', 500)",
            f"{subject(FILLED)} AND target = 'ACK'",
        ),
    ),
    "I9 an older report believed": (
        "I9",
        EDITED_EVENT.format(
            "detail = json_set(detail, '$.set.version', -1)",
            f"{subject(SOLD)} AND target = 'CANCELLED'",
        ),
    ),
    "I10 a fill with other fees": ("I10", "UPDATE fills SET commission_e4 = 1"),
    "I10 an answer that was changed": (
        "I10",
        f"UPDATE wire SET outcome = 'ACCEPTED' WHERE {cid(WAITING)}",
    ),
    "I10 a revocation nobody made": ("I10", "UPDATE approval SET revoked_sequence = 30"),
    "I10 an approval that is gone": ("I10", "DELETE FROM approval"),
    "I10 an illegal edge": (
        "I10",
        EDITED_EVENT.format("source = 'NEW'", f"{subject(FILLED)} AND target = 'FILLED'"),
    ),
    "I10 a skipped state": (
        "I10",
        f"DELETE FROM events WHERE {subject(FILLED)} AND target = 'ACK'",
    ),
    "I10 a row beside its story": (
        "I10",
        f"UPDATE orders SET raw_text = 'other' WHERE {cid(FILLED)}",
    ),
    "I10 a row without a story": ("I10", f"DELETE FROM events WHERE {subject(PLANNED)}"),
    "I10 a story without a row": ("I10", f"DELETE FROM orders WHERE {cid(PLANNED)}"),
    "I10 a run beside its story": (
        "I10",
        f"UPDATE runs SET state = 'WORKING' WHERE run_id = '{RUN_ID}'",
    ),
    "I10 a run that jumped": (
        "I10",
        EDITED_EVENT.format("target = 'COMPLETED'", f"subject = '{RUN_ID}' AND target IS NOT NULL"),
        f"UPDATE runs SET state = 'COMPLETED' WHERE run_id = '{RUN_ID}'",
    ),
    "I10 an event that cannot be read": (
        "I10",
        EDITED_EVENT.format("detail = '{}'", f"{subject(FILLED)} AND target = 'ACK'"),
    ),
    "I10 a run that leaves another state": (
        "I10",
        EDITED_EVENT.format("source = 'WORKING'", f"subject = '{RUN_ID}' AND source IS NOT NULL"),
    ),
    "I13 a run's move without a cause": (
        "I13",
        EDITED_EVENT.format("cause = ''", f"subject = '{RUN_ID}' AND target IS NOT NULL"),
    ),
    "I10 a run without a row": ("I10", "DELETE FROM runs WHERE state = 'REFUSED'"),
    "I11 a change after the end": (
        "I11",
        (
            f"UPDATE events SET subject = '{FILLED.client_order_id}'"
            " WHERE subject_kind = 'ORDER' AND sequence = (SELECT MAX(sequence) FROM events"
            " WHERE subject_kind = 'ORDER')"
        ),
    ),
    "I12 filled but not all": (
        "I12",
        f"UPDATE orders SET state = 'FILLED' WHERE {cid(UNKNOWN)}",
    ),
    "I12 rejected with fills": (
        "I12",
        f"UPDATE orders SET state = 'REJECTED', cancelled_quantity = 0 WHERE {cid(SOLD)}",
    ),
    "I12 cancelled without the rest": (
        "I12",
        f"UPDATE orders SET cancelled_quantity = 100 WHERE {cid(SOLD)}",
    ),
    "I12 ended before all its fills were here": (
        "I12",
        f"UPDATE orders SET venue_filled_quantity = 200 WHERE {cid(SOLD)}",
    ),
    "I13 an event that changes nothing": (
        "I13",
        EDITED_EVENT.format("detail = '{}'", f"{subject(UNKNOWN)} AND source IS NULL"),
    ),
    "I13 an event without a cause": ("I13", EDITED_EVENT.format("cause = ''", subject(FILLED))),
    "I13 a state without a move": (
        "I13",
        EDITED_EVENT.format("source = NULL", f"{subject(FILLED)} AND target = 'FILLED'"),
    ),
    "I14 an edited event": ("I14", EDITED_EVENT.format("actor = 'li'", "1")),
    "I14 a deleted event": ("I14", "DELETE FROM events WHERE sequence = 3"),
    "I14 a cut tail": (
        "I14",
        "DELETE FROM events WHERE sequence = (SELECT MAX(sequence) FROM events)",
    ),
    "I14 a new genesis": ("I14", "UPDATE events SET prev_hash = 'x' WHERE sequence = 1"),
    "I16 a balance that jumped": (
        "I16",
        "UPDATE ownership SET balance = balance + 100 WHERE cause = 'FILL'",
    ),
    "I16 a fill that was not taken over": (
        "I16",
        (
            "DELETE FROM ownership WHERE sequence ="
            " (SELECT MAX(sequence) FROM ownership WHERE cause = 'FILL')"
        ),
    ),
    "I17 dearer than approved": (
        "I17",
        f"UPDATE orders SET limit_price_e4 = 900000 WHERE {cid(UNKNOWN)}",
    ),
    "I18 sent under a halt": ("I18", "UPDATE halts SET since_sequence = 1, lifted_sequence = 999"),
    "I18 bought while only sells might go": (
        "I18",
        "INSERT INTO reductions (cause, actor, since, since_sequence) VALUES ('', '', '', 1)",
    ),
    "I18 sent under a stale lease": ("I18", "UPDATE wire SET epoch = 7"),
    "I19 an older epoch comes back": ("I19", "UPDATE events SET epoch = 2 WHERE sequence = 5"),
    "I20 past the cut-off": ("I20", "UPDATE wire SET cut_off = opened_at"),
    "I20 at lunch": ("I20", "UPDATE wire SET opened_at = '2025-11-10T04:00:00.000000Z'"),
    "I20 on another day": ("I20", "UPDATE orders SET session_date = '2025-11-11'"),
    "I21 bytes gone": ("I21", "DELETE FROM input_blob"),
    "I21 bytes edited": ("I21", "UPDATE input_blob SET content = X'00'"),
    "I21 evidence edited": ("I21", "UPDATE evidence SET content = X'00'"),
    "I21 a run from nowhere": ("I21", "DELETE FROM inputs WHERE outcome = 'NEW'"),
    "I21 refused without a reason": (
        "I21",
        "UPDATE runs SET refusals = '[]' WHERE state = 'REFUSED'",
    ),
    "I22 orders of a refused run": (
        "I22",
        (
            f"UPDATE orders SET run_id = (SELECT run_id FROM runs WHERE state = 'REFUSED')"
            f" WHERE {cid(PLANNED)}"
        ),
    ),
    "I22 half a plan": ("I22", "DELETE FROM plan_lines WHERE ts_code = '688001.SH'"),
    "I23 off the tick": ("I23", f"UPDATE orders SET limit_price_e4 = 98050 WHERE {cid(PLANNED)}"),
    "I23 off the lot": ("I23", f"UPDATE orders SET quantity = 350 WHERE {cid(WAITING)}"),
    "I23 below the STAR minimum": ("I23", f"UPDATE orders SET quantity = 100 WHERE {cid(UNKNOWN)}"),
    "I24 a failed batch that lives": (
        "I24",
        f"UPDATE runs SET state = 'FAILED_BATCH' WHERE run_id = '{RUN_ID}'",
    ),
    "I25 a doubt that was forgotten": (
        "I25",
        f"UPDATE runs SET state = 'COMPLETED' WHERE run_id = '{RUN_ID}'",
    ),
    **LATE_AND_NOT_RESUMED,
    **SAID_AND_NOT_DONE,
    **TOLD_TO_NOBODY,
    "FILE a row that points nowhere": ("FILE", "UPDATE wire SET run_id = 'none'"),
}
