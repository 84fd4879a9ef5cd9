from adapters.venues.simulated.fault_catalogue import VENUE_NOTES, WIRE_NOTES, faults_page
from adapters.venues.simulated.faults import VenueFaultKind
from adapters.venues.simulated.wire_faults import WireFaultKind
from tests.support.project import ROOT

KINDS = [*VenueFaultKind, *WireFaultKind]
TESTS = ROOT / "tests" / "adapters" / "venues" / "simulated"


def test_the_committed_page_is_the_generated_one() -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert page == faults_page(), (
        "run: python -m adapters.venues.simulated.fault_catalogue > docs/faults.md"
    )


def test_there_are_more_than_forty_kinds_and_each_has_a_row() -> None:
    rows = [line for line in faults_page().splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [kind.value for kind in KINDS]
    assert {row.count("|") for row in rows} == {5}
    assert len(set(KINDS)) > 40
    assert len(VENUE_NOTES) + len(WIRE_NOTES) == len(KINDS)


def test_every_kind_is_seen_to_strike_in_a_test() -> None:
    """A kind that no test of the venue or the wire names would be one nobody saw."""
    texts = [path.read_text(encoding="utf-8") for path in TESTS.glob("test_*.py")]
    unseen = [
        kind
        for kind in KINDS
        if not any(f"{type(kind).__name__}.{kind.name}" in text for text in texts)
    ]
    assert unseen == []
