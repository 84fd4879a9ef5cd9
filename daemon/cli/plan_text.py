"""A plan's view as text, for the terminal; every figure is the daemon's."""

from decimal import Decimal
from typing import Any

from daemon.cli.output import table
from daemon.cli.rehearsal_text import rehearsal_text

Json = dict[str, Any]
LINE_COLUMNS = (
    "ts_code",
    "name",
    "quantity_max",
    "reference_price",
    "limit_worst",
    "amount",
    "weight_before",
    "weight_after",
    "target_weight",
    "reason",
)
WEIGHTS = ("weight_before", "weight_after", "target_weight")


def plan_text(view: Json) -> str:
    """Return the whole view as a person reads it before approving."""
    return "\n".join([*_head(view), *_lines(view), *_cash(view), *_checks(view), *_end(view)])


def _head(view: Json) -> list[str]:
    totals = view["totals"]
    return [
        f"{view['run_id']}  {view['state']}  {view['mode']}  account {view['account']}",
        (
            f"session {view['session_date']}  signal {view['signal_date']}"
            f"  champion {view['champion_id']}"
        ),
        f"approvable from {view['approvable_from']} to {view['expires_at']}",
        (
            f"sells {totals['sell_amount']}  buys {totals['buy_amount']}  turnover"
            f" {totals['turnover']} ({percent(totals['turnover_ratio'])} of capital)"
            f"  fees {totals['fees']}"
        ),
        (
            f"exposure {percent(totals['exposure_before'])} -> {percent(totals['exposure_after'])}"
            f" (target {percent(totals['target_exposure'])})  orders {totals['message_count']}"
        ),
        f"prices read {view['prices']['read_at']} ({view['prices']['age_s']} s ago)",
    ]


def percent(value: object) -> str:
    """Return a fraction in percent with two decimals: 0.08666000000000001 is 8.67 %."""
    return f"{Decimal(str(value)) * 100:.2f} %"


def _lines(view: Json) -> list[str]:
    parts = []
    for title, key in (
        ("SELLS 卖出", "sells"),
        ("BUYS 买入", "buys"),
        ("HOLDS 不动", "holds"),
        ("DENIED 不交易", "denied"),
    ):
        if view[key]:
            rows = [[_cell(line, column) for column in LINE_COLUMNS] for line in view[key]]
            parts += ["", f"{title} ({len(rows)})", table(LINE_COLUMNS, rows)]
            parts += _reasons(view[key])
    return parts


def _cell(line: Json, column: str) -> str:
    if column == "reason":
        return "-" if line["reason"] is None else str(line["reason"]["code"])
    value = line[column]
    if column in WEIGHTS and value not in (None, ""):
        return percent(value)
    return "-" if value in (None, "") else str(value)


def _reasons(lines: list[Json]) -> list[str]:
    """Each reason once, in both languages."""
    found = {line["reason"]["code"]: line["reason"] for line in lines if line["reason"]}
    return [f"  {code}: {found[code]['english']} {found[code]['chinese']}" for code in found]


def _cash(view: Json) -> list[str]:
    rows = [[step["step"], step["amount"], step["balance"]] for step in view["cash_path"]]
    return ["", "CASH 资金 (CNY)", table(("step", "amount", "balance"), rows)]


def _checks(view: Json) -> list[str]:
    rows = [
        [
            "ok" if check["passed"] else "LOOK",
            check["name"],
            check["value"],
            check["limit"],
            check["about"] or "-",
            check["chinese"],
        ]
        for check in view["checks"]
    ]
    columns = ("", "check", "value", "limit", "about", "说明")
    return ["", "CHECKS 检查", table(columns, rows)]


def _end(view: Json) -> list[str]:
    return [
        *_differences(view["difference"]),
        *(["", "NOTES 备注", *(f"  {note}" for note in view["notes"])] if view["notes"] else []),
        *_rehearsal(view["rehearsal"]),
        *_flags(view),
        *_asked(view["asked"]),
        *_given(view["given"]),
        "",
        f"plan {view['plan_hash']}",
    ]


def _differences(difference: Json | None) -> list[str]:
    if difference is None:
        return []
    title = f"DIFFERENCES 与上一计划之差 ({difference['kind']} {difference['run_id']})"
    columns = (
        "ts_code",
        "change",
        "target_before",
        "target_after",
        "planned_before",
        "planned_after",
    )
    rows = [[name[column] for column in columns] for name in difference["names"]]
    return ["", title, table(columns, rows) if rows else "  none"]


def _rehearsal(standing: Json) -> list[str]:
    found = standing["rehearsal"]
    return [] if found is None else ["", rehearsal_text(found)]


def _flags(view: Json) -> list[str]:
    parts = []
    for flag in view["flags"]:
        reason = flag["reason"]
        asks = "" if flag["typed"] is None else f" -> type {flag['typed']}"
        parts.append(f"! {reason['code']}: {reason['english']} {reason['chinese']}{asks}")
    return ["", *parts] if parts else []


def _asked(asked: Json) -> list[str]:
    """Say what an approval must bring beside what the flags ask to be typed."""
    told = []
    if asked["stage"] is not None:
        told.append(f"  stage {asked['stage']} is to be approved now 现在待批准")
    if asked["persons_min"] > 1:
        told.append(f"  {asked['persons_min']} persons must approve 须由多人分别批准")
    if asked["seconds_shown_min"]:
        told.append(f"  read it for {asked['seconds_shown_min']} s first 批准前须先查看")
    if not asked["author_may_approve"]:
        told.append("  not by who made the run 不得由产生该批次的人批准")
    return ["", "ASKED 批准要求", *told] if told else []


def _given(given: list[Json]) -> list[str]:
    told = [f"  {word['stage']} {word['approver']} {word['created_at']}" for word in given]
    return ["", "GIVEN 已批准", *told] if told else []
