import builtins
from dataclasses import replace
from typing import Any

import pytest

from daemon.console.texts.language import Language
from daemon.report.pictures import ChartsMissing, charts_of, pictures, png
from daemon.report.texts import ReportTexts
from tests.daemon.reconciliation.test_report import inputs
from tests.daemon.report.given import document

TEXTS = ReportTexts(Language.ENGLISH)
PNG = b"\x89PNG\r\n\x1a\n"


def test_a_run_that_traded_has_five_charts() -> None:
    assert [chart.name for chart in charts_of(document(), TEXTS)] == [
        "costs",
        "cash",
        "fills",
        "weights",
        "slippage",
    ]


def test_a_run_without_fills_or_cash_is_not_charted_where_there_is_nothing() -> None:
    bare = replace(inputs(), orders=(), fills=(), cash=None)

    assert [chart.name for chart in charts_of(document(bare), TEXTS)] == ["costs", "weights"]

    nothing = document(bare)
    nothing["costs"]["names"] = []
    assert [chart.name for chart in charts_of(nothing, TEXTS)] == ["weights"]


def test_the_cost_chart_says_every_part_and_the_total() -> None:
    found = document()
    (chart,) = [chart for chart in charts_of(found, TEXTS) if chart.name == "costs"]

    assert [label for label, _ in chart.rows] == [
        "Delay",
        "Spread",
        "Execution",
        "Locked",
        "Unfilled",
        "Cash drag",
        "Fees",
    ]
    assert chart.description == "610.81 CNY in all."


@pytest.mark.parametrize("language", Language)
def test_every_chart_is_a_picture_with_something_on_it(language: Language) -> None:
    drawn = pictures(document(), language)

    assert drawn.keys() == {"weights", "costs", "cash", "fills", "slippage"}
    for content in drawn.values():
        assert content.startswith(PNG)
        assert len(content) > 2_000


def test_a_picture_is_coloured_by_the_style_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    (chart, *_) = charts_of(document(), TEXTS)
    coloured = png(chart)
    monkeypatch.setattr("daemon.report.pictures.chart_style", lambda: "")

    assert png(chart) != coloured


def test_without_the_library_it_says_which_extra_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **words: Any) -> Any:
        if name == "resvg_py":
            raise ImportError(name)
        return real(name, *rest, **words)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ChartsMissing, match=r"sage-execd\[charts\]"):
        pictures(document(), Language.ENGLISH)
