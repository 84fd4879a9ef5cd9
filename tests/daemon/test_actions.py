from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import BrokerUnavailable, Quote
from daemon import __version__
from daemon.actions import Person, parse_money
from daemon.approvals import Confirmations
from daemon.halting.files import Grade
from daemon.manual_list import stop_sending
from daemon.refusals import ActionRefused
from daemon.tasks.release import Releaser
from market.phases import market_time
from market.symbol import Symbol
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.daemon.planning.builders import portfolio, symbol, target
from tests.daemon.tasks.day import released
from tests.fakes.fake_clock import participants
from tests.support.desk import (
    ACCOUNT,
    BANK,
    FIRST_SEND,
    SIGNAL,
    VANKE,
    WANG,
    at,
    open_room,
    two_buys,
)

NOTHING_TYPED = Confirmations()


async def test_a_plan_is_approved_by_its_hash_and_the_releaser_is_woken(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())

        run = await room.actions.approve(plan.run_id, plan.plan_hash, WANG, NOTHING_TYPED)

        assert run.state is RunState.APPROVED
        far = room.clock.now() + timedelta(hours=1)
        assert await room.clock.sleep_until(far, room.desk.signals.release)
        assert room.log_entry("plan approved")["by"] == "wang"


@pytest.mark.parametrize("plan_hash", ["", "0" * 64])
async def test_another_hash_approves_nothing(tmp_path: Path, plan_hash: str) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())

        with pytest.raises(ActionRefused, match="is now"):
            await room.actions.approve(plan.run_id, plan_hash, WANG, NOTHING_TYPED)
        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL


async def test_an_unknown_run_is_refused_by_every_verb(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        with pytest.raises(ActionRefused, match="there is no run"):
            await room.actions.approve("20251107-0", "0", WANG, NOTHING_TYPED)
        with pytest.raises(ActionRefused, match="there is no run"):
            await room.actions.decline("20251107-0", WANG, "why not")


async def test_a_plan_is_approved_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())

        with pytest.raises(ActionRefused, match="nothing awaits approval"):
            await room.approve(plan)


