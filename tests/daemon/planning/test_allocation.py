from decimal import Decimal

from daemon.planning.allocation import Buy, allocate, shrink_factor
from market.fees import FeeSchedule
from market.symbol import Symbol
from tests.daemon.planning.builders import SESSION, rule_book

# The transfer fee of 0.001 % is all that is left.
FREE = FeeSchedule(commission_rate=Decimal(0), commission_minimum=Decimal(0))
CHEAP, DEAR, STAR = (Symbol.parse(code) for code in ("600000.SH", "600519.SH", "688001.SH"))


def buy(symbol: Symbol, amount: int, price: str) -> Buy:
    return Buy(symbol, Decimal(amount), Decimal(price), rule_book().on(symbol, SESSION))


def test_all_budgets_shrink_by_the_same_factor() -> None:
    buys = [buy(CHEAP, 60_000, "1"), buy(STAR, 40_000, "1")]

    shared = allocate(buys, Decimal(100_000), Decimal(100_010), FREE)

    assert Decimal("0.5") <= shared.shrink_factor < Decimal("0.5001")
    assert shared.quantities == {CHEAP: 30_000, STAR: 20_004}


def test_the_residue_of_a_dear_lot_fills_others_up_to_their_own_target_and_no_further() -> None:
    buys = [buy(DEAR, 150_000, "999"), buy(CHEAP, 10_000, "10"), buy(STAR, 10_000, "10")]

    shared = allocate(buys, Decimal(0), Decimal(100_000), FREE)

    assert shared.quantities == {DEAR: 0, CHEAP: 1_000, STAR: 1_000}


def test_the_largest_shortfall_is_served_first() -> None:
    buys = [buy(CHEAP, 20_000, "10"), buy(DEAR, 21_500, "10")]

    shared = allocate(buys, Decimal(0), Decimal(40_200), FREE)

    # 97 % of each are 1,900 and 2,000 shares; the lot left over goes where 1,500 CNY are missing.
    assert shared.quantities == {CHEAP: 1_900, DEAR: 2_100}


def test_what_denied_names_wanted_is_not_given_to_others() -> None:
    shared = allocate([buy(CHEAP, 50_000, "10")], Decimal(50_000), Decimal(80_010), FREE)

    assert shared.quantities == {CHEAP: 4_000}


def test_a_factor_is_never_rounded_up_nor_outside_zero_and_one() -> None:
    assert shrink_factor(Decimal(3), Decimal(2)) == Decimal("0.6666666666")
    assert shrink_factor(Decimal(3), Decimal(3)) == 1
    assert shrink_factor(Decimal(0), Decimal(-1)) == 1
    assert shrink_factor(Decimal(3), Decimal(-1)) == 0
