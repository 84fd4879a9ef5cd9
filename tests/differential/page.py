"""The page docs/differences.md.

Regenerate it with `python -m tests.differential.page > docs/differences.md`.
"""

import sys

from tests.differential.cases import cases
from tests.differential.matcher_differences import MATCHER_DIFFERENCES, MatcherDifference, Reason
from tests.differential.rule_differences import (
    ROUNDING_DIFFERENCES,
    RULE_DIFFERENCES,
    RuleDifference,
)

_HEAD = """\
# Differences from other people's rules and matchers 与第三方规则和撮合的差异

Packages that this project did not write answer the same questions in `tests/differential/`. What
they answer otherwise is listed here with our reason, and the tests expect exactly this list: a new
difference fails, and so does one that has gone. This page is generated from the tables
`rule_differences.py` and `matcher_differences.py` there; do not edit it by hand. Sections and
examples are those of a-share-rules.md.
本页列出与第三方规则库、撮合器的全部已知差异及理由；测试要求与此表完全一致。

## Dated rules: marina-rules

| topic | code | their scope | from | until | ours | theirs | why |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


_MATCHER_HEAD = """
## Matchers: qmt-tcp-bridge and xtquant-big-convert

The in-process FakeGateway of the first and the backtest matcher of the second play {cases} cases
beside our paper venue: lots, T+1, limits, partial fills, cancels and cash. In every fact that is
not listed they agree with it.

| other | case | fact | ours | theirs | rule | why |
| --- | --- | --- | --- | --- | --- | --- |
"""


def differences_page() -> str:
    """Return the page: a row for each difference, in the order of the tables."""
    rules = RULE_DIFFERENCES | ROUNDING_DIFFERENCES
    rows = (
        _HEAD,
        *(_rule_row(found, why) for found, why in rules.items()),
        _MATCHER_HEAD.format(cases=len(cases())),
        *(_matcher_row(found, reason) for found, reason in MATCHER_DIFFERENCES.items()),
    )
    return "".join(rows)


def _matcher_row(found: MatcherDifference, reason: Reason) -> str:
    cells = (found.other, found.case, found.fact, found.ours, found.theirs, reason.rule, reason.why)
    return "| " + " | ".join(cells) + " |\n"


def _rule_row(found: RuleDifference, why: str) -> str:
    cells = (
        found.topic,
        found.code,
        found.scope,
        found.first,
        found.last or "",
        found.ours,
        found.theirs,
        why,
    )
    return "| " + " | ".join(cells) + " |\n"


if __name__ == "__main__":
    sys.stdout.write(differences_page())
