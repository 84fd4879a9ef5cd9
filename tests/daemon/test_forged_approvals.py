"""Forged, replayed, edited, stale and expired approvals, many of them: none may count.

The first door is the store, which takes an approval; the second is S0, which reads what lies in the
database before bytes leave; the third is a person's call.
"""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.approvals import Confirmations
from daemon.refusals import ActionRefused
from statemachine.plan import Plan
from statemachine.plan_hash import plan_hash
from statemachine.run import RunState
from storage.approvals import sealed
from storage.records import Approval, Stage
from storage.sqlite_store import SqliteStore
from storage.store import Conflict
from tests.support.book import (
    CUT_OFF,
    KEY,
    OPEN,
    RECEIVED_AT,
    RUN_ID,
    approved_run,
    guard,
    make_approval,
    make_order,
    opened_store,
)
from tests.support.desk import WANG, open_room, two_buys

SEED = 20251110
FEW, MANY = 500, 10_000
TRIES = pytest.mark.parametrize("tries", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])

Forgery = Callable[[random.Random, Plan, Plan, Approval], tuple[Approval, float]]


def honest(plan: Plan, dice: random.Random) -> Approval:
    """Return an approval that would be taken as it is."""
    return make_approval(plan, f"{dice.getrandbits(128):032x}")


def other_key(
    dice: random.Random, plan: Plan, _old: Plan, _used: Approval
) -> tuple[Approval, float]:
    return sealed(dice.randbytes(32), honest(plan, dice)), 0


def guessed_seal(
    dice: random.Random, plan: Plan, _old: Plan, _used: Approval
) -> tuple[Approval, float]:
    given = honest(plan, dice)
    seals = [f"{dice.getrandbits(256):064x}", "", given.mac[:-1], given.mac.upper() + "0"]
    return replace(given, mac=dice.choice(seals)), 0


def edited(dice: random.Random, plan: Plan, old: Plan, used: Approval) -> tuple[Approval, float]:
    given = honest(plan, dice)
    edits: list[dict[str, object]] = [
        {"run_id": f"20251107-{dice.getrandbits(48):012x}"},
        {"plan_hash": old.plan_hash},
        {"approver": f"li{dice.randrange(10_000)}"},
        {"uid": given.uid + dice.randrange(1, 10_000)},
        {"created_at": given.created_at - timedelta(seconds=dice.randrange(1, 10_000))},
        {"expires_at": given.expires_at - timedelta(seconds=dice.randrange(1, 3_600))},
        {"nonce": f"{dice.getrandbits(128):032x}"},
        {"stage": dice.choice([Stage.SELLS, Stage.BUYS])},
        {"persons_min": dice.randrange(2, 10)},
        {"mac": used.mac},
    ]
    return replace(given, **dice.choice(edits)), 0  # type: ignore[arg-type]  # fields by name


def replayed(
    dice: random.Random, _plan: Plan, _old: Plan, used: Approval
) -> tuple[Approval, float]:
    again = used if dice.random() < 0.5 else sealed(KEY, replace(used, approver="li", uid=2000))
    return again, dice.randrange(3_600)


def stale(dice: random.Random, _plan: Plan, old: Plan, _used: Approval) -> tuple[Approval, float]:
    return honest(old, dice), 0


def expired(dice: random.Random, plan: Plan, _old: Plan, _used: Approval) -> tuple[Approval, float]:
    given, lifetime = honest(plan, dice), CUT_OFF - RECEIVED_AT
    later = timedelta(seconds=dice.randrange(1, 10_000))
    cases = [
        (given, lifetime + later - timedelta(seconds=1)),
        (given, -later),
        (sealed(KEY, replace(given, expires_at=CUT_OFF + later)), timedelta()),
        (sealed(KEY, replace(given, expires_at=RECEIVED_AT)), timedelta()),
        (sealed(KEY, replace(given, created_at=RECEIVED_AT + later)), timedelta()),
    ]
    approval, moved = dice.choice(cases)
    return approval, moved.total_seconds()


FORGERIES: tuple[Forgery, ...] = (other_key, guessed_seal, edited, replayed, stale, expired)


async def awaiting(store: SqliteStore) -> tuple[Plan, Plan, Approval]:
    """Return the plan that awaits approval, one it was not, and an approval that was voided."""
    plan = await approved_run(store)
    used = make_approval(plan)
    for state in (RunState.HOLD_INPUT_CHANGED, RunState.AWAITING_APPROVAL):
        await store.move_run(RUN_ID, state, cause="test", actor="test", now=RECEIVED_AT)
    newer = replace(plan, snapshot_id="another")
    newer = replace(newer, plan_hash=plan_hash(newer))
    await store.save_plan(newer, now=RECEIVED_AT)
    await store.save_plan(plan, now=RECEIVED_AT)
    return plan, newer, used


