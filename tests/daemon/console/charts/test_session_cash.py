from decimal import Decimal

import pytest

from daemon.console.charts.day_clock import clock_x
from daemon.console.charts.session_cash import CashAt, session_cash_chart
from daemon.console.texts.language import Language, Texts
from market.phases import SHANGHAI
from tests.adapters.venues.simulated.markets import on_monday


def cash_at(clock: str, cash: str) -> CashAt:
    return CashAt(on_monday(clock), Decimal(cash))


PATH = [cash_at("09:31:00", "1000"), cash_at("11:00:00", "400"), cash_at("15:00:00", "700")]
LOWEST = cash_at("10:00:00", "250")


@pytest.mark.parametrize(
    ("language", "words"),
    [(Language.ENGLISH, "Lowest 250 at 10:00:00"), (Language.CHINESE, "最低 250，10:00:00")],
)
def test_the_lowest_is_told_in_words(language: Language, words: str) -> None:
    assert words in session_cash_chart(PATH, LOWEST, Texts(language)).svg


def test_the_lowest_is_a_point_of_the_line_and_a_row_of_the_table() -> None:
    chart = session_cash_chart(PATH, LOWEST, Texts(Language.ENGLISH))

    assert [row[0] for row in chart.rows] == ["09:31:00", "10:00:00", "11:00:00", "15:00:00"]
    assert chart.description == "From 1,000 to 700; lowest 250 at 10:00:00."
    x = clock_x(LOWEST.at.astimezone(SHANGHAI).time())
    assert f"{x.quantize(Decimal('0.1'))},115.5" in chart.svg


def test_an_account_without_cash_is_a_line_on_the_ground() -> None:
    broke = cash_at("09:31:00", "0")

    assert ",146" in session_cash_chart([broke], broke, Texts(Language.ENGLISH)).svg
