"""Bytes to text: UTF-8 and nothing else, never repaired."""

from adapters.intake.findings import Findings
from statemachine.reasons import Reason

_BOM = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE_BYTES = 1024


def decode_utf8(data: bytes, findings: Findings) -> str | None:
    """Return the text, or None after refusing it with ENCODING or NUL_BYTES.

    A byte order mark is taken off and noted (never-twice-never-lost.md section D "encodings").
    """
    if data.startswith(_UTF_16_MARKS) or _looks_like_utf_16(data):
        findings.refuse(Reason.ENCODING, "this is UTF-16; only UTF-8 is read", line=1)
        return None
    if 0 in data:
        line = line_of(data, data.index(0))
        findings.refuse(Reason.NUL_BYTES, "there is a NUL byte", line=line)
        return None
    if data.startswith(_BOM):
        findings.note(Reason.BOM_ACCEPTED, f"{findings.file} begins with a byte order mark")
        data = data[len(_BOM) :]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"byte 0x{data[error.start]:02x} is not UTF-8 (GBK?); only UTF-8 is read"
        if error.reason == "unexpected end of data":
            problem = "the file ends inside a character, as a half-written one does"
        findings.refuse(Reason.ENCODING, problem, line=line_of(data, error.start))
        return None


def line_of(data: bytes, position: int) -> int:
    """Return the 1-based line that holds a byte; CRLF, LF and CR each end a line."""
    before = data[:position].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1


def _looks_like_utf_16(data: bytes) -> bool:
    """Whether a NUL stands beside most characters of the beginning, as in ASCII text in UTF-16."""
    sample = data[:_SAMPLE_BYTES]
    half = len(sample) // 2
    return half > 1 and max(sample[::2].count(0), sample[1::2].count(0)) * 3 > half
