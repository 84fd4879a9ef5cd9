from decimal import Decimal

from daemon.planning.capital import capital_base
from daemon.planning.inputs import Holdings, Reference, ReferenceKind
from tests.daemon.planning.builders import SESSION, inputs, position, quote, symbol


def test_what_is_ours_and_has_neither_price_nor_holding_is_worth_nothing() -> None:
    given = inputs(owned={"600000.SH": 100})
    held = Holdings(given.snapshot, SESSION)

    base = capital_base(given, held)

    assert base == capital_base(inputs(owned={}), held)


def test_a_quote_without_a_time_is_of_no_session() -> None:
    untimed = quote("600000.SH", "12", at=None)
    given = inputs(positions=[position("600000.SH", 100)], quotes=[untimed])

    assert given.reference(symbol("600000.SH")) == Reference(Decimal(12), ReferenceKind.PREV_CLOSE)