@TRIES
async def test_the_store_takes_none_of_them(
    tmp_path: Path, tries: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice, refused = random.Random(SEED), Counter[str]()
    async with opened_store(tmp_path / "a.sqlite") as store:
        plan, old, used = await awaiting(store)
        for number in range(tries):
            forge = FORGERIES[number % len(FORGERIES)]
            approval, later_s = forge(dice, plan, old, used)
            with pytest.raises(Conflict):
                await store.approve(approval, now=RECEIVED_AT + timedelta(seconds=later_s))
            refused[forge.__name__] += 1

        assert await store.standing_approvals(RUN_ID, plan.plan_hash, OPEN) == ()
        run = await store.run(RUN_ID)
        assert run is not None
        assert run.state is RunState.AWAITING_APPROVAL
        await store.approve(honest(plan, dice), now=RECEIVED_AT)
    tell(capsys, "store", tries, refused)


def row_edits(dice: random.Random) -> dict[str, str]:
    """Return what somebody with the file open could write into an approval's row."""
    later = f"2025-11-1{dice.randrange(1, 9)}T06:50:00.000000Z"
    return {
        "approver": f"approver = 'li{dice.randrange(10_000)}'",
        "uid": f"uid = {dice.randrange(1_001, 60_000)}",
        "created_at": f"created_at = '2025-11-0{dice.randrange(1, 7)}T06:50:00.000000Z'",
        "expires_at": f"expires_at = '{later}'",
        "nonce": f"nonce = '{dice.getrandbits(128):032x}'",
        "mac": f"mac = '{dice.getrandbits(256):064x}'",
        "stage": f"stage = '{dice.choice(['SELLS', 'BUYS'])}'",
        "persons_min": f"persons_min = {dice.randrange(2, 9)}",
        "revoked": "revoked_sequence = 1",
    }


@TRIES
async def test_nothing_leaves_on_the_strength_of_an_edited_row(
    tmp_path: Path, tries: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice, refused = random.Random(SEED), Counter[str]()
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        plan = await approved_run(store)
        order = make_order()
        await store.create_orders([order])
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("DROP TRIGGER approval_is_only_revoked")
        (whole,) = connection.execute("SELECT * FROM approval").fetchall()
        marks = ", ".join("?" * len(whole))
        for number in range(tries):
            edits = row_edits(dice)
            name = sorted(edits)[number % len(edits)]
            connection.execute(f"UPDATE approval SET {edits[name]}")  # noqa: S608 - made above
            with pytest.raises(Conflict, match="no valid approval"):
                await store.open_submit([order.client_order_id], b"body", guard())
            assert await store.approved_plans(plan.session_date) == ()
            connection.execute(f"REPLACE INTO approval VALUES ({marks})", whole)  # noqa: S608
            refused[name] += 1
        connection.close()
        assert (await store.open_submit([order.client_order_id], b"body", guard())).epoch
    tell(capsys, "S0", tries, refused)


async def test_an_approval_that_was_voided_stays_void_though_its_row_is_cleaned(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        plan = await approved_run(store)
        await store.create_orders([make_order()])
        await store.move_run(
            RUN_ID, RunState.HOLD_INPUT_CHANGED, cause="test", actor="test", now=RECEIVED_AT
        )
        connection = sqlite3.connect(path)
        connection.execute("DROP TRIGGER approval_is_only_revoked")
        connection.execute("UPDATE approval SET revoked_sequence = NULL")
        connection.execute("UPDATE runs SET state = 'APPROVED'")
        connection.commit()
        connection.close()

        assert await store.standing_approvals(RUN_ID, plan.plan_hash, OPEN) == ()
        with pytest.raises(Conflict, match="no valid approval"):
            await store.open_submit([make_order().client_order_id], b"body", guard())


async def test_a_row_that_no_event_tells_of_approves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        plan = await approved_run(store)
        unheard = make_approval(plan, "n2")
        connection = sqlite3.connect(path)
        connection.execute("DROP TRIGGER approval_is_only_revoked")
        connection.execute("UPDATE approval SET nonce = 'n2', mac = ?", (unheard.mac,))
        connection.commit()
        connection.close()

        assert await store.standing_approvals(RUN_ID, plan.plan_hash, OPEN) == ()


@TRIES
async def test_a_person_gets_nothing_approved_but_the_plan_there_is(
    tmp_path: Path, tries: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice, refused = random.Random(SEED), Counter[str]()
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        actions = room.actions
        right = plan.plan_hash
        for _ in range(tries):
            wrongs = {
                "guessed": f"{dice.getrandbits(256):064x}",
                "cut": right[: dice.randrange(64)],
                "other case": right.upper(),
                "padded": f"{right}{dice.choice(' 0')}",
                "one letter": right[:-1] + ("0" if right[-1] != "0" else "1"),
                "empty": "",
            }
            name = dice.choice(sorted(wrongs))
            with pytest.raises(ActionRefused):
                await actions.approve(
                    plan.run_id, wrongs[name], WANG, Confirmations(underinvested=True)
                )
            refused[name] += 1
        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        await room.approve(plan)
    tell(capsys, "door", tries, refused)


def tell(capsys: pytest.CaptureFixture[str], door: str, tries: int, refused: Counter[str]) -> None:
    """Print the count for the one who asked for it."""
    assert refused.total() == tries
    with capsys.disabled():
        if tries == MANY:
            told = f"{door}: {tries} tried, {tries - refused.total()} accepted: {dict(refused)}"
            print(f"\n{told}")  # noqa: T201
