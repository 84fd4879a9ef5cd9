from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from config.people_settings import ApprovalSettings
from config.settings import Mode
from daemon.inbox import Inbox
from daemon.rebasing import rebase_waiting
from daemon.run_news import refusal_line, tell_refused, tell_waiting
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason
from storage.alerts import Alert
from tests.daemon.planning.builders import portfolio, target
from tests.daemon.test_inbox import drop_pair, drop_ready
from tests.support.desk import BANK, SIGNAL, Room, at, dated, open_room, settings_in, two_buys
from tests.support.pairs import CSV_NAME


async def told(room: Room) -> list[Alert]:
    """Return what was told of runs, the oldest first."""
    found = await room.desk.store.alerts(newest_max=99)
    return [alert for alert in reversed(found) if alert.code in NEWS]


NEWS = ("RUN_REFUSED", "AWAITS_APPROVAL", "RUN_HELD")


async def test_a_portfolio_that_is_refused_is_told_once_in_chinese_with_what_to_type(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        run = await room.receive(portfolio(target(BANK, "0.9")))
        await room.planner.plan_waiting()
        found = await room.desk.store.run(run.run_id)
        assert found is not None
        await tell_refused(room.desk, run.run_id, found.refusals)

        (alert,) = await told(room)
        assert (alert.code, alert.severity) == ("RUN_REFUSED", "P1")
        lines = alert.text_zh.splitlines()
        assert lines[:2] == [
            "【P1 盘中处理】RUN_REFUSED",
            "组合文件已被拒收：其中任何一笔都不会交易。",
        ]
        assert any(line.startswith("SINGLE_NAME_CAP：单只股票权重超过上限。（") for line in lines)
        assert lines[-1] == f"处理：sage-execd show {run.run_id}"


async def test_an_empty_portfolio_is_told_with_the_verb_that_would_sell_everything(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        run = await room.receive(portfolio())
        await room.planner.plan_waiting()

        (alert,) = await told(room)
        assert alert.text_zh.splitlines()[-1] == f"处理：sage-execd liquidate {run.run_id}"


async def test_a_pair_that_cannot_be_read_is_told_as_well(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room, csv=b"no portfolio at all\n")
        drop_ready(room)
        inbox = Inbox(room.desk)
        await inbox.look()
        await inbox.look()

        (alert,) = await told(room)
        assert alert.code == "RUN_REFUSED"
        assert "CSV_HEADER" in alert.text_zh


async def test_many_refusals_are_one_message_and_counted(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        many = [Refusal(Reason.WEIGHT_RANGE, f"row {row}", "p.csv", row) for row in range(9)]
        await tell_refused(room.desk, "R", many)

        (alert,) = await told(room)
        assert alert.text_zh.count("WEIGHT_RANGE") == 5
        assert "另有 4 项" in alert.text_zh
        assert "and 4 more" in alert.text_en


def test_a_refusal_names_file_line_and_field_in_both_languages() -> None:
    refusal = Refusal(Reason.WEIGHT_RANGE, "weight is -0.1", "p.csv", 3, "weight")

    english, chinese = refusal_line(refusal)

    assert english.endswith("(weight is -0.1, p.csv, line 3, field weight)")
    assert chinese.endswith("（weight is -0.1，文件 p.csv，第 3 行，字段 weight）")


async def test_a_plan_that_awaits_approval_is_told_once_with_amounts_and_hours(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await tell_waiting(room.desk, plan)

        (alert,) = await told(room)
        assert (alert.code, alert.severity) == ("AWAITS_APPROVAL", "P2")
        lines = alert.text_zh.splitlines()
        assert "卖出 0 元，买入 " in lines[2]
        assert lines[3].endswith("- 11-10 14:50")
        assert lines[-2:] == [
            f"处理：sage-execd plan {plan.run_id}",
            f"处理：sage-execd approve {plan.run_id}",
        ]


async def test_a_plan_made_anew_in_the_morning_is_told_again(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.planned(*two_buys())
        await room.until(at("08:45:00"))
        room.broker.cash += Decimal(500_000)
        await rebase_waiting(room.desk)
        await rebase_waiting(room.desk)

        assert [alert.code for alert in await told(room)] == ["AWAITS_APPROVAL"] * 2


@pytest.mark.parametrize(
    "changes", [{"mode": Mode.DRY_RUN}, {"approval": ApprovalSettings(auto=True)}]
)
async def test_nobody_is_called_where_no_person_is_waited_for(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    settings = settings_in(tmp_path).model_copy(update=changes)
    async with open_room(tmp_path, settings=settings) as room:
        await room.receive(portfolio(*two_buys()))
        await room.planner.plan_waiting()

        assert await told(room) == []


async def test_files_that_changed_under_a_plan_are_told_each_time(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        drop_ready(room)
        inbox = Inbox(room.desk)
        await inbox.look()
        await room.planner.plan_waiting()
        (room.desk.settings.paths.inbox / CSV_NAME).unlink()
        await inbox.look()

        (waiting, held) = await told(room)
        assert (waiting.code, held.code, held.severity) == ("AWAITS_APPROVAL", "RUN_HELD", "P1")
        assert "须拒绝或重新批准" in held.text_zh
        assert held.text_zh.splitlines()[-1].startswith("处理：sage-execd decline ")


async def test_an_older_portfolio_is_told_as_refused_too(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.planned(*two_buys())
        older = replace(dated(portfolio(*two_buys()), SIGNAL), run_id="20251106-0123456789ab")
        run = await room.receive(replace(older, signal_date=SIGNAL.replace(day=6)))
        await room.planner.plan_waiting()

        assert [(alert.code, alert.run_id) for alert in await told(room)][1:] == [
            ("RUN_REFUSED", run.run_id)
        ]
