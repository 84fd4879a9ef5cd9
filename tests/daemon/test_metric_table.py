from prometheus_client import generate_latest

from daemon.metric_table import table
from daemon.metrics import Metrics
from tests.support.project import ROOT


def test_the_page_is_the_one_the_metrics_make() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8") == table(), (
        "run: python -m daemon.metric_table > docs/metrics.md"
    )


def test_every_metric_of_the_registry_has_its_row() -> None:
    text = generate_latest(Metrics().registry).decode()
    exported = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    page = table()

    assert {name for name in exported if f"| `{name}` |" not in page} == {
        name for name in exported if name.endswith("_created") or name.startswith("process_")
    }


def test_the_bounds_of_every_histogram_are_told() -> None:
    assert "- `sage_fill_age_seconds`: 0.01, 0.1, " in table()
