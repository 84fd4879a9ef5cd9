"""`watch`: a run, live in the terminal, until it is over."""

import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import click

from daemon.cli.options import ask_daemon, json_option, part, socket_option
from daemon.cli.output import emit
from daemon.cli.run_progress import Json, is_over, progress_of, progress_text

Look = Callable[[], tuple[Json, Json, list[Json]]]


@click.command()
@click.argument("run_id")
@click.option("--once", is_flag=True, help="Show it once and leave.")
@click.option(
    "--interval",
    "interval_s",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Seconds between two looks.",
)
@socket_option
@json_option
def watch(run_id: str, once: bool, interval_s: int, socket_path: Path, as_json: bool) -> None:
    """Show a run live: phase, progress by value and by count, orders, what waits for a person.

    With --json one object a line. It ends by itself when the run is over.
    """

    def look() -> tuple[Json, Json, list[Json]]:
        shown = ask_daemon(socket_path, "GET", f"/v1/runs/{part(run_id)}")
        status = ask_daemon(socket_path, "GET", "/v1/status")
        items = ask_daemon(socket_path, "GET", "/v1/manual")["items"]
        return status, shown, [item for item in items if item["run_id"] == run_id]

    follow(look, lambda: Event().wait(interval_s), once=once, as_json=as_json)


def follow(look: Look, wait: Callable[[], object], *, once: bool, as_json: bool) -> None:
    """Show what each look finds until the run is over; a terminal is cleared in between."""
    while True:
        status, shown, items = look()
        if not as_json and not once and sys.stdout.isatty():
            click.clear()
        emit(_json(status, shown, items), as_json=as_json, text=progress_text(status, shown, items))
        if once or is_over(shown):
            return
        wait()


def _json(status: Json, shown: Json, items: list[Json]) -> Json:
    progress = progress_of(shown)
    return {
        "market_time": status["market_time"],
        "phase": status["phase"],
        "halts": status["halts"],
        "run": shown["run"],
        "progress": {
            "value": str(progress.value),
            "value_filled": str(progress.value_filled),
            "lines": progress.lines,
            "lines_done": progress.lines_done,
        },
        "orders": shown["orders"],
        "items": items,
    }
