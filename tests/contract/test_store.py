"""What any store promises; written against the protocol, so that another one can be added."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from statemachine.portfolio import Refusal
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import (
    Break,
    Conflict,
    Contradiction,
    LineStatus,
    ManualItem,
    Received,
    Store,
)
from tests.support.book import (
    ACCOUNT,
    BANK,
    CUT_OFF,
    LINES,
    OPEN,
    RECEIVED_AT,
    RUN_ID,
    SESSION,
    VANKE,
    approved_run,
    at,
    guard,
    make_approval,
    make_order,
    make_plan,
    make_portfolio,
    make_run,
    submitted,
)

CLOSE = at("15:20")


async def received(store: Store) -> None:
    await store.receive_run(make_run(), make_portfolio(), b"csv", b"json")


async def test_a_received_run_is_kept_whole(store: Store) -> None:
    assert await store.receive_run(make_run(), make_portfolio(), b"csv", b"json") is Received.NEW

    assert await store.run(RUN_ID) == make_run()
    assert await store.portfolio(RUN_ID) == make_portfolio()
    assert await store.runs() == (make_run(),)


async def test_the_same_content_again_is_a_duplicate(store: Store) -> None:
    await received(store)

    outcome = await store.receive_run(make_run(), make_portfolio(), b"csv2", b"json")

    assert outcome is Received.DUPLICATE
    assert len(await store.runs()) == 1


async def test_a_refused_input_keeps_its_refusals_and_has_no_portfolio(store: Store) -> None:
    refusal = Refusal(Reason.ENCODING, "not UTF-8", "portfolio_20251107.csv", 3, "weight")
    run = replace(make_run(), state=RunState.REFUSED, refusals=(refusal,))

    assert await store.refuse_input(run, b"\xff", b"{}") is Received.NEW
    assert await store.run(RUN_ID) == run
    assert await store.portfolio(RUN_ID) is None


async def test_an_illegal_run_move_is_a_conflict_and_changes_nothing(store: Store) -> None:
    await received(store)

    with pytest.raises(Conflict, match="RECEIVED to WORKING"):
        await store.move_run(RUN_ID, RunState.WORKING, cause="x", actor="a", now=OPEN)

    assert await store.run(RUN_ID) == make_run()


async def test_runs_are_found_by_state(store: Store) -> None:
    await approved_run(store)

    assert [run.run_id for run in await store.runs(states=[RunState.APPROVED])] == [RUN_ID]
    assert await store.runs(states=[RunState.WORKING]) == ()


async def test_a_plan_is_kept_whole_and_plans_its_run(store: Store) -> None:
    await received(store)

    run = await store.save_plan(make_plan(), now=RECEIVED_AT)

    assert (run.state, run.plan_hash) == (RunState.PLANNED, make_plan().plan_hash)
    assert run.session_date == SESSION
    assert await store.plan(RUN_ID) == make_plan()


async def test_a_plan_without_its_own_hash_is_refused(store: Store) -> None:
    await received(store)

    with pytest.raises(Contradiction, match="own hash"):
        await store.save_plan(replace(make_plan(), settings_hash="other"), now=RECEIVED_AT)


async def test_a_fresh_plan_replaces_one_that_waits_for_approval(store: Store) -> None:
    await received(store)
    await store.save_plan(make_plan(), now=RECEIVED_AT)
    await store.move_run(
        RUN_ID,
        RunState.AWAITING_APPROVAL,
        cause="SHOWN",
        actor="daemon",
        now=RECEIVED_AT,
    )
    fresh = make_plan(lines=LINES[:2])

    run = await store.save_plan(fresh, now=OPEN)

    assert (run.state, run.plan_hash) == (RunState.AWAITING_APPROVAL, fresh.plan_hash)
    assert await store.plan(RUN_ID) == fresh
    with pytest.raises(Conflict, match="is now"):
        await store.approve(make_approval(make_plan()), now=OPEN)


async def test_an_approved_plan_is_not_replaced(store: Store) -> None:
    await approved_run(store)

    with pytest.raises(Conflict, match="APPROVED to PLANNED"):
        await store.save_plan(make_plan(lines=LINES[:2]), now=OPEN)


async def test_a_residual_run_is_born_planned_with_its_parent(store: Store) -> None:
    await approved_run(store)
    child = replace(make_run(RUN_ID + "-R"), parent_run_id=RUN_ID)
    plan = replace(make_plan(RUN_ID + "-R"), parent_run_id=RUN_ID)

    run = await store.save_residual(child, plan, now=CLOSE)

    assert (run.state, run.parent_run_id) == (RunState.PLANNED, RUN_ID)
    assert await store.portfolio(run.run_id) == make_portfolio()


async def test_an_approval_is_bound_to_the_hash_and_its_seal(store: Store) -> None:
    await approved_run(store)

    run = await store.run(RUN_ID)

    assert run is not None
    assert run.state is RunState.APPROVED


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("plan_hash", "0" * 64, "is now"),
        ("approver", "li", "MAC"),
        ("uid", 0, "MAC"),
        ("nonce", "n2", "MAC"),
        ("expires_at", CUT_OFF + timedelta(hours=1), "MAC"),
        ("mac", "", "MAC"),
    ],
)
async def test_an_edited_approval_is_refused(
    store: Store,
    name: str,
    value: object,
    why: str,
) -> None:
    await received(store)
    await store.save_plan(make_plan(), now=RECEIVED_AT)
    await store.move_run(
        RUN_ID,
        RunState.AWAITING_APPROVAL,
        cause="SHOWN",
        actor="daemon",
        now=RECEIVED_AT,
    )
    approval = make_approval(make_plan())
    edited = replace(approval, **{name: value})  # type: ignore[arg-type]  # a field by name

    with pytest.raises(Conflict, match=why):
        await store.approve(edited, now=RECEIVED_AT)


async def test_an_approval_after_its_expiry_is_refused(store: Store) -> None:
    await received(store)
    await store.save_plan(make_plan(), now=RECEIVED_AT)
    await store.move_run(
        RUN_ID,
        RunState.AWAITING_APPROVAL,
        cause="SHOWN",
        actor="daemon",
        now=RECEIVED_AT,
    )

    with pytest.raises(Conflict, match="holds from"):
        await store.approve(make_approval(make_plan()), now=CUT_OFF)


async def test_a_voided_approval_cannot_be_used_again(store: Store) -> None:
    plan = await approved_run(store)
    await store.create_orders([make_order()])
    await store.move_run(
        RUN_ID,
        RunState.AWAITING_APPROVAL,
        cause="VOIDED",
        actor="daemon",
        now=OPEN,
    )

    with pytest.raises(Conflict, match="used before"):
        await store.approve(make_approval(plan), now=OPEN)
    await store.approve(make_approval(plan, "n2"), now=OPEN)
    await store.open_submit([make_order().client_order_id], b"body", guard())


async def test_a_run_with_sent_orders_is_not_taken_back(store: Store) -> None:
    await approved_run(store)
    await submitted(store, make_order())

    for target in (RunState.SUPERSEDED, RunState.DECLINED, RunState.HOLD_INPUT_CHANGED):
        with pytest.raises(Conflict, match="goes on"):
            await store.move_run(RUN_ID, target, cause="x", actor="a", now=OPEN)


async def test_line_statuses_are_kept_and_replaced(store: Store) -> None:
    await approved_run(store)
    held = LineStatus(RUN_ID, BANK, Reason.HELD_GAP, "up 4 %")
    await store.set_line_statuses([held], now=OPEN)

    assert await store.line_statuses(RUN_ID) == {BANK: replace(held, updated_at=OPEN)}

    freed = replace(
        held,
        reason=None,
        released_by="wang",
        reference_price=Decimal("10.4"),
        limit_worst=Decimal("10.76"),
    )
    await store.set_line_statuses([freed], now=CLOSE)

    assert await store.line_statuses(RUN_ID) == {BANK: replace(freed, updated_at=CLOSE)}


async def test_breaks_are_replaced_as_a_set(store: Store) -> None:
    first = Break(RUN_ID, "POSITION", BANK, "0", "100", "")
    second = Break(None, "CASH", None, "1.00", "2.00", "one yuan")

    assert await store.set_breaks([first], now=OPEN) == (first,)
    assert await store.set_breaks([first, second], now=OPEN) == (second,)
    assert await store.open_breaks() == (first, second)
    assert await store.set_breaks([], now=CLOSE) == ()
    assert await store.open_breaks() == ()


async def test_the_same_halt_stands_once(store: Store) -> None:
    await store.halt("HALT", "operator", actor="wang", now=OPEN)
    await store.halt("HALT", "operator", actor="li", now=CLOSE)
    await store.halt("AUTO_HOLD", "unknown send", actor="daemon", now=CLOSE)
    await store.resume("AUTO_HOLD", actor="daemon", reason="resolved", now=CLOSE)
    await store.resume("AUTO_HOLD", actor="daemon", reason="resolved", now=CLOSE)

    (halt,) = await store.halts()
    assert (halt.kind, halt.cause, halt.actor, halt.since) == ("HALT", "operator", "wang", OPEN)


async def test_the_manual_list_names_a_thing_once(store: Store) -> None:
    item = ManualItem(
        0,
        RUN_ID,
        None,
        BANK,
        Reason.HELD_GAP,
        "up 4 %",
        ("release", "leave"),
        OPEN,
    )
    await store.add_manual(item, now=OPEN)
    await store.add_manual(item, now=CLOSE)
    await store.add_manual(replace(item, symbol=VANKE), now=OPEN)

    listed = await store.manual_items()
    assert [found.symbol for found in listed] == [BANK, VANKE]
    assert replace(listed[0], item_id=0) == item


async def test_a_note_is_an_event_without_a_state(store: Store) -> None:
    await store.note("ARMED", {"account": ACCOUNT[-4:]}, actor="wang", now=OPEN)

    assert await store.runs() == ()


async def test_a_line_status_told_again_is_written_once(store: Store) -> None:
    await approved_run(store)
    held = LineStatus(RUN_ID, BANK, Reason.HELD_GAP, "up 4 %")
    await store.set_line_statuses([held], now=OPEN)

    await store.set_line_statuses([held], now=CLOSE)

    assert await store.line_statuses(RUN_ID) == {BANK: replace(held, updated_at=OPEN)}
