"""The page docs/differences.md.

Regenerate it with `python -m tests.differential.page > docs/differences.md`.
"""

import sys

from tests.differential.differences import ROUNDING_DIFFERENCES, RULE_DIFFERENCES, RuleDifference

_HEAD = """\
# Differences from other people's rules and matchers 与第三方规则和撮合的差异

Packages that this project did not write answer the same questions in `tests/differential/`. What
they answer otherwise is listed here with our reason, and the tests expect exactly this list: a new
difference fails, and so does one that has gone. This page is generated from
`tests/differential/differences.py`; do not edit it by hand.
本页列出与第三方规则库、撮合器的全部已知差异及理由；测试要求与此表完全一致。

## Dated rules: marina-rules

| topic | code | their scope | from | until | ours | theirs | why |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def differences_page() -> str:
    """Return the page: a row for each difference, in the order of the tables."""
    known = RULE_DIFFERENCES | ROUNDING_DIFFERENCES
    return _HEAD + "".join(_rule_row(found, why) for found, why in known.items())


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
