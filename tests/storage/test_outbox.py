"""What is listed or halted is told in the same transaction, once, and until it is over."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from statemachine.alert_texts import Incident
from statemachine.reasons import Reason
from statemachine.severity import Severity
from storage.alerts import Alert, DeliveryState
from storage.outbox import Ending
from storage.sqlite_store import SqliteStore
from storage.store import Conflict, ManualItem
from tests.contract.test_store_doubt import unknown
from tests.support.book import (
    BANK,
    OPEN,
    RUN_ID,
    TickingClock,
    approved_run,
    make_order,
    opened_store,
)

ITEM = ManualItem(0, RUN_ID, None, BANK, Reason.HELD_SHARE, "much", ("seen",), OPEN)
NEWS = Incident(Severity.P2, "READY", "3 orders", run_id=RUN_ID)
DONE = Ending(DeliveryState.DELIVERED, "ok")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with opened_store(tmp_path / "a.sqlite") as store:
        yield store
        assert await store.verify() == ()


async def only(store: SqliteStore) -> Alert:
    (alert,) = await store.alerts(newest_max=99)
    return alert


async def codes(store: SqliteStore) -> list[str]:
    return [f"{alert.severity} {alert.code}" for alert in await store.alerts()]


async def test_a_listed_item_is_told_once_with_what_it_is_about(store: SqliteStore) -> None:
    assert await store.add_manual(ITEM, now=OPEN, severity=Severity.P0)
    assert not await store.add_manual(ITEM, now=OPEN, severity=Severity.P0)

    alert = await only(store)
    (item,) = await store.manual_items()
    assert (alert.severity, alert.code, alert.item_id) == (Severity.P0, "HELD_SHARE", item.item_id)
    assert (alert.run_id, alert.symbol, alert.halt_id) == (RUN_ID, BANK, None)
    assert f"sage-execd resolve {item.item_id} seen" in alert.text_zh
    assert (alert.created_at, alert.is_unanswered) == (OPEN, True)


@pytest.mark.parametrize(
    ("kind", "cause", "actor", "severity"),
    [
        ("HALT", "FILL_CHANGED V1/2", "daemon", "P0"),
        ("HALT", "SEND_UNKNOWN", "daemon", "P0"),
        ("AUTO_HOLD", "ACCOUNT_BREAK", "sage-execd", "P0"),
        ("AUTO_HOLD", "SEND_UNKNOWN", "daemon", "P1"),
        ("HALT", "looks wrong", "wang", "P1"),
    ],
)
async def test_a_halt_is_told_as_gravely_as_it_is(
    store: SqliteStore, kind: str, cause: str, actor: str, severity: str
) -> None:
    for _ in range(2):
        await store.halt(kind, cause, actor=actor, now=OPEN)

    alert = await only(store)
    assert (alert.severity, alert.cause) == (severity, f"{kind} {cause}")
    assert alert.halt_id is not None


async def test_a_halt_for_an_item_is_one_alert_of_both(store: SqliteStore) -> None:
    assert await store.stop("HALT", ITEM, actor="sage-execd", now=OPEN)
    assert not await store.stop("HALT", ITEM, actor="sage-execd", now=OPEN)

    alert = await only(store)
    (item,) = await store.manual_items()
    (halt,) = await store.halts()
    assert (halt.cause, halt.actor) == ("HELD_SHARE", "sage-execd")
    assert (alert.item_id, alert.severity) == (item.item_id, "P0")
    assert "resolve" in alert.text_zh
    assert "resume" in alert.text_zh


async def test_another_item_under_the_same_halt_is_told_for_itself(store: SqliteStore) -> None:
    await store.stop("HALT", ITEM, actor="sage-execd", now=OPEN)
    await store.stop("HALT", replace(ITEM, symbol=None), actor="sage-execd", now=OPEN)

    first, second = await store.alerts()
    assert first.halt_id is not None
    assert (second.halt_id, second.symbol) == (None, None)


async def test_a_halt_that_stands_again_is_told_again_though_its_item_is_old(
    store: SqliteStore,
) -> None:
    await store.stop("HALT", ITEM, actor="sage-execd", now=OPEN)
    await store.resume("HALT", actor="wang", reason="looked", now=OPEN)
    assert await store.alerts() == ()

    await store.stop("HALT", ITEM, actor="sage-execd", now=OPEN)

    old, new = reversed(await store.alerts(newest_max=2))
    assert (old.closed_at, old.acknowledged_by) == (OPEN, "wang")
    assert (new.is_unanswered, new.item_id) == (True, old.item_id)


async def test_a_hold_that_clears_itself_ends_its_alert_and_nobody_has_seen_it(
    store: SqliteStore,
) -> None:
    await store.halt("AUTO_HOLD", "SEND_UNKNOWN", actor="daemon", now=OPEN)
    await store.resume("AUTO_HOLD", actor="daemon", reason="found", now=OPEN)

    alert = await only(store)
    assert (alert.closed_at, alert.acknowledged_at) == (OPEN, None)
    assert await store.alerts_to_deliver(alert.created_utc) == (alert,)
    assert await store.alerts_to_deliver(alert.created_utc + timedelta(hours=25)) == ()


async def test_who_resolves_an_item_has_seen_its_alert(store: SqliteStore) -> None:
    await store.add_manual(ITEM, now=OPEN)
    (item,) = await store.manual_items()

    await store.resolve_manual(item.item_id, "seen", actor="wang", now=OPEN)

    alert = await only(store)
    assert (alert.acknowledged_by, alert.acknowledged_at, alert.closed_at) == ("wang", OPEN, OPEN)
    assert await store.alerts_to_deliver(alert.created_utc) == ()


async def test_an_alert_stays_open_while_its_halt_stands(store: SqliteStore) -> None:
    await store.stop("HALT", ITEM, actor="sage-execd", now=OPEN)
    (item,) = await store.manual_items()

    await store.resolve_manual(item.item_id, "seen", actor="wang", now=OPEN)

    alert = await only(store)
    assert (alert.acknowledged_by, alert.closed_at) == ("wang", None)
    await store.resume("HALT", actor="li", reason="looked", now=OPEN)
    assert ((await only(store)).acknowledged_by, await store.alerts()) == ("wang", ())


async def test_an_order_left_to_a_person_is_a_p0_until_the_venue_shows_it(
    store: SqliteStore,
) -> None:
    await approved_run(store)
    await unknown(store, make_order())
    await store.set_unresolved(make_order().client_order_id, "MANUAL", cause="ABSENT", now=OPEN)

    assert await codes(store) == ["P0 SEND_UNKNOWN"]


async def test_what_was_seen_and_comes_up_again_is_listed_and_told_again(
    store: SqliteStore,
) -> None:
    for _ in range(2):
        assert await store.add_manual(ITEM, now=OPEN)
        (item,) = await store.manual_items()
        (alert,) = await store.alerts()
        assert alert.item_id == item.item_id
        await store.resolve_manual(item.item_id, "seen", actor="wang", now=OPEN)


async def test_what_only_stands_on_is_not_told_at_every_look(store: SqliteStore) -> None:
    quiet = timedelta(minutes=30)
    await store.add_manual(ITEM, now=OPEN, quiet=quiet)
    (item,) = await store.manual_items()
    await store.resolve_manual(item.item_id, "seen", actor="wang", now=OPEN)

    assert not await store.add_manual(ITEM, now=OPEN + timedelta(minutes=29), quiet=quiet)
    assert await store.alerts() == ()


async def test_two_violations_are_two_alerts(store: SqliteStore) -> None:
    said = replace(ITEM, reason=Reason.INVARIANT_VIOLATED, detail="I14: event 7")
    for detail in ("I14: event 7", "I14: event 9", "I14: event 7"):
        await store.stop("HALT", replace(said, detail=detail), actor="sage-execd", now=OPEN)

    assert [alert.item_id for alert in await store.alerts()] == [1, 2]


async def test_good_news_is_told_once_and_stands_for_nothing(store: SqliteStore) -> None:
    assert await store.announce("READY 2025-11-10", NEWS, now=OPEN)
    assert not await store.announce("READY 2025-11-10", NEWS, now=OPEN)

    alert = await only(store)
    assert (alert.severity, alert.closed_at, alert.halt_id) == ("P2", OPEN, None)
    assert await store.alerts_to_deliver(alert.created_utc) == (alert,)


async def test_an_acknowledgement_is_kept_with_its_name_and_the_cause_stands(
    store: SqliteStore,
) -> None:
    await store.stop("HALT", ITEM, actor="sage-execd", now=OPEN)
    (alert,) = await store.alerts()

    assert await store.acknowledge(None, actor="wang", now=OPEN) == 1

    (after,) = await store.alerts()
    assert (after.acknowledged_by, after.acknowledged_at) == ("wang", OPEN)
    assert await store.acknowledge(None, actor="li", now=OPEN) == 0
    with pytest.raises(Conflict, match="was acknowledged by wang"):
        await store.acknowledge([alert.alert_id], actor="li", now=OPEN)


async def test_nobody_acknowledges_what_is_not_there_or_over(store: SqliteStore) -> None:
    await store.announce("READY", NEWS, now=OPEN)
    alert = await only(store)

    with pytest.raises(Conflict, match="is over"):
        await store.acknowledge([alert.alert_id], actor="li", now=OPEN)
    with pytest.raises(Conflict, match="there is no alert 77"):
        await store.acknowledge([77], actor="li", now=OPEN)


async def test_a_send_is_written_down_before_it_leaves_and_after(store: SqliteStore) -> None:
    await store.add_manual(ITEM, now=OPEN)
    alert_id = (await only(store)).alert_id

    await store.begin_delivery("wecom", [alert_id], escalates=False, now=OPEN)
    sending = (await only(store)).on("wecom")
    next_try = TickingClock().utc_now()
    waits = Ending(DeliveryState.WAITING, "45009", next_try)
    await store.end_delivery("wecom", [alert_id], waits, now=OPEN)
    waiting = (await only(store)).on("wecom")

    assert sending is not None
    assert waiting is not None
    assert (sending.state, sending.tries) == (DeliveryState.SENDING, 1)
    assert (waiting.state, waiting.answer) == (DeliveryState.WAITING, "45009")
    assert waiting.next_try_utc == next_try
    assert ((await only(store)).on("sms"), (await only(store)).delivered_utc) == (None, None)


async def test_a_delivery_is_believed_where_its_channel_is(store: SqliteStore) -> None:
    await store.add_manual(ITEM, now=OPEN)
    alert_id = (await only(store)).alert_id
    for channel, ending in (("mail", replace(DONE, is_believed=False)), ("sms", DONE)):
        await store.begin_delivery(channel, [alert_id], escalates=channel == "sms", now=OPEN)
        await store.end_delivery(channel, [alert_id], ending, now=OPEN)
        alert = await only(store)
        assert (alert.delivered_utc is not None) == ending.is_believed
        assert (alert.escalated_utc is not None) == (channel == "sms")

    for _ in range(2):
        await store.begin_delivery("sms", [alert_id], escalates=True, now=OPEN)
        await store.end_delivery("sms", [alert_id], DONE, now=OPEN)

    after, sent = await only(store), (await only(store)).on("sms")
    assert sent is not None
    assert sent.tries == 3
    assert (after.delivered_utc, after.escalated_utc) == (alert.delivered_utc, alert.escalated_utc)
    assert sent.delivered_utc != after.delivered_utc


async def test_an_alert_is_never_rewritten(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await store.add_manual(ITEM, now=OPEN)
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    for statement in ("UPDATE outbox SET severity = 'P2'", "DELETE FROM outbox"):
        with pytest.raises(sqlite3.IntegrityError, match="an alert is never"):
            connection.execute(statement)
    connection.close()
