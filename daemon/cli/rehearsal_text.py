"""A rehearsed plan as text, for the terminal; every figure is the daemon's."""

from typing import Any

from daemon.cli.output import table

Json = dict[str, Any]
COLUMNS = ("ts_code", "side", "filled_quantity", "quantity", "average_price", "fees", "reason")


def rehearsal_text(rehearsal: Json) -> str:
    """Return a rehearsal as a person reads it beside the plan."""
    lowest = rehearsal["lowest"]
    return "\n".join(
        [
            f"REHEARSAL 预演 {rehearsal['run_id']}  session {rehearsal['session_date']}",
            *(rehearsal["note"][language] for language in ("english", "chinese")),
            table(
                COLUMNS, [[_cell(line, name) for name in COLUMNS] for line in rehearsal["lines"]]
            ),
            *_reasons(rehearsal),
            (
                f"sells {rehearsal['sells']}  buys {rehearsal['buys']}  fees {rehearsal['fees']}"
                f"  lowest cash {lowest['cash']} at {lowest['at'][11:16]}"
            ),
            "",
            "CASH 资金 (CNY)",
            table(("time", "cash"), _cash(rehearsal["cash_path"])),
            f"plan {rehearsal['plan_hash']}",
        ]
    )


def _cell(line: Json, name: str) -> str:
    value = line[name]
    if name == "reason" and value is not None:
        return str(value["code"])
    return "-" if value is None else str(value)


def _reasons(rehearsal: Json) -> list[str]:
    """Each reason once, in both languages."""
    reasons = [rehearsal["hold"], *(line["reason"] for line in rehearsal["lines"])]
    found = {reason["code"]: reason for reason in reasons if reason is not None}
    return [f"  {code}: {each['english']} {each['chinese']}" for code, each in found.items()]


def _cash(path: list[Json]) -> list[list[str]]:
    """Return a row for each point at which the cash had changed."""
    rows: list[list[str]] = []
    for point in path:
        if not rows or rows[-1][1] != point["cash"]:
            rows.append([point["at"][11:16], point["cash"]])
    return rows
