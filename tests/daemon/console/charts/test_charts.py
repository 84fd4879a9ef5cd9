"""A chart says the same in its drawing, in its sentence and in its table."""

from datetime import datetime
from decimal import Decimal
from xml.etree.ElementTree import XML, Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.console.charts.cash import cash_chart, cash_steps
from daemon.console.charts.drawing import Chart, Drawing, length
from daemon.console.charts.fills import Filled, fills_chart
from daemon.console.charts.slippage import slippage_chart
from daemon.console.charts.weights import Weight, weights_chart
from daemon.console.texts.language import Language, Texts
from market.phases import market_time
from tests.support.desk import BANK, SESSION, VANKE

ENGLISH = Texts(Language.ENGLISH)
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2)
NASTY = "<script>alert(1)</script>\"'&"


def parsed(svg: str) -> Element:
    return XML(svg)


def at(clock: str) -> datetime:
    return market_time(SESSION, clock)


def charts() -> list[Chart]:
    return [
        weights_chart(
            [
                Weight(BANK, Decimal("0.2"), Decimal("0.1")),
                Weight(VANKE, Decimal(0), Decimal("0.05")),
            ],
            ENGLISH,
        ),
        slippage_chart([(BANK, Decimal("12.5")), (VANKE, Decimal(-4))], ENGLISH),
        cash_chart(cash_steps(*(Decimal(value) for value in (100, 300, 250, 5))), ENGLISH),
        fills_chart(
            [
                Filled(at("10:00:00"), "BUY", Decimal(100)),
                Filled(at("09:31:05"), "SELL", Decimal(300)),
                Filled(at("13:00:00"), "BUY", Decimal(50)),
            ],
            ENGLISH,
        ),
    ]


def named(chart: Chart, kind: str) -> list[dict[str, str]]:
    return [node.attrib for node in parsed(chart.svg).iter() if node.get("class") == kind]


@pytest.mark.parametrize("chart", charts(), ids=lambda chart: chart.name)
def test_a_chart_has_a_name_a_sentence_and_a_table(chart: Chart) -> None:
    root = parsed(chart.svg)

    assert root.get("role") == "img"
    assert [root.findtext("title"), root.findtext("desc")] == [chart.title, chart.description]
    assert root.get("aria-labelledby") == f"{chart.name}-title {chart.name}-text"
    assert chart.rows
    assert {len(row) for row in chart.rows} == {len(chart.headers)}


@pytest.mark.parametrize("chart", charts(), ids=lambda chart: chart.name)
def test_a_chart_needs_no_style_of_its_own(chart: Chart) -> None:
    assert not any(
        "style" in node.attrib or node.tag == "style" for node in parsed(chart.svg).iter()
    )


def test_a_bar_is_as_long_as_its_weight() -> None:
    weights = charts()[0]
    _legend, half, quarter = named(weights, "actual")

    assert Decimal(half["width"]) == 2 * Decimal(quarter["width"])
    assert weights.description == "2 names; the largest gap to the target is 10.00 %."


def test_a_cost_goes_right_of_the_middle_and_a_gain_left() -> None:
    slippage = charts()[1]
    (axis,), (cost,), (gain,) = (named(slippage, kind) for kind in ("axis", "cost", "gain"))

    assert cost["x"] == axis["x1"]
    assert Decimal(gain["x"]) + Decimal(gain["width"]) == Decimal(axis["x1"])
    assert "+12.5" in slippage.description


def test_each_step_of_the_cash_hangs_where_the_one_before_ended() -> None:
    cash = charts()[2]
    (income,), (buys, fees) = named(cash, "income"), named(cash, "outgo")

    def right(bar: dict[str, str]) -> Decimal:
        return Decimal(bar["x"]) + Decimal(bar["width"])

    assert abs(right(income) - right(buys)) <= Decimal("0.2")
    assert abs(Decimal(buys["x"]) - right(fees)) <= Decimal("0.2")
    assert cash.rows[-1][-1] == "145"


def test_fills_add_up_by_side_in_the_order_they_came() -> None:
    fills = charts()[3]
    buys = fills.svg.split('polyline class="buy" points="')[1].split('"')[0].split()

    assert len(buys) == 6
    assert buys[-1] == buys[-2]
    assert [row[0] for row in fills.rows] == ["09:31:05", "10:00:00", "13:00:00"]
    assert "sells 300 CNY, buys 150 CNY" in fills.description


@given(opening=AMOUNTS, sells=AMOUNTS, buys=AMOUNTS, fees=AMOUNTS)
def test_no_bar_of_the_cash_leaves_the_drawing(
    opening: Decimal, sells: Decimal, buys: Decimal, fees: Decimal
) -> None:
    steps = cash_steps(opening, sells, buys, fees)
    chart = cash_chart(steps, ENGLISH)

    assert steps[-1].balance == opening + sells - buys - fees
    for kind in ("level", "income", "outgo"):
        for bar in named(chart, kind):
            assert 0 <= Decimal(bar["x"]) <= Decimal(bar["x"]) + Decimal(bar["width"]) <= 277


@pytest.mark.parametrize("draw", [weights_chart, slippage_chart, fills_chart])
def test_nothing_to_draw_is_drawn_empty(draw: object) -> None:
    assert callable(draw)
    assert parsed(draw([], ENGLISH).svg).get("role") == "img"


def test_a_name_from_outside_stays_text() -> None:
    chart = weights_chart([Weight(NASTY, Decimal(1), Decimal(1))], ENGLISH)
    drawing = Drawing("x", NASTY, NASTY, 10)
    drawing.bar(NASTY, 1, 1, -1, 1)

    assert "<script" not in chart.svg
    assert "<script" not in drawing.svg()
    assert NASTY in [node.text for node in parsed(chart.svg).iter()]


@pytest.mark.parametrize(
    ("value", "text"), [(Decimal("1.25"), "1.2"), (10, "10"), (Decimal("-0.04"), "0")]
)
def test_a_coordinate_has_one_decimal_at_most(value: Decimal, text: str) -> None:
    assert length(value) == text
