"""What happened in a rehearsed run, told to a person."""

from decimal import Decimal
from typing import Any

from daemon.cli.output import table
from daemon.rehearsal.results import RunResult


def sentence_of(result: RunResult) -> str:
    """Tell one run in one line."""
    content = result.content
    if content["refusals"]:
        codes = ", ".join(sorted({refusal["code"] for refusal in content["refusals"]}))
        return f"{content['run_id']}  {content['status']}  0 orders  {codes}"
    orders = content["orders"]
    return (
        f"{content['run_id']}  {content['status']}  "
        f"{orders['filled']} of {orders['total']} orders filled, "
        f"{_percent(content)} of {content['planned_notional']} CNY, fees {content['fees']}, "
        f"slippage {_slippage(content)} bp, {len(content['breaks'])} breaks, "
        f"ledger {'equal' if content['ledger_match'] else 'DIFFERS'}, "
        f"{content['restarts']} restarts"
    )


def tell(result: RunResult) -> str:
    """Tell one run line by line: asked, done, not done and why, and how the books stand."""
    content = result.content
    parts = [
        f"\nRun {content['run_id']} (signal of {content['trade_date']}, 信号日)",
        *(f"  refused: {refusal['message']}" for refusal in content["refusals"]),
        f"  plan {content['plan_hash'] or '-'}",
        f"  {content['planned']} lines to trade, {content['planned_notional']} CNY planned",
    ]
    if result.orders:
        columns = ("ts_code", "side", "quantity", "limit_price", "filled_quantity", "state")
        rows = [[order[column] for column in columns] for order in result.orders]
        parts.append(_indent(table(columns, rows)))
    parts += [f"  not done: {denial['ts_code']} {denial['reason']}" for denial in content["denied"]]
    done = (
        f"  filled {content['filled_notional']} CNY ({_percent(content)} of plan), "
        f"fees {content['fees']} CNY, slippage {_slippage(content)} bp"
    )
    books = (
        f"  对账 reconciled: {len(content['breaks'])} breaks; the venue's own ledger is "
        f"{'equal to ours, to the cent' if content['ledger_match'] else 'DIFFERENT'}"
    )
    parts += [
        done,
        books,
        *(f"  artifact {name}" for name in content["artifacts"]),
        f"  {content['status']}",
    ]
    return "\n".join(parts)


def _percent(content: dict[str, Any]) -> str:
    planned = Decimal(content["planned_notional"])
    if not planned:
        return "-"
    return f"{Decimal(content['filled_notional']) / planned:.1%}"


def _slippage(content: dict[str, Any]) -> str:
    """Return the slippage in basis points; without a fill there is none."""
    found = content["slippage_bp"]
    return "-" if found is None else str(found)


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
