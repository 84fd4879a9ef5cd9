import base64
from hashlib import sha256

import pytest

from daemon.planning.identity import client_order_id
from market.side import Side
from market.symbol import Symbol
from statemachine.order_id import OWN_ORDER_ID, is_own_order_id

PINGAN_BANK = Symbol.parse("000001.SZ")


def identify(account: str = "880001234", run_id: str = "20251107-ab", leg: int = 1) -> str:
    return client_order_id(account, run_id, PINGAN_BANK, Side.BUY, slice_number=1, leg=leg)


def test_the_id_is_s_and_the_first_twenty_base32_characters_of_the_hash() -> None:
    text = "880001234|20251107-ab|000001.SZ|BUY|1|1"
    expected = base64.b32encode(sha256(text.encode()).digest()).decode()[:20]

    assert identify() == "S" + expected
    assert len(identify()) == 21


def test_the_same_intent_has_the_same_id_and_another_leg_another() -> None:
    assert identify() == identify()
    assert identify(leg=2) != identify()


def test_an_account_that_could_blur_two_intents_is_refused() -> None:
    with pytest.raises(ValueError, match="contains"):
        identify(account="88|1")


def test_only_our_own_shape_is_taken_for_ours() -> None:
    assert OWN_ORDER_ID.fullmatch(identify())
    assert is_own_order_id(identify())
    assert not is_own_order_id(None)
    assert not is_own_order_id("S" + "A" * 19)
    assert not is_own_order_id("S" + "a" * 20)
    assert not is_own_order_id(identify() + "\n")
