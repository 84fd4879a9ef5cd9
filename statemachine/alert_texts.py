"""The words of an alert in both languages: what happened, to what, and the command to type."""

from dataclasses import dataclass

from market.symbol import Symbol
from statemachine.reason_texts import alerts
from statemachine.reason_texts.details import in_chinese
from statemachine.reason_texts.entry import ReasonKind, ReasonText
from statemachine.reasons import Reason, text_of
from statemachine.severity import Severity

AUTO_HOLD = "AUTO_HOLD"
URGENCY = {
    Severity.P0: ("P0 now", "P0 紧急"),
    Severity.P1: ("P1 this session", "P1 盘中处理"),
    Severity.P2: ("P2 today", "P2 当日查看"),
}
# What answers an item beside the words of `resolve`; `sage-execd manual` names each CODE.
ANSWERS: dict[str, tuple[str, ...]] = {
    Reason.NEEDS_BASELINE: (
        "sage-execd adopt CODE QUANTITY",
        "sage-execd adopt CODE 0 --foreign",
    ),
    Reason.HELD_SHARE: (
        "sage-execd approve {run} --line CODE",
        "sage-execd decline {run}",
    ),
}
STOPPED = ReasonText(ReasonKind.HOLD, "Sending is stopped.", "已停止发送委托。")


@dataclass(frozen=True, slots=True)
class Incident:
    """What an alert is about.

    `cause` is a reason's code, a halt's own word with what it names after a blank, or a person's
    sentence; `halt_kind` is set where sending stopped, `item_id` where a person is to decide.
    `lines` are told besides, (English, Chinese) each; `commands` are what to type, beside what the
    item itself offers.
    """

    severity: Severity
    cause: str
    detail: str
    run_id: str | None = None
    client_order_id: str | None = None
    symbol: Symbol | None = None
    item_id: int | None = None
    choices: tuple[str, ...] = ()
    halt_kind: str | None = None
    lines: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The word that metrics, text messages and people tell incidents apart by."""
        if self.halt_kind is not None and _text(self.cause) is STOPPED:
            return Reason.HALTED
        return self.cause.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class AlertText:
    """The same lines in both languages."""

    english: str
    chinese: str


def alert_text(incident: Incident) -> AlertText:
    """Say what happened, to which run, name and order, and what to type."""
    english, chinese = URGENCY[incident.severity]
    said = _text(incident.cause)
    lines = [
        (f"[{english}] {incident.code}", f"【{chinese}】{incident.code}"),
        (said.english, said.chinese),
        *_stopped(incident),
        *incident.lines,
        *_subject(incident),
        *_commands(incident),
    ]
    return AlertText(
        "\n".join(line for line, _ in lines),
        "\n".join(line for _, line in lines),
    )


def _text(cause: str) -> ReasonText:
    """Return the sentence of a cause; whatever has none, a person's words too, stops sending."""
    word = cause.partition(" ")[0]
    if word in alerts.TEXTS:
        return alerts.TEXTS[word]
    return text_of(Reason(word)) if word in Reason.__members__ else STOPPED


def _stopped(incident: Incident) -> list[tuple[str, str]]:
    match incident.halt_kind:
        case None:
            return []
        case "AUTO_HOLD":
            return [
                (
                    "Sends are held; the hold lifts itself once its cause is gone.",
                    "发送已暂缓（AUTO_HOLD），原因消除后自动恢复。",
                )
            ]
        case "REDUCE_ONLY":
            return [("Buys are stopped; sells go on.", "已停止买入，卖出照常。")]
        case _:
            return [("Nothing is sent until somebody resumes.", "已停止发送，须人工恢复。")]


def _subject(incident: Incident) -> list[tuple[str, str]]:
    words = ["" if incident.cause == incident.code else incident.cause, incident.detail]
    told = ": ".join(word for word in words if word)
    details = [(f"Detail: {told}", f"详情：{in_chinese(told)}")] if told else []
    symbol = None if incident.symbol is None else str(incident.symbol)
    found = [("Run", "批次", incident.run_id), ("Name", "股票", symbol)]
    found += [("Order", "委托", incident.client_order_id)]
    return details + [
        (f"{english}: {value}", f"{chinese}：{value}") for english, chinese, value in found if value
    ]


def _commands(incident: Incident) -> list[tuple[str, str]]:
    typed = list(incident.commands)
    if incident.item_id is not None:
        typed.append("sage-execd manual")
        answers = ANSWERS.get(incident.cause, ())
        typed += [command.format(run=incident.run_id) for command in answers]
        typed += [f"sage-execd resolve {incident.item_id} {word}" for word in incident.choices]
    if incident.halt_kind == AUTO_HOLD and incident.item_id is None:
        typed.append("sage-execd status")
    elif incident.halt_kind not in (None, AUTO_HOLD) or incident.cause == Reason.REDUCE_ONLY:
        typed.append('sage-execd resume --by ... --reason "..."')
    return [(f"Type: {command}", f"处理：{command}") for command in typed]
