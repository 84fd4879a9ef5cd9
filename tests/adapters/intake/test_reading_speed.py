"""Reading 5,000 rows stays within ten times what the bare CSV and Decimal parsing costs."""

import csv
import time
from collections.abc import Callable
from decimal import Decimal
from io import StringIO

from adapters.intake.pair import read_pair
from config.settings import IntakeSettings
from statemachine.portfolio import TargetPortfolio
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, context_bytes

HEADER = "trade_date,strategy_id,source,score,rank,code,industry_l1,sector,weight"
PREFIXES = ("600", "601", "603", "605", "688")


def five_thousand_rows() -> bytes:
    codes = (f"{prefix}{number:03d}.SH" for prefix in PREFIXES for number in range(1000))
    rows = (
        f"20251107,seed_balance_strategy,champion_challenger,0.88225,1,{code},银行,银行,0.0002"
        for code in codes
    )
    return "\n".join((HEADER, *rows, "")).encode()


def best_of_five(work: Callable[[], object]) -> float:
    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(5))


def test_reading_costs_less_than_ten_bare_parses() -> None:
    data, context = five_thousand_rows(), context_bytes(target_exposure=1)

    def bare() -> list[Decimal]:
        reader = csv.DictReader(StringIO(data.decode()))
        return [Decimal(line["weight"]) for line in reader]

    def ours() -> object:
        return read_pair(CSV_NAME, data, CONTEXT_NAME, context, IntakeSettings())

    outcome = ours()
    assert isinstance(outcome, TargetPortfolio)
    assert len(outcome.targets) == 5000
    assert best_of_five(ours) < 10 * best_of_five(bare)
