"""The optional `.ready` file: empty, or two lines `sha256  filename` that must match (rule 6)."""

import re
from collections.abc import Mapping
from hashlib import sha256

from adapters.intake.findings import Findings, shown
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason

# As sha256sum writes it; a star marks binary mode.
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64}) [ *](?P<name>.+)")
READY_BYTES_MAX = 4096


def check_ready(ready_name: str, ready: bytes, files: Mapping[str, bytes]) -> tuple[Refusal, ...]:
    """Return READY_MISMATCH for each way in which a `.ready` file contradicts the pair.

    `files` are the bytes of the pair by name, as they were read. An empty file agrees.
    """
    findings = Findings(ready_name)
    if not ready:
        return ()
    promised = _promises(ready, findings)
    for name in files:
        if not findings and name not in promised:
            findings.refuse(Reason.READY_MISMATCH, f"it does not list {name}")
    for name, (digest, line) in promised.items():
        if name not in files:
            problem = f"{shown(name)} is no file of this pair"
            findings.refuse(Reason.READY_MISMATCH, problem, line=line)
        elif sha256(files[name]).hexdigest() != digest:
            problem = f"the SHA-256 of {name} differs"
            findings.refuse(Reason.READY_MISMATCH, problem, line=line)
    return findings.refusals


def _promises(ready: bytes, findings: Findings) -> dict[str, tuple[str, int]]:
    """Return digest and line by file name; lines that cannot be read are refused."""
    promised: dict[str, tuple[str, int]] = {}
    text = ready.decode("ascii", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if match is None or match["name"] in promised:
            problem = f"{shown(line)} is not one `sha256  filename` for each file"
            findings.refuse(Reason.READY_MISMATCH, problem, line=number)
        else:
            promised[match["name"]] = (match["digest"], number)
    return promised
