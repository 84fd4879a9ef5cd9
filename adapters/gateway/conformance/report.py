"""A run in words and in JSON, and the page docs/conformance.md.

Regenerate it with `python -m adapters.gateway.conformance.report > docs/conformance.md`.
"""

import sys
from collections import Counter
from collections.abc import Sequence

from adapters.gateway.conformance.catalogue import CASES
from adapters.gateway.conformance.verdict import CaseResult, Verdict

JsonObject = dict[str, object]

_HEAD = """# Conformance

`sage-execd conformance` runs the numbered cases below over HTTP against any gateway that speaks
gateway contract v1, and says which promises it keeps. It knows nothing of the gateway but its
address, the account and the three secrets, so it tests a gateway on another host as it tests the
paper gateway.

**It submits orders.** They rest far from the market or are refused where that is enough, and are
cancelled after each case, but several cases buy a lot and wait for the fill. It therefore runs only
on loopback, and only where `/v1/health` names the venue `simulated`. `--remote` allows another
host (https), `--venue NAME` allows the venue of that name; both must be typed.

```sh
sage-execd gateway --market MARKET --positions POSITIONS --start 2026-01-16T09:00 --stepped &
sage-execd conformance --endpoint http://127.0.0.1:18080
```

One line a case: number, group, verdict, title, and the reason where it did not pass. `--json`
prints one object a case and one for the run. The exit code is 0 when nothing failed, 1 when
something did, 69 when nobody answers, 77 for another venue than the one named, 78 when a secret is
missing.

| option | what it does |
| --- | --- |
| `--group GROUP`, `--case NUMBER` | runs only these; both may be repeated |
| `--account ID` | the account to log in to |
| `--symbol CODE` | a name to trade beside those the account holds; may be repeated |
| `--wait-max S` | real seconds one wait may take |

The account needs cash for a few lots and one holding of 200 sellable shares. A case that cannot be
tried is a SKIP and says why: a phase of the market that is not now, a suspended name nobody named.
Where the gateway serves `/sim/clock` (the paper gateway with `--stepped`) the kit moves market
time itself and tries every phase, the close and the next day; no other participant may hold the
clock. An expired session is tried where sessions are shorter than `--wait-max`.

A number is for ever: new cases go on counting, and a case that is dropped leaves a gap.

## The cases
"""


def line_of(result: CaseResult) -> str:
    """Return one case as a line for people."""
    line = f"{result.number:<5} {result.group:<12} {result.verdict}  {result.title}"
    return f"{line}: {result.reason}" if result.reason else line


def object_of(result: CaseResult) -> JsonObject:
    """Return one case as a JSON object."""
    return {
        "number": result.number,
        "group": result.group,
        "title": result.title,
        "verdict": result.verdict,
        "reason": result.reason,
    }


def summary_of(results: Sequence[CaseResult]) -> JsonObject:
    """Return the counts of a run, and the numbers that failed."""
    counts = Counter(result.verdict for result in results)
    return {
        "cases": len(results),
        "passed": counts[Verdict.PASS],
        "failed": counts[Verdict.FAIL],
        "skipped": counts[Verdict.SKIP],
        "failures": [result.number for result in results if result.verdict is Verdict.FAIL],
    }


def sentence_of(results: Sequence[CaseResult]) -> str:
    """Return the counts of a run in words."""
    summary = summary_of(results)
    sentence = "{cases} cases: {passed} passed, {failed} failed, {skipped} skipped".format_map(
        summary
    )
    failures = [result.number for result in results if result.verdict is Verdict.FAIL]
    return f"{sentence} ({', '.join(failures)} failed)" if failures else sentence


def page() -> str:
    """Return docs/conformance.md as it is committed."""
    rows = [f"| {case.number} | {case.group} | {case.title} |" for case in CASES]
    table = ["| number | group | promise |", "| --- | --- | --- |", *rows]
    return "\n".join((f"{_HEAD}\n{len(CASES)} cases.\n", *table)) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
