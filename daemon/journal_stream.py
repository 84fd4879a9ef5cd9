"""The journal behind stderr: lines that begin with `<N>` get that syslog priority."""

import os
import sys
from collections.abc import Mapping
from types import MappingProxyType

STDERR = 2
ERROR = "<3>"
PREFIX_OF: Mapping[str, str] = MappingProxyType(
    {
        "critical": "<2>",
        "error": ERROR,
        "exception": ERROR,
        "warning": "<4>",
        "info": "<6>",
        "debug": "<7>",
    }
)


def is_journal(environ: Mapping[str, str]) -> bool:
    """Whether stderr is the stream that systemd connected to the journal ($JOURNAL_STREAM)."""
    named = environ.get("JOURNAL_STREAM", "")
    if not named:
        return False
    there = os.fstat(STDERR)
    return named == f"{there.st_dev}:{there.st_ino}"


def end(why: str, code: int) -> int:
    """Say on stderr why the process ends; returns the exit code."""
    prefix = ERROR if is_journal(os.environ) else ""
    lines = f"sage-execd: {why}".splitlines()
    sys.stderr.write("".join(f"{prefix}{line}\n" for line in lines))
    return code
