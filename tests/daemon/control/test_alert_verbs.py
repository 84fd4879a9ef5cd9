from pathlib import Path

from adapters.alerts.channel import Refused
from daemon.manual_list import raise_alarm
from statemachine.reasons import Reason
from statemachine.severity import Severity
from tests.daemon.control.served import control
from tests.fakes.fake_channel import SMS, FakeChannel
from tests.support.desk import open_room


async def test_alerts_are_listed_seen_and_gone_with_their_item(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        desk = caller.room.desk
        await raise_alarm(desk, Severity.P0, Reason.BATCH_FAILED, "none went")
        await desk.store.begin_delivery("wecom", [1], escalates=False, now=desk.clock.now())

        (alert,) = (await caller.get("/v1/alerts"))["alerts"]
        assert (alert["severity"], alert["code"], alert["item_id"]) == ("P0", "BATCH_FAILED", 1)
        assert (alert["is_delivered"], alert["is_escalated"]) == (False, False)
        assert [found["state"] for found in alert["deliveries"]] == ["SENDING"]

        assert await caller.post("/v1/alerts/1/acknowledge") == {"acknowledged": 1}
        assert (await caller.get("/v1/alerts"))["alerts"][0]["acknowledged_by"]
        status, why = await caller.refused("POST", "/v1/alerts/1/acknowledge", {})
        assert (status, "was acknowledged by" in why) == (409, True)

        await caller.post("/v1/manual/1/resolve", {"choice": "seen"})
        assert (await caller.get("/v1/alerts"))["alerts"] == []
        (alert,) = (await caller.get("/v1/alerts?all=true"))["alerts"]
        assert alert["closed_at"]


async def test_all_alerts_are_acknowledged_with_one_word(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        for reason in (Reason.BATCH_FAILED, Reason.HELD_SHARE):
            await raise_alarm(caller.room.desk, Severity.P1, reason, "x")

        assert await caller.post("/v1/alerts/all/acknowledge") == {"acknowledged": 2}


async def test_a_test_tells_what_each_channel_said(tmp_path: Path) -> None:
    sms = FakeChannel(SMS)
    sms.will([Refused("AuthFailure")])
    async with control(tmp_path, channels=(FakeChannel(), sms)) as caller:
        assert (await caller.post("/v1/alert-test"))["channels"] == {
            "wecom": {"delivered": True, "answer": ""},
            "sms": {"delivered": False, "answer": "AuthFailure"},
        }


async def test_an_alert_about_a_name_shows_its_code(tmp_path: Path) -> None:
    async with open_room(tmp_path):
        pass
    async with control(tmp_path) as caller:
        assert (await caller.get("/v1/alerts"))["alerts"] == []
