from datetime import timedelta
from pathlib import Path

from daemon import __version__
from statemachine.breaks import Break, BreakCause
from tests.daemon.control.served import control
from tests.daemon.planning.builders import symbol
from tests.support.desk import BANK, VANKE, two_buys


async def test_breaks_are_told_with_both_figures(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        found = Break(None, "POSITION", symbol(BANK), "100", "200", "shares differ")
        account = Break(None, "CASH", None, "1", "2", "cash differs")
        now = caller.room.clock.now()
        await caller.room.desk.store.set_breaks((found, account), now=now)

        first, second = (await caller.get("/v1/breaks"))["breaks"]

    assert (first["ts_code"], first["ours"], first["theirs"]) == (BANK, "100", "200")
    assert (second["ts_code"], second["kind"]) == (None, "CASH")


async def test_breaks_are_told_with_their_cause_and_age_and_explained_ones_apart(
    tmp_path: Path,
) -> None:
    async with control(tmp_path) as caller:
        lock = Break(None, "CASH", None, "1", "2", "cash differs")
        known = Break(
            None,
            "CASH",
            None,
            "",
            "-12.34",
            "费用更正",
            "M1",
            BreakCause.FEE_CORRECTION,
            ("M1",),
            explained=True,
        )
        since = caller.room.clock.now()
        await caller.room.desk.store.set_breaks((lock, known), now=since)
        await caller.room.until(since + timedelta(minutes=2))

        found = await caller.get("/v1/breaks")
        status = await caller.get("/v1/status")

    (open_one,), (explained,) = found["breaks"], found["explained"]
    assert (open_one["cause"], open_one["age_s"]) == ("UNKNOWN", 120)
    assert (explained["cause"], explained["evidence"]) == ("FEE_CORRECTION", ["M1"])
    assert explained["since"] == since.isoformat()
    assert status["breaks"] == 1


async def test_an_order_nobody_knows_has_no_story(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        status, why = await caller.refused("GET", "/v1/orders/S0")
        moving = await caller.get("/v1/orders")

    assert (status, why) == (409, "there is no order S0")
    assert moving == {"orders": []}


async def test_the_account_is_told_with_whose_each_holding_is(tmp_path: Path) -> None:
    async with control(tmp_path, held=[(BANK, 500), (VANKE, 100)]) as caller:
        before = await caller.get("/v1/account")
        await caller.room.adopt(BANK, 400)
        await caller.room.adopt(VANKE, 0, "foreign")
        await caller.room.planned(*two_buys())

        found = await caller.get("/v1/account")

    assert before == {"snapshot": None, "owned": {}, "foreign": [], "others": {}}
    assert found["owned"] == {BANK: 400}
    assert found["others"] == {BANK: 100}
    assert found["foreign"] == [VANKE]
    assert found["snapshot"]["verified_at"] is not None
    assert found["snapshot"]["frozen"] == "0"


async def test_the_system_page_tells_what_is_running(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        found = await caller.get("/v1/system")
        await caller.post("/v1/halt", {"reason": "a doubt"})
        after = await caller.get("/v1/system")

    assert (found["version"], found["mode"]) == (__version__, "paper")
    assert found["settings"]["console"]["enabled"] is False
    assert found["problems"] == []
    assert after["problems"] == ["halted: a doubt"]
    assert after["newest_event"] > found["newest_event"]


async def test_a_report_is_the_one_that_was_kept(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.planned(*two_buys())
        target = f"/v1/runs/{plan.run_id}/report"
        days = f"/v1/reports?from={plan.session_date}&to={plan.session_date}"
        status, why = await caller.refused("GET", target)
        before = await caller.get(days)
        store, now = caller.room.desk.store, caller.room.clock.now()
        await store.keep_report(plan.run_id, b'{"total": "1.0000"}', now=now)

        found, after = await caller.get(target), await caller.get(days)
        wrong = await caller.refused("GET", "/v1/reports?from=yesterday")

    assert (status, "none was reconciled yet" in why) == (409, True)
    assert found == {"total": "1.0000"}
    assert (before, after) == ({"reports": []}, {"reports": [found]})
    assert wrong == (400, "bad request: from is no day: 'yesterday'")
