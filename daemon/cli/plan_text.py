"""A plan's view as text, for the terminal; every figure is the daemon's."""

from typing import Any

from daemon.cli.output import table

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
            f" {totals['turnover']} ({totals['turnover_ratio']} of capital)  fees {totals['fees']}"
        ),
        (
            f"exposure {totals['exposure_before']} -> {totals['exposure_after']}"
            f" (target {totals['target_exposure']})  orders {totals['message_count']}"
        ),
        f"prices read {view['prices']['read_at']} ({view['prices']['age_s']} s ago)",
    ]


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
        *_flags(view),
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


def _flags(view: Json) -> list[str]:
    parts = []
    for flag in view["flags"]:
        reason = flag["reason"]
        asks = "" if flag["typed"] is None else f" -> type {flag['typed']}"
        parts.append(f"! {reason['code']}: {reason['english']} {reason['chinese']}{asks}")
    return ["", *parts] if parts else []
