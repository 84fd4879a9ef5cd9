import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.report_settings import ReportSettings
from daemon.artifacts.files import page_path
from daemon.artifacts.listing import artifacts_of
from daemon.books import reconcile_books
from daemon.closing import Closing
from daemon.desk import Desk
from daemon.report.pictures import ChartsMissing
from statemachine.run import Run
from tests.daemon.planning.builders import symbol
from tests.daemon.test_closing import ended
from tests.support.desk import BANK, VANKE, Room, open_room


async def written(room: Room, run: Run, desk: Desk | None = None, *, final: bool = False) -> None:
    desk = desk or room.desk
    plan = await desk.store.plan(run.run_id)
    assert plan is not None
    await Closing(desk).write(run, plan, await reconcile_books(desk), final=final)


async def document(room: Room, run: Run) -> dict[str, Any]:
    content = await room.desk.store.report(run.run_id)
    assert content is not None
    found: dict[str, Any] = json.loads(content)
    return found


def with_report(room: Room, report: ReportSettings) -> Desk:
    desk = room.desk
    return replace(desk, settings=desk.settings.model_copy(update={"report": report}))


async def test_a_run_that_ends_is_told_on_a_page_and_in_the_record(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run, _ = await ended(room)
        await written(room, run)
        found = await document(room, run)
        page = page_path(room.desk.artifacts, run.run_id).read_text(encoding="utf-8")

        assert found["run"]["run_id"] == run.run_id
        assert found["reconcile"]["status"] == "PROVISIONAL"
        assert [row["ts_code"] for row in found["costs"]["names"]] == [VANKE, BANK]
        assert 'lang="zh-CN"' in page
        assert run.run_id in page
        assert await room.desk.store.verify() == ()


async def test_the_morning_after_keeps_the_closing_prices_of_the_evening(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run, _ = await ended(room)
        await written(room, run)
        evening = await document(room, run)
        room.broker.jumps[symbol(BANK)] = Decimal("99.00")
        await written(room, run, final=True)
        morning = await document(room, run)

        assert morning["reconcile"]["status"] == "FINAL"
        assert [row["end_price"] for row in morning["costs"]["names"]] == [
            row["end_price"] for row in evening["costs"]["names"]
        ]
        assert morning["reconcile"]["names"] != evening["reconcile"]["names"]


async def test_the_settings_say_what_is_written_beside_the_tables(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run, _ = await ended(room)
        await written(room, run, with_report(room, ReportSettings(page=False)))
        bare = artifacts_of(room.desk.artifacts, run.run_id)
        english = with_report(room, ReportSettings(charts=True, language="en"))
        await written(room, run, english)
        whole = artifacts_of(room.desk.artifacts, run.run_id)

        assert not any(name.endswith((".html", ".png")) for name in bare)
        assert sum(name.endswith(".png") for name in whole) == 5
        page = page_path(room.desk.artifacts, run.run_id).read_text(encoding="utf-8")
        assert 'lang="en"' in page


async def test_charts_that_cannot_be_drawn_stop_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> dict[str, bytes]:
        raise ChartsMissing("not installed")

    monkeypatch.setattr("daemon.run_report.pictures", refuse)
    async with open_room(tmp_path) as room:
        run, _ = await ended(room)
        await written(room, run, with_report(room, ReportSettings(charts=True)))

        names = artifacts_of(room.desk.artifacts, run.run_id)
        assert f"broker_report_{run.run_id}.html" in names
        assert not any(name.endswith(".png") for name in names)
