from tests.differential.differences import RULE_DIFFERENCES
from tests.differential.page import differences_page
from tests.support.project import ROOT

PAGE = ROOT / "docs" / "differences.md"


def test_the_page_in_docs_is_the_table_of_the_tests() -> None:
    assert PAGE.read_text(encoding="utf-8") == differences_page(), (
        "run: python -m tests.differential.page > docs/differences.md"
    )


def test_every_difference_says_why() -> None:
    for found, why in RULE_DIFFERENCES.items():
        assert why in differences_page(), found
        assert why.strip()
