"""What our dashboards are put together from: a panel is a sentence, a unit and its questions."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models.common import VisibilityMode
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
# Every question is asked of the chosen instances only.
OURS = 'job="sage-execd", instance=~"$instance"'
WIDTH, HEIGHT, STAT_WIDTH, STAT_HEIGHT = 12, 8, 4, 4


@dataclass(frozen=True, slots=True)
class Question:
    """A PromQL expression and its legend; `{OURS` opens the labels of the chosen instances."""

    expression: str
    legend: str

    @property
    def promql(self) -> str:
        """Return the expression as Grafana sends it."""
        return self.expression.replace("{OURS", f"{{{OURS}")


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture; `is_stat` shows the last value as a figure."""

    title: str
    description: str
    unit: str
    questions: tuple[Question, ...]
    is_stat: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...] = field(default_factory=tuple)

    def panels(self) -> Iterator[Panel]:
        """Yield every panel."""
        for row in self.rows:
            yield from row.panels


def built(board: Board) -> dashboard.Dashboard:
    """Return the dashboard of a board."""
    found = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["sage-execd"])
        .timezone("Asia/Shanghai")
        .refresh("30s")
        .time("now-8h", "now")
        .readonly()
        .with_variable(_sources())
        .with_variable(_instances())
    )
    for row in board.rows:
        found = found.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            found = found.with_panel(_stat(panel) if panel.is_stat else _series(panel))
    return found


def _sources() -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")


def _instances() -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable("instance")
        .label("Instance")
        .datasource(SOURCE)
        .query('label_values(sage_build_info{job="sage-execd"}, instance)')
        .include_all(include_all=True)
        .multi(multi=True)
        .all_value(".*")
    )


def _series(panel: Panel) -> timeseries.Panel:
    found = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(SOURCE)
        .unit(panel.unit)
        .min(0)
        .span(WIDTH)
        .height(HEIGHT)
        .fill_opacity(10)
        .show_points(VisibilityMode.NEVER)
    )
    if panel.unit == "basis points":
        found = found.min(-100)
    for target in _targets(panel):
        found = found.with_target(target)
    return found


def _stat(panel: Panel) -> stat.Panel:
    found = (
        stat.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(SOURCE)
        .unit(panel.unit)
        .span(STAT_WIDTH)
        .height(STAT_HEIGHT)
    )
    for target in _targets(panel):
        found = found.with_target(target)
    return found


def _targets(panel: Panel) -> Iterator[prometheus.Dataquery]:
    for number, question in enumerate(panel.questions):
        yield (
            prometheus.Dataquery()
            .expr(question.promql)
            .legend_format(question.legend)
            .ref_id("ABCDEFGH"[number])
        )
