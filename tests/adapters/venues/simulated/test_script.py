import json

import pytest

from adapters.venues.simulated.script import ScriptError, read_script
from tests.adapters.venues.simulated.markets import BANK, on_monday
from tests.adapters.venues.simulated.test_foreign import event


def test_a_halt_must_end_after_it_began() -> None:
    backwards = event("HALT", on_monday("09:50:00"), symbol=BANK, until="2025-11-10T09:50:00+08:00")
    with pytest.raises(ScriptError, match="cannot end"):
        read_script(json.dumps([backwards]))


@pytest.mark.parametrize("amount", ["0.001", "12.345"])
def test_cash_moves_in_whole_cents(amount: str) -> None:
    moved = event("CASH", on_monday("10:00:00"), reason="DEPOSIT", amount=amount)
    with pytest.raises(ScriptError, match="decimal"):
        read_script(json.dumps([moved]))
