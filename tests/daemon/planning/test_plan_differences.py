from dataclasses import replace

from daemon.planning.plan_differences import Change, Predecessor, differences
from daemon.planning.sizing import plan_run
from statemachine.plan import Plan
from tests.daemon.planning.builders import inputs, planned, position, symbol, target

BANK, VANKE, MAOTAI = "600000.SH", "000002.SZ", "600519.SH"


def plan_of(*weights: tuple[str, str], held: int = 0) -> Plan:
    targets = [target(code, weight, f"行业{code}") for code, weight in weights]
    positions = [position(MAOTAI, held)] if held else []
    return planned(plan_run(inputs(*targets, positions=positions)))


def test_names_that_come_go_and_change_are_told_apart() -> None:
    before = plan_of((BANK, "0.2"), (VANKE, "0.2"))
    after = plan_of((BANK, "0.1"), (MAOTAI, "0.2"))

    found = differences(after, before, Predecessor.SUPERSEDED)

    assert [(name.ts_code, name.change) for name in found.names] == [
        (VANKE, Change.REMOVED),
        (BANK, Change.CHANGED),
        (MAOTAI, Change.ADDED),
    ]
    bank = found.names[1]
    assert (bank.target_before, bank.target_after) == (20_000, 10_000)
    assert (bank.planned_before, bank.planned_after) == (20_000, 10_000)
    assert (found.run_id, found.plan_hash) == (before.run_id, before.plan_hash)


def test_the_same_wishes_differ_in_nothing() -> None:
    plan = plan_of((BANK, "0.2"))

    assert differences(plan, plan, Predecessor.SUPERSEDED).names == ()


def test_only_a_plan_for_the_same_session_differs_by_what_it_trades() -> None:
    before = plan_of((BANK, "0.2"))
    halved = replace(before.line_for(symbol(BANK)), quantity_max=100)
    after = replace(before, lines=(halved,))

    (name,) = differences(after, before, Predecessor.PARENT).names
    assert (name.change, name.planned_before, name.planned_after) == (Change.CHANGED, 20_000, 100)
    assert differences(after, before, Predecessor.EARLIER).names == ()


def test_a_sale_counts_negative_and_its_name_is_removed_from_the_holdings() -> None:
    before = plan_of((MAOTAI, "0.2"))
    after = plan_of((BANK, "0.2"), held=1_000)

    names = {name.ts_code: name for name in differences(after, before, Predecessor.EARLIER).names}

    assert names[MAOTAI].change is Change.REMOVED
    assert names[MAOTAI].planned_after == -1_000
    assert names[BANK].change is Change.ADDED
