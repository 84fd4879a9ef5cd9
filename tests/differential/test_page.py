from tests.differential.matcher_differences import MATCHER_DIFFERENCES
from tests.differential.page import differences_page
from tests.differential.rule_differences import ROUNDING_DIFFERENCES, RULE_DIFFERENCES
from tests.support.project import ROOT

PAGE = ROOT / "docs" / "differences.md"


def test_the_page_in_docs_is_the_table_of_the_tests() -> None:
    assert PAGE.read_text(encoding="utf-8") == differences_page(), (
        "run: python -m tests.differential.page > docs/differences.md"
    )


def test_every_difference_says_why() -> None:
    reasons = [*RULE_DIFFERENCES.values(), *ROUNDING_DIFFERENCES.values()]
    reasons += [reason.why for reason in MATCHER_DIFFERENCES.values()]

    assert all(why.strip() and why in differences_page() for why in reasons)
    assert all(reason.rule for reason in MATCHER_DIFFERENCES.values())
