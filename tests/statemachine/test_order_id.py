import pytest

from daemon.planning.identity import client_order_id
from market.side import Side
from market.symbol import Symbol
from statemachine.order_id import is_own_order_id

BANK = Symbol.parse("600000.SH")


def test_every_id_we_give_is_known_as_ours() -> None:
    for number in range(1, 50):
        given = client_order_id("A1", "20251107-0", BANK, Side.BUY, slice_number=number, leg=1)
        assert is_own_order_id(given)


@pytest.mark.parametrize(
    "found",
    [
        None,
        "",
        "S",
        "S" + "A" * 19,
        "S" + "A" * 21,
        "S" + "a" * 20,
        "S" + "A" * 19 + "1",
        "T" + "A" * 20,
        "S" + "A" * 20 + "\n",
        " S" + "A" * 20,
    ],
)
def test_another_shape_is_somebody_elses(found: str | None) -> None:
    assert not is_own_order_id(found)
