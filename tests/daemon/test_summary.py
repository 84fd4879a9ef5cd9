from pathlib import Path

from daemon.summary import summarise
from statemachine.run import RunState
from tests.support.desk import BANK, VANKE, WANG, open_room, two_buys


async def test_a_planned_run_is_summed_up_with_its_signal_date_as_files_spell_it(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        run = await room.desk.store.run(plan.run_id)
        assert run is not None

        summary = await summarise(room.desk, run)

    assert summary["run_id"] == plan.run_id
    assert summary["trade_date"] == "20251107"
    assert summary["plan_hash"] == plan.plan_hash
    assert summary["status"] == "AWAITING_APPROVAL"
    assert summary["planned"] == 2
    assert (summary["refusals"], summary["breaks"]) == ([], [])
    assert summary["orders"]["total"] == 0


async def test_a_run_that_ended_before_it_was_sent_names_each_line_it_did_not_trade(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        run = await room.actions.decline(plan.run_id, WANG, "not today")

        summary = await summarise(room.desk, run)

    assert run.state is RunState.DECLINED
    assert summary["status"] == "DECLINED"
    assert {line["ts_code"] for line in summary["denied"]} == {BANK, VANKE}
    assert (summary["planned_notional"], summary["filled_notional"]) == ("400000", "0")
