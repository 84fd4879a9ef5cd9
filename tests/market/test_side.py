from market.side import Side


def test_a_buy_counts_up_and_a_sell_counts_down() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
