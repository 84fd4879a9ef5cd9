"""What people are told of a run as a whole: refused, held, or waiting for their approval.

Each is told once a cause, before or after the move it is about: a crash between the two tells it
again, and the store knows that it was told.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from daemon.desk import Desk
from daemon.plan_page import approvable_from
from daemon.planning.approval import sell_amount
from market.phases import SHANGHAI
from market.side import Side
from statemachine.alert_texts import Incident
from statemachine.plan import Plan
from statemachine.portfolio import Refusal
from statemachine.reason_texts.details import in_chinese
from statemachine.reasons import Reason, text_of
from statemachine.severity import Severity

REFUSALS_TOLD_MAX = 5
_WHOLE_YUAN = Decimal(1)
Line = tuple[str, str]


async def tell_refused(desk: Desk, run_id: str, refusals: Sequence[Refusal]) -> None:
    """Tell that a portfolio will not be traded: P1, the week's trading is at stake."""
    commands = [f"sage-execd show {run_id}"]
    if any(refusal.code is Reason.EMPTY_PORTFOLIO for refusal in refusals):
        commands.append(f"sage-execd liquidate {run_id}")
    lines = [refusal_line(refusal) for refusal in refusals[:REFUSALS_TOLD_MAX]]
    left = len(refusals) - len(lines)
    if left:
        lines.append((f"and {left} more", f"另有 {left} 项"))
    await _announce(desk, Severity.P1, "RUN_REFUSED", run_id, "", lines, commands)


async def tell_waiting(desk: Desk, plan: Plan) -> None:
    """Tell that a plan waits for a person; silent where a machine may approve it."""
    if desk.settings.approval.auto:
        return
    opens = approvable_from(desk, plan).astimezone(SHANGHAI)
    ends = plan.expires_at.astimezone(SHANGHAI)
    until = f"{opens:%m-%d %H:%M} - {ends:%m-%d %H:%M}"
    sells, buys = sell_amount(plan), _buy_amount(plan)
    lines = [
        (f"Sells {sells} CNY, buys {buys} CNY.", f"卖出 {sells} 元，买入 {buys} 元。"),
        (f"Approvable {until}", f"可批准时间：{until}"),
    ]
    commands = [f"sage-execd plan {plan.run_id}", f"sage-execd approve {plan.run_id}"]
    cause = f"{plan.run_id} {plan.plan_hash}"
    await _announce(desk, Severity.P2, "AWAITS_APPROVAL", plan.run_id, cause, lines, commands)


async def tell_held(desk: Desk, run_id: str, why: str) -> None:
    """Tell that changed files hold a plan: P1, it misses its session unless somebody looks."""
    text = text_of(Reason.INPUT_CHANGED)
    lines = [(f"{text.english} ({why})", f"{text.chinese}（{in_chinese(why)}）")]
    commands = [f"sage-execd {verb} {run_id}" for verb in ("show", "approve", "decline")]
    cause = f"{run_id} {desk.clock.now().isoformat()}"
    await _announce(desk, Severity.P1, "RUN_HELD", run_id, cause, lines, commands)


def refusal_line(refusal: Refusal) -> Line:
    """Say a refusal in both languages: code, sentence, where it was found, and the figures."""
    text = text_of(refusal.code)
    english = [refusal.message]
    chinese = [in_chinese(refusal.message)]
    if refusal.file:
        english.append(refusal.file)
        chinese.append(f"文件 {refusal.file}")
    if refusal.line is not None:
        english.append(f"line {refusal.line}")
        chinese.append(f"第 {refusal.line} 行")
    if refusal.field:
        english.append(f"field {refusal.field}")
        chinese.append(f"字段 {refusal.field}")
    return (
        f"{refusal.code}: {text.english} ({', '.join(english)})",
        f"{refusal.code}：{text.chinese}（{'，'.join(chinese)}）",
    )


def _buy_amount(plan: Plan) -> Decimal:
    buys = (line.notional for line in plan.lines if line.side is Side.BUY)
    return sum(buys, Decimal(0)).quantize(_WHOLE_YUAN)


async def _announce(
    desk: Desk,
    severity: Severity,
    code: str,
    run_id: str,
    cause: str,
    lines: Iterable[Line],
    commands: Iterable[str],
) -> None:
    incident = Incident(
        severity, code, "", run_id=run_id, lines=tuple(lines), commands=tuple(commands)
    )
    now = desk.clock.now()
    if await desk.store.announce(f"{code} {cause or run_id}", incident, now=now):
        desk.log.info("people are told", code=code, run_id=run_id, severity=severity)
