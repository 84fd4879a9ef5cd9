"""Pure gates between a plan and its first order: what a person must type, what live needs."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from adapters.broker import Capabilities, DedupeScope
from config.people_settings import ApprovalSettings
from config.settings import Mode, Settings
from daemon.planning.dates import approval_opens_at
from market.money import decimal_text
from market.side import Side
from statemachine.plan import Plan
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason

ACCOUNT_DIGITS = 4
TICK = "yes"
TWO_PERSONS = 2
_WHOLE_YUAN = Decimal(1)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the approver must type for a flag, letter by letter."""

    reason: Reason
    expected: str


@dataclass(frozen=True, slots=True)
class Arming:
    """A person's `arm-live`: the market day it holds for and the account digits they typed.

    `build` is the build that was running then; another build must be armed again (rule 14).
    `champion_id` is a champion they typed to say that they know it is a new one.
    """

    day: date
    account_digits: str
    build: str
    champion_id: str = ""


def sell_amount(plan: Plan) -> Decimal:
    """Return what the plan may sell at reference prices, deferred lines included, whole CNY."""
    total = sum((line.notional for line in plan.lines if line.side is Side.SELL), Decimal(0))
    return total.quantize(_WHOLE_YUAN)


def required_confirmations(plan: Plan) -> tuple[Confirmation, ...]:
    """Return what must be typed to approve: the sell amount (rule 10), a tick (rule 18)."""
    found = []
    if Reason.DERISK in plan.flags:
        found.append(Confirmation(Reason.DERISK, decimal_text(sell_amount(plan))))
    if Reason.UNDERINVESTED in plan.flags:
        found.append(Confirmation(Reason.UNDERINVESTED, TICK))
    return tuple(found)


def unconfirmed(plan: Plan, typed: Mapping[Reason, str]) -> tuple[Confirmation, ...]:
    """Return the confirmations that are missing or were typed differently."""
    return tuple(
        needed
        for needed in required_confirmations(plan)
        if typed.get(needed.reason) != needed.expected
    )


def notional(plan: Plan) -> Decimal:
    """Return what the plan may buy and sell together at reference prices, deferred lines too."""
    return sum((line.notional for line in plan.lines), Decimal(0))


def persons_min(plan: Plan, settings: ApprovalSettings) -> int:
    """Return how many different persons must approve the plan."""
    limit = settings.two_persons_above
    return TWO_PERSONS if limit is not None and notional(plan) > limit else 1


def has_stages(plan: Plan, settings: ApprovalSettings) -> bool:
    """Whether sells and buys are approved one after the other: both are there, and it is set."""
    sides = {line.side for line in plan.lines if line.quantity_max > 0}
    return settings.stages and len(sides) == len(Side)


def auto_refusals(
    plan: Plan, champion_id: str, held_share: Decimal, settings: Settings
) -> tuple[Refusal, ...]:
    """Return every reason why no machine may approve this plan; empty = it may.

    Every flag asks a person (rules 2, 10, 18), as do a held share beyond its limit (rule 15) and a
    residual plan (rule 29). Account and champion must be on the lists under `live` in every mode.
    """
    return tuple(_auto_refusals(plan, champion_id, held_share, settings))


def _auto_refusals(
    plan: Plan, champion_id: str, held_share: Decimal, settings: Settings
) -> Iterator[Refusal]:
    if not settings.approval.auto:
        yield Refusal(Reason.AUTO_REFUSED, "it is not switched on", field="approval.auto")
    yield from _not_whitelisted(plan, champion_id, settings)
    for flag in plan.flags:
        yield Refusal(flag, f"the plan is flagged {flag.value}")
    if held_share > settings.prices.held_share_max:
        yield Refusal(Reason.HELD_SHARE, f"{decimal_text(held_share)} of the plan is held")
    if plan.parent_run_id is not None:
        yield Refusal(Reason.AUTO_REFUSED, f"the plan follows from {plan.parent_run_id}")
    if persons_min(plan, settings.approval) > 1:
        limit = "approval.two_persons_above"
        yield Refusal(Reason.AUTO_REFUSED, "two persons must approve it", field=limit)


