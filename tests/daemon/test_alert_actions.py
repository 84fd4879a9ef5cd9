from pathlib import Path

import pytest

from daemon.alert_actions import AlertActions
from daemon.manual_list import stop_sending
from daemon.refusals import ActionRefused
from daemon.tasks.notify import Notifier
from statemachine.reasons import Reason
from storage.store import Conflict
from tests.fakes.fake_channel import FakeChannel
from tests.support.desk import WANG, Room, open_room


def actions(room: Room, *channels: FakeChannel) -> AlertActions:
    return AlertActions(room.desk, Notifier(room.desk, channels))


@pytest.mark.parametrize("which", ["1", "all"])
async def test_an_acknowledgement_carries_the_name_and_lifts_nothing(
    tmp_path: Path, which: str
) -> None:
    async with open_room(tmp_path) as room:
        await stop_sending(room.desk, "HALT", Reason.EGRESS_BREACH, "one too many")

        assert await actions(room).acknowledge(which, WANG) == 1

        (alert,) = await room.desk.store.alerts()
        assert alert.acknowledged_by == WANG.name
        assert len(await room.desk.store.halts()) == 1
        assert room.log_entry("alerts acknowledged")["by"] == WANG.name


@pytest.mark.parametrize("which", ["", "-1", "1.5", "ALL", "１", "1 2", "9" * 13, "9" * 5000])
async def test_what_is_no_number_acknowledges_nothing(tmp_path: Path, which: str) -> None:
    async with open_room(tmp_path) as room:
        await stop_sending(room.desk, "HALT", Reason.EGRESS_BREACH, "one too many")

        with pytest.raises(ActionRefused, match="neither the number"):
            await actions(room).acknowledge(which, WANG)
        with pytest.raises(Conflict, match="no alert 2"):
            await actions(room).acknowledge("2", WANG)
        assert (await room.desk.store.alerts())[0].is_unanswered


async def test_a_test_says_that_it_is_one_and_who_asked(tmp_path: Path) -> None:
    wecom = FakeChannel()
    async with open_room(tmp_path) as room:
        assert (await actions(room, wecom).test(WANG)).keys() == {"wecom"}
        assert await room.desk.store.alerts(newest_max=9) == ()

    assert wecom.codes == ["TEST"]
    assert "告警通道测试" in wecom.taken[0].text
    assert WANG.name in wecom.taken[0].text
