from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest

from adapters.broker import Capabilities, DedupeScope
from config.people_settings import ApprovalSettings
from config.settings import LiveSettings, Mode, Settings
from daemon.planning.approval import (
    Arming,
    approval_time_refusal,
    auto_refusal,
    auto_refusals,
    has_stages,
    live_gate,
    notional,
    persons_min,
    required_confirmations,
    sell_amount,
    unconfirmed,
)
from daemon.planning.sizing import plan_run
from market.phases import market_time
from statemachine.plan import Plan
from statemachine.reasons import Reason
from tests.daemon.planning.builders import EVE, SESSION, SIGNAL, inputs, planned, position, target

BUILD = "0.1.0+abc"
CHAMPION = "seed_balance_strategy"
LIVE = Settings(mode=Mode.LIVE, live=LiveSettings(accounts=("880001234",), champions=(CHAMPION,)))
ARMED = Arming(day=SESSION, account_digits="1234", build=BUILD)
PLAN = replace(planned(plan_run(inputs(target("600000.SH", "0.2")))), mode="live")


DECLARED = Capabilities(
    dedupe_scope=DedupeScope.FOREVER,
    dedupe_ttl_s=None,
    query_by_client_order_id="EXACT",
    client_order_id_length_max=64,
    list_complete=True,
    fill_id_scope="DAY",
    definite_refusal_codes=("PRICE_CAGE",),
    inflight_max_s=60,
    cancel_windows=(),
    session_exclusive=True,
    valid_until=True,
    cancel_rows_listed_as_orders=False,
)


@pytest.mark.parametrize(
    "field",
    [field.name for field in fields(Capabilities) if field.name != "dedupe_ttl_s"],
)
def test_a_machine_approves_nothing_while_one_capability_is_unknown(field: str) -> None:
    unknown = replace(DECLARED, **{field: None})

    assert auto_refusal(unknown) is Reason.CAPABILITY_UNKNOWN


def test_a_machine_may_approve_once_every_capability_is_declared() -> None:
    assert auto_refusal(DECLARED) is None
    assert auto_refusal(None) is Reason.CAPABILITY_UNKNOWN


@pytest.mark.parametrize(("ttl_s", "why"), [(None, Reason.CAPABILITY_UNKNOWN), (600, None)])
def test_who_forgets_ids_must_say_after_how_long(ttl_s: int | None, why: Reason | None) -> None:
    forgetful = replace(DECLARED, dedupe_scope=DedupeScope.TTL, dedupe_ttl_s=ttl_s)

    assert auto_refusal(forgetful) is why


def gate(
    settings: Settings = LIVE,
    plan: Plan = PLAN,
    champion: str = CHAMPION,
    last_champion: str | None = CHAMPION,
    armed: Arming | None = ARMED,
    build: str = BUILD,
) -> list[Reason]:
    refusals = live_gate(
        settings, plan, champion, last_champion_id=last_champion, armed=armed, build=build
    )
    return [refusal.code for refusal in refusals]


def test_live_sends_when_every_condition_holds() -> None:
    assert gate() == []
    assert gate(last_champion=None) == []


def test_each_missing_condition_alone_refuses_and_is_named() -> None:
    nobody = LIVE.model_copy(update={"live": LiveSettings(champions=(CHAMPION,))})
    unknown = LIVE.model_copy(update={"live": LiveSettings(accounts=("880001234",))})

    assert gate(LIVE.model_copy(update={"mode": Mode.PAPER})) == [Reason.LIVE_NOT_CONFIGURED]
    assert gate(plan=replace(PLAN, mode="paper")) == [Reason.LIVE_NOT_CONFIGURED]
    assert gate(nobody) == [Reason.LIVE_ACCOUNT_NOT_ALLOWED]
    assert gate(unknown) == [Reason.LIVE_CHAMPION_NOT_ALLOWED]
    assert gate(armed=None) == [Reason.LIVE_NOT_ARMED]
    assert gate(last_champion="another") == [Reason.LIVE_CHAMPION_CHANGED]


@pytest.mark.parametrize(
    "armed",
    [
        replace(ARMED, day=SIGNAL),
        replace(ARMED, account_digits="4321"),
        replace(ARMED, account_digits="34"),
        replace(ARMED, account_digits=""),
        replace(ARMED, build="0.1.0+def"),
    ],
)
def test_an_arming_of_another_day_account_or_build_does_not_count(armed: Arming) -> None:
    assert gate(armed=armed) == [Reason.LIVE_NOT_ARMED]


