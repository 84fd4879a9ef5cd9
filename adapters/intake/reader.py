"""CSV bytes to rows (issue 2 item 5, architecture.md section 5): read exactly or refuse."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO

from adapters.intake.cells import Column, Columns, Record, Row, read_row
from adapters.intake.decoding import decode_utf8
from adapters.intake.findings import Findings, shown
from statemachine.reasons import Reason

CODE_COLUMNS = ("ts_code", "code")
WEIGHT_COLUMNS = ("weight", "target_weight")
INDUSTRY_COLUMNS = ("industry_l1", "sector", "industry")
DATE_COLUMN = "trade_date"

# What pandas writes for a frame without columns.
_NO_FRAME = ("\n", "\r\n")


def read_rows(data: bytes, rows_max: int, findings: Findings) -> tuple[Row, ...]:
    """Return the rows that could be read; every problem found is in `findings`.

    A header without rows, or a single newline, is an empty portfolio and no problem here.
    """
    text = decode_utf8(data, findings)
    if text is None or text in _NO_FRAME:
        return ()
    complete = _without_unfinished_line(text, findings)
    records = _records(complete, findings)
    header = next(records, None)
    columns = _find_columns(header, findings) if header is not None else None
    if columns is None:
        return ()
    bounded = _at_most(records, rows_max, findings)
    rows = (read_row(record, columns, findings) for record in bounded)
    return tuple(row for row in rows if row is not None)


def _without_unfinished_line(text: str, findings: Findings) -> str:
    """Cut off a last line that lacks its newline, and say so: the writer had not finished."""
    if text.endswith(("\n", "\r")):
        return text
    end = max(text.rfind("\n"), text.rfind("\r")) + 1
    line = text[:end].replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    problem = "the file ends without a newline, as a half-written one does" if text else "0 bytes"
    findings.refuse(Reason.CSV_TRUNCATED, problem, line=line)
    return text[:end]


def _records(text: str, findings: Findings) -> Iterator[Record]:
    """Yield records with the line each begins on; stop with CSV_SYNTAX where quoting is broken."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            findings.refuse(Reason.CSV_SYNTAX, str(error), line=line)
            return
        yield Record(line, cells)


def _at_most(records: Iterator[Record], rows_max: int, findings: Findings) -> Iterator[Record]:
    for number, record in enumerate(records):
        if number == rows_max:
            problem = f"there are more than {rows_max} rows"
            findings.refuse(Reason.CSV_TOO_MANY_ROWS, problem, line=record.line)
            return
        yield record


def _find_columns(header: Record, findings: Findings) -> Columns | None:
    names = header.cells
    problems = [*_doubled(names), *_missing(names)]
    for code, problem, field in problems:
        findings.refuse(code, problem, line=header.line, field=field)
    if problems:
        return None
    return Columns(
        codes=_present(CODE_COLUMNS, names),
        weights=_present(WEIGHT_COLUMNS, names),
        industries=_present(INDUSTRY_COLUMNS, names),
        days=_present((DATE_COLUMN,), names),
        count=len(names),
    )


def _doubled(names: list[str]) -> Iterator[tuple[Reason, str, str]]:
    for name, times in Counter(names).items():
        if times > 1:
            problem = f"the header names {shown(name)} {times} times"
            yield Reason.CSV_DUPLICATE_HEADER, problem, shown(name)[1:-1]


def _missing(names: list[str]) -> Iterator[tuple[Reason, str, str]]:
    for wanted in (CODE_COLUMNS, WEIGHT_COLUMNS):
        if not set(wanted) & set(names):
            yield Reason.CSV_HEADER, f"the header has no {' or '.join(wanted)}", wanted[0]


def _present(wanted: Sequence[str], names: list[str]) -> tuple[Column, ...]:
    return tuple(Column(name, names.index(name)) for name in wanted if name in names)
