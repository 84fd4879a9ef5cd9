"""A rehearsal watched by a real Prometheus; a break told through a real Alertmanager."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.grafana.dashboards import BOARDS
from tests.deploy.prometheus_files import tool
from tests.deploy.test_dashboards import plain
from tests.end_to_end.observers import CORP_ID, SECRET, Observers, free_port, observers
from tests.end_to_end.theatre import Theatre, theatre
from tests.fakes.wecom_application import WeComApplication, wecom_application

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# An answer that never comes is a failed call; a list of holdings that lost rows, a break.
NOT_READY = {"kind": "NOT_READY", "times": 2, "method": "GET", "path": "/v1/orders"}
ROWS_LOST = {"kind": "LIST_SHRINK", "times": 4, "path": "/v1/positions"}


async def arm(stage: Theatre, fault: dict[str, Any]) -> None:
    async with (
        aiohttp.ClientSession(stage.stage.endpoint) as session,
        session.post("/sim/faults", json=[fault]) as answer,
    ):
        assert answer.status < 300, await answer.text()


async def unanswered(prometheus: Observers) -> list[str]:
    """Return the panels that some question of brings no series."""
    return [
        f"{panel.title}: {plain(question.promql)}"
        for board in BOARDS
        for panel in board.panels()
        for question in panel.questions
        if not await prometheus.query(plain(question.promql))
    ]


def told(wecom: WeComApplication, alert: str) -> list[str]:
    texts = [message["markdown"]["content"] for message in wecom.messages]
    return [text for text in texts if alert in text]


async def test_a_watched_rehearsal_answers_every_panel_and_a_break_reaches_the_desk(
    tmp_path: Path,
) -> None:
    for name in ("prometheus", "prometheus-alertmanager"):
        tool(name)
    port = free_port()
    async with (
        wecom_application(CORP_ID, SECRET) as (wecom, address),
        theatre(tmp_path / "out", metrics_port=port) as stage,
        observers(tmp_path, port, address) as prometheus,
    ):
        stage.drop(b"no,header\n1,2\n", b"{}", day="20260115")
        await arm(stage, NOT_READY)
        await stage.driver().play(stage.pair)
        assert await prometheus.query('ALERTS{alertname="SageBreakOpen"}') == []
        await arm(stage, ROWS_LOST)
        await stage.daemon.post("/v1/reconcile", {})

        async def broken() -> bool:
            return bool(await prometheus.query('ALERTS{alertname="SageBreakOpen"}'))

        await stage.eventually(broken, "Prometheus sees the break")

        async def heard() -> bool:
            return bool(told(wecom, "SageBreakOpen"))

        await stage.eventually(heard, "the application is told")

        async def complete() -> bool:
            return not await unanswered(prometheus)

        left = await unanswered(prometheus)
        if left:
            await stage.eventually(complete, f"answers for {left}")
        up = await prometheus.query('up{job="sage-execd"}')

    assert [series["value"][1] for series in up] == ["1"]
    (text, *_) = told(wecom, "SageBreakOpen")
    assert "对账有差异" in text
    assert "RUNBOOK.md#sagebreakopen" in text
    assert wecom.messages[0]["toparty"] in {"DUTY_PARTY", "DESK_PARTY"}
