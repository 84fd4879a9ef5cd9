from decimal import Decimal

from statemachine.fill import BilledFees


def test_the_total_of_billed_fees_is_the_sum_of_the_three() -> None:
    fees = BilledFees(Decimal("5.00"), Decimal("6.17"), Decimal("0.12"))

    assert fees.total == Decimal("11.29")