def test_by_default_live_refuses_for_every_reason_at_once() -> None:
    assert gate(Settings(), armed=None, last_champion="another") == [
        Reason.LIVE_NOT_CONFIGURED,
        Reason.LIVE_ACCOUNT_NOT_ALLOWED,
        Reason.LIVE_CHAMPION_NOT_ALLOWED,
        Reason.LIVE_NOT_ARMED,
        Reason.LIVE_CHAMPION_CHANGED,
    ]


AUTO = LIVE.model_copy(update={"approval": ApprovalSettings(auto=True)})


def auto(
    plan: Plan, settings: Settings = AUTO, champion: str = CHAMPION, held: str = "0"
) -> list[Reason]:
    return [found.code for found in auto_refusals(plan, champion, Decimal(held), settings)]


def test_everything_that_speaks_against_a_machine_is_named() -> None:
    assert auto(PLAN, LIVE) == [Reason.AUTO_REFUSED]
    assert auto(PLAN, champion="another") == [Reason.LIVE_CHAMPION_NOT_ALLOWED]
    assert auto(replace(PLAN, account="other")) == [Reason.LIVE_ACCOUNT_NOT_ALLOWED]
    assert auto(PLAN, held="0.31") == [Reason.HELD_SHARE]
    assert auto(PLAN, held="0.30") == []
    assert auto(replace(PLAN, parent_run_id="20251031-a")) == [Reason.AUTO_REFUSED]
    assert auto(replace(PLAN, flags=(Reason.STALE_SIGNAL,))) == [Reason.STALE_SIGNAL]
    two = ApprovalSettings(auto=True, two_persons_above=Decimal(1))
    assert auto(PLAN, AUTO.model_copy(update={"approval": two})) == [Reason.AUTO_REFUSED]


def test_two_persons_are_needed_above_the_amount_and_not_at_it() -> None:
    assert notional(PLAN) == 200_000
    assert persons_min(PLAN, ApprovalSettings()) == 1
    assert persons_min(PLAN, ApprovalSettings(two_persons_above=Decimal(200_000))) == 1
    assert persons_min(PLAN, ApprovalSettings(two_persons_above=Decimal("199999.99"))) == 2


def test_only_a_plan_that_sells_and_buys_has_stages() -> None:
    rotation = planned(
        plan_run(inputs(target("600000.SH", "0.1"), positions=[position("600519.SH", 500)]))
    )

    assert has_stages(rotation, ApprovalSettings(stages=True))
    assert not has_stages(rotation, ApprovalSettings())
    assert not has_stages(PLAN, ApprovalSettings(stages=True))


def test_an_ordinary_plan_needs_nothing_typed_and_may_be_automatic() -> None:
    assert required_confirmations(PLAN) == ()
    assert auto(PLAN) == []


def derisk_plan() -> Plan:
    """Sells 40,000 shares at 10 of an account worth 900,000 and buys nothing."""
    return planned(
        plan_run(inputs(positions=[position("600000.SH", 40_000)], cash="500000", exposure="0.1"))
    )


def test_a_derisk_asks_for_the_sell_amount_and_an_underinvestment_for_a_tick() -> None:
    plan = derisk_plan()

    assert plan.flags == (Reason.DERISK, Reason.UNDERINVESTED)
    assert str(sell_amount(plan)) == "400000"
    assert [needed.expected for needed in required_confirmations(plan)] == ["400000", "yes"]
    assert auto(plan) == [Reason.DERISK, Reason.UNDERINVESTED]
    typed = {Reason.DERISK: "400000", Reason.UNDERINVESTED: "yes"}
    assert unconfirmed(plan, typed) == ()
    assert len(unconfirmed(plan, typed | {Reason.DERISK: "400001"})) == 1
    assert len(unconfirmed(plan, {})) == 2


def test_an_approval_counts_from_planning_until_the_cut_off_of_the_session() -> None:
    def refused(clock: str) -> bool:
        return approval_time_refusal(PLAN, market_time(SESSION, clock), LIVE) is not None

    assert approval_time_refusal(PLAN, EVE, LIVE) is None
    assert not refused("14:49:59")
    assert refused("14:50:00")


def test_over_a_holiday_an_approval_counts_on_the_morning_itself() -> None:
    session = date(2026, 1, 5)
    plan = replace(
        PLAN,
        signal_date=date(2025, 12, 31),
        session_date=session,
        expires_at=market_time(session, "14:50:00"),
    )

    early = approval_time_refusal(plan, market_time(session, "08:29:59"), LIVE)

    assert early is not None
    assert early.code is Reason.STALE_SIGNAL
    assert approval_time_refusal(plan, market_time(session, "08:30:00"), LIVE) is None
    residual = replace(plan, parent_run_id="20251231-ab")
    assert approval_time_refusal(residual, EVE, LIVE) is None