def _not_whitelisted(plan: Plan, champion_id: str, settings: Settings) -> Iterator[Refusal]:
    if plan.account not in settings.live.accounts:
        yield Refusal(
            Reason.LIVE_ACCOUNT_NOT_ALLOWED,
            "the account is not on the whitelist",
            field="live.accounts",
        )
    if champion_id not in settings.live.champions:
        yield Refusal(
            Reason.LIVE_CHAMPION_NOT_ALLOWED,
            f"champion {champion_id!r} is not on the whitelist",
            field="live.champions",
        )


def auto_refusal(capabilities: Capabilities | None) -> Reason | None:
    """Return CAPABILITY_UNKNOWN where the broker leaves anything of itself undeclared, else None.

    None stands for a broker without a session. How long a broker remembers ids is a question only
    for one that forgets them (never-twice-never-lost.md A4).
    """
    if capabilities is None:
        return Reason.CAPABILITY_UNKNOWN
    declared = asdict(capabilities)
    if capabilities.dedupe_scope is not DedupeScope.TTL:
        del declared["dedupe_ttl_s"]
    return Reason.CAPABILITY_UNKNOWN if None in declared.values() else None


def approval_time_refusal(plan: Plan, now: datetime, settings: Settings) -> Refusal | None:
    """Return why an approval at this market moment does not count, None where it does.

    From planning until the plan expires (rule 1); over a holiday only from the morning of the
    session on (rule 2). A residual plan is exempt from the latter through its parent (rule 29).
    """
    if now >= plan.expires_at:
        return Refusal(Reason.CUT_OFF, f"the plan expired at {plan.expires_at:%Y-%m-%d %H:%M}")
    opens = approval_opens_at(plan.signal_date, plan.session_date, settings.checks, settings.day)
    if opens is None or plan.parent_run_id is not None or now >= opens:
        return None
    return Refusal(
        Reason.STALE_SIGNAL,
        f"{plan.signal_date} is too long ago: approve on {opens:%Y-%m-%d} from {opens:%H:%M} on",
    )


def live_gate(
    settings: Settings,
    plan: Plan,
    champion_id: str,
    *,
    last_champion_id: str | None,
    armed: Arming | None,
    build: str,
) -> tuple[Refusal, ...]:
    """Return every condition of live sending that does not hold (rule 26); empty = may send.

    `last_champion_id` is that of the run before on this account, None where there is none.
    """
    return tuple(_live_refusals(settings, plan, champion_id, last_champion_id, armed, build))


def _live_refusals(
    settings: Settings,
    plan: Plan,
    champion_id: str,
    last_champion_id: str | None,
    armed: Arming | None,
    build: str,
) -> Iterator[Refusal]:
    if settings.mode is not Mode.LIVE or plan.mode != Mode.LIVE:
        yield Refusal(Reason.LIVE_NOT_CONFIGURED, f"mode is {settings.mode.value}", field="mode")
    yield from _not_whitelisted(plan, champion_id, settings)
    if not _is_armed(plan, armed, build):
        yield Refusal(
            Reason.LIVE_NOT_ARMED,
            f"arm-live was not typed on {plan.session_date} for this account and build",
        )
    acknowledged = _is_armed(plan, armed, build) and armed and armed.champion_id == champion_id
    if last_champion_id not in {None, champion_id} and not acknowledged:
        yield Refusal(
            Reason.LIVE_CHAMPION_CHANGED,
            f"the champion changed from {last_champion_id!r} to {champion_id!r}: "
            f"arm-live with --champion {champion_id} says that this is meant",
        )


def _is_armed(plan: Plan, armed: Arming | None, build: str) -> bool:
    if armed is None or len(armed.account_digits) != ACCOUNT_DIGITS:
        return False
    return (
        armed.day == plan.session_date
        and armed.build == build
        and plan.account.endswith(armed.account_digits)
    )