async def test_after_the_cut_off_nothing_is_approved(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(at("14:50:00"))

        with pytest.raises(ActionRefused, match="expired"):
            await room.approve(plan)


async def test_an_underinvested_plan_needs_its_tick(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.cash = Decimal(30_000)
        plan = await room.planned(target(BANK, "0.2"), target(VANKE, "0.1", "地产", line=3))
        assert Reason.UNDERINVESTED in plan.flags

        with pytest.raises(ActionRefused, match="UNDERINVESTED"):
            await room.actions.approve(plan.run_id, plan.plan_hash, WANG, NOTHING_TYPED)
        ticked = Confirmations(underinvested=True)
        await room.actions.approve(plan.run_id, plan.plan_hash, WANG, ticked)
        assert await room.state(plan.run_id) is RunState.APPROVED


@pytest.mark.parametrize("typed", [None, Decimal(0), Decimal(99_999)])
async def test_a_derisking_plan_needs_its_sell_amount(
    tmp_path: Path, typed: Decimal | None
) -> None:
    async with open_room(tmp_path, held=[(BANK, 10_000)]) as room:
        await room.adopt(BANK, 10_000)
        room.broker.cash = Decimal(1_000)
        plan = await room.planned(target(VANKE, "0.1"))
        assert Reason.DERISK in plan.flags

        wrong = Confirmations(sell_amount=typed, underinvested=True)
        with pytest.raises(ActionRefused, match="type 100000"):
            await room.actions.approve(plan.run_id, plan.plan_hash, WANG, wrong)
        right = Confirmations(sell_amount=Decimal(100_000), underinvested=True)
        await room.actions.approve(plan.run_id, plan.plan_hash, WANG, right)
        assert await room.state(plan.run_id) is RunState.APPROVED


async def test_a_held_run_can_be_approved_again_as_it_is(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        await room.desk.store.move_run(
            plan.run_id,
            RunState.HOLD_INPUT_CHANGED,
            cause="the pair changed",
            actor="test",
            now=room.clock.now(),
            hold_reason=Reason.INPUT_CHANGED,
        )

        await room.approve(plan)

        assert await room.state(plan.run_id) is RunState.APPROVED


async def test_a_declined_run_sends_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        declined = await room.actions.decline(plan.run_id, WANG, "")
        async with participants(room.clock, Releaser(room.desk).run):
            await room.until(at("10:00:00"))

        assert declined.state is RunState.DECLINED
        assert await room.desk.store.orders_of(plan.run_id) == ()


async def test_a_run_declined_twice_is_declined_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.actions.decline(plan.run_id, WANG, "no")
        before = await room.desk.store.newest_event()

        again = await room.actions.decline(plan.run_id, WANG, "no")

        assert again.state is RunState.DECLINED
        assert await room.desk.store.newest_event() == before


async def test_a_run_at_work_cannot_be_declined(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)

        with pytest.raises(ActionRefused):
            await room.actions.decline(plan.run_id, WANG, "too late")


async def test_only_a_line_held_for_a_gap_is_released_and_at_the_live_price(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        with pytest.raises(ActionRefused, match="not held"):
            await room.actions.release_line(plan.run_id, symbol(BANK), WANG)

        room.broker.jumps[symbol(BANK)] = Decimal("10.40")
        await room.until(FIRST_SEND)
        await Releaser(room.desk)._attend()
        released_line = await room.actions.release_line(plan.run_id, symbol(BANK), WANG)

        assert released_line.reference_price == Decimal("10.40")
        assert released_line.released_by == "wang"
        assert (await room.desk.store.line_statuses(plan.run_id))[symbol(BANK)] == released_line


async def test_a_held_line_without_a_price_now_is_not_released(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.jumps[symbol(BANK)] = Decimal("10.40")
        await room.until(FIRST_SEND)
        await Releaser(room.desk)._attend()
        room.broker.unpriced.add(symbol(BANK))

        with pytest.raises(ActionRefused, match="no price"):
            await room.actions.release_line(plan.run_id, symbol(BANK), WANG)
        room.broker.failing["quotes"] = BrokerUnavailable("VENUE_NOT_READY", "later")
        with pytest.raises(BrokerUnavailable):
            await room.actions.release_line(plan.run_id, symbol(BANK), WANG)


@pytest.mark.parametrize(
    ("age_s", "said"), [(None, "the broker quotes none"), (11, "more than 10 s ago"), (10, None)]
)
async def test_a_held_line_is_released_at_a_quote_of_now_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age_s: int | None, said: str | None
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.jumps[symbol(BANK)] = Decimal("10.40")
        await room.until(FIRST_SEND)
        await Releaser(room.desk)._attend()
        quotes = await room.broker.quotes((symbol(BANK),))

        async def told(_symbols: object) -> dict[Symbol, Quote]:
            if age_s is None:
                return {}
            moment = room.clock.now() - timedelta(seconds=age_s)
            return {name: replace(quote, quote_time=moment) for name, quote in quotes.items()}

        monkeypatch.setattr(room.broker, "quotes", told)
        if said is None:
            line = await room.actions.release_line(plan.run_id, symbol(BANK), WANG)
            assert line.reason is None
            return
        with pytest.raises(ActionRefused, match=said):
            await room.actions.release_line(plan.run_id, symbol(BANK), WANG)
        assert (await room.desk.store.line_statuses(plan.run_id))[symbol(BANK)].reason is not None


async def test_two_accounts_of_one_machine_do_not_confirm_that_an_order_is_absent(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        for name in ("root", "sage"):
            person = Person(name, 0, is_named=False)
            with pytest.raises(ActionRefused, match="name two persons there"):
                await room.actions.resolve(1, "confirm-absent", person, "looked", "screen")


@pytest.mark.parametrize(
    ("owner", "quantity", "owned"), [("ours", 300, {BANK: 300}), ("foreign", 300, {})]
)
async def test_a_foreign_holding_is_never_counted_as_ours(
    tmp_path: Path, owner: str, quantity: int, owned: dict[str, int]
) -> None:
    async with open_room(tmp_path, held=[(BANK, 300)]) as room:
        await room.actions.adopt(symbol(BANK), owner, quantity, WANG)

        found = {str(name): held for name, held in (await room.desk.store.owned()).items() if held}
        assert found == owned
        assert await room.desk.store.decided_symbols() == {symbol(BANK): owner}


async def test_an_owner_that_is_neither_is_refused(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        with pytest.raises(ActionRefused, match="ours, foreign"):
            await room.actions.adopt(symbol(BANK), "mine", 100, WANG)


async def test_a_halt_stands_until_it_is_resumed_with_a_reason(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.actions.halt("looks wrong", WANG)
        (halt,) = await room.desk.store.halts()
        assert (halt.cause, halt.actor) == ("looks wrong", "wang")

        with pytest.raises(ActionRefused, match="reason"):
            await room.actions.resume("", WANG)
        assert await room.desk.store.halts() == (halt,)
        await room.actions.resume("was right", WANG)
        assert await room.desk.store.halts() == ()


@pytest.mark.parametrize("digits", ["", "34", "0000", f"{ACCOUNT}"])
async def test_live_is_armed_only_with_the_last_four_digits(tmp_path: Path, digits: str) -> None:
    async with open_room(tmp_path) as room:
        with pytest.raises(ActionRefused, match="four digits"):
            await room.actions.arm_live(digits, WANG)
        assert await room.desk.store.latest_note("LIVE_ARMED") is None


async def test_arming_is_noted_with_the_market_day_the_build_and_the_name(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=market_time(SIGNAL, "23:59:00")) as room:
        await room.actions.arm_live(ACCOUNT[-4:], Person("li", 1001))

        note = await room.desk.store.latest_note("LIVE_ARMED")
        assert note is not None
        assert note.detail == {
            "date": "2025-11-07",
            "digits": "1234",
            "build": __version__,
            "champion": "",
        }


async def test_nobody_adopts_more_than_the_account_holds(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 300)]) as room:
        with pytest.raises(ActionRefused, match=r"holds 300 of 600000\.SH, not 301"):
            await room.actions.adopt(symbol(BANK), "ours", 301, WANG)
        room.broker.incomplete.add("positions")
        with pytest.raises(ActionRefused, match="not complete"):
            await room.actions.adopt(symbol(BANK), "ours", 300, WANG)

        assert await room.desk.store.owned() == {}


async def test_nobody_adopts_while_a_run_is_working(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)

        with pytest.raises(ActionRefused, match=f"{plan.run_id} is SUBMITTING"):
            await room.actions.adopt(symbol(BANK), "foreign", 0, WANG)


async def test_a_person_s_look_lifts_the_hold_of_a_refused_wave(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await stop_sending(
            room.desk,
            "AUTO_HOLD",
            Reason.WAVE_REFUSED,
            "none of 3 was accepted",
            choices=("continue",),
        )
        (item,) = await room.desk.store.manual_items()

        await room.actions.resolve(item.item_id, "continue", WANG, "", "")

        assert await room.desk.store.halts() == ()


async def test_a_halt_whose_file_cannot_be_removed_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:
        await room.actions.halt("looks wrong", WANG)

        def refuse(_: Path, *, missing_ok: bool = False) -> None:
            raise PermissionError("read-only file system")

        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", refuse)
            with pytest.raises(ActionRefused, match=r"the halt stands: .*read-only file system"):
                await room.actions.resume("was right", WANG)

        assert [halt.cause for halt in await room.desk.store.halts()] == ["looks wrong"]
        assert room.desk.halt_files.grade() is Grade.HALTED


@pytest.mark.parametrize(
    ("text", "amount"), [("1,234,567", "1234567"), (" 12.5 ", "12.5"), ("0", "0")]
)
def test_an_amount_a_person_types_is_read_with_its_commas(text: str, amount: str) -> None:
    assert parse_money(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "-5", "1e5", "NaN", "ten", "1.2.3", ".", "٣"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ActionRefused, match="not an amount"):
        parse_money(text)


async def test_a_run_that_was_not_planned_yet_cannot_be_approved(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run = await room.receive(portfolio(*two_buys()))

        with pytest.raises(ActionRefused, match="no plan"):
            await room.actions.approve(run.run_id, "0" * 64, WANG, NOTHING_TYPED)


async def test_settling_an_item_lifts_no_hold_it_did_not_stand(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await stop_sending(room.desk, "AUTO_HOLD", Reason.CLOCK_SKEW, "the gateway is ahead")
        (item,) = await room.desk.store.manual_items()

        await room.actions.resolve(item.item_id, item.choices[0], WANG, "looked", "")

        assert [halt.cause for halt in await room.desk.store.halts()] == [Reason.CLOCK_SKEW]
