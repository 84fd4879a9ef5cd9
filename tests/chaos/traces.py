"""What strace saw of one cycle: which calls there are to fail, and what came after one failed."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# One thread makes all calls of these kinds that matter, so a number finds each of them. The others
# are made by several threads, and strace counts those of each thread by itself: a file is named.
NUMBERED = ("pwrite64", "fdatasync", "sendto", "recvfrom")
CALL = re.compile(r"^(\d+) +(\w+)\(\d+<([^>]*)>", re.MULTILINE)
SENDING = re.compile(r'"POST /v1/orders HTTP')
DATABASE = re.compile(r"\w+\(\d+<[^>]*execd\.sqlite")
INJECTED = "(INJECTED)"


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of one kind that are counted together: of one thread, or of one file of the case."""

    call: str
    path: str | None
    count: int


def calls_of(log: str, folder: Path) -> list[Calls]:
    """Return all calls of a cycle whose files lie in `folder`."""
    of_thread = Counter((found[2], found[1]) for found in CALL.finditer(log))
    numbered: dict[str, str] = {}
    for (call, thread), _count in of_thread.most_common():
        if call in NUMBERED:
            numbered.setdefault(call, thread)
    of_file = Counter(
        (found[2], str(Path(found[3]).relative_to(folder.absolute())))
        for found in CALL.finditer(log)
        if numbered.get(found[2]) != found[1] and found[3].startswith("/")
    )
    return [
        *(Calls(call, None, of_thread[call, thread]) for call, thread in numbered.items()),
        *(Calls(call, path, count) for (call, path), count in of_file.items()),
    ]


def broken_promises(log: str, code: int | None, exit_code: int) -> Iterator[str]:
    """A database that failed ends the process by its name, before anything more is sent."""
    before, injected, after = log.partition(INJECTED)
    line = before[before.rfind("\n") + 1 :]
    if not injected or DATABASE.search(line) is None:
        return
    if SENDING.search(after):
        yield f"sent after the database failed: {line}"
    if code != exit_code:
        yield f"ended with {code} after the database failed: {line}"
