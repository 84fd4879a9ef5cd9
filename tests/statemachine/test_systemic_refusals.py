from adapters.wire.errors import ErrorCode
from statemachine.systemic_refusals import SYSTEMIC_REFUSALS


def test_every_systemic_word_is_one_of_the_contract() -> None:
    assert {code.value for code in ErrorCode} >= SYSTEMIC_REFUSALS


def test_what_is_about_one_order_is_not_systemic() -> None:
    about_an_order = {"LOT_SIZE", "PRICE_CAGE", "INSUFFICIENT_FUNDS", "NO_PERMISSION", "SUSPENDED"}

    assert not about_an_order & SYSTEMIC_REFUSALS
