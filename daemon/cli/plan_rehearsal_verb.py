"""`rehearse-plan`: what a plan would have come to on the last session there are bars of."""

import os
from pathlib import Path

import click

from daemon.cli.options import ask_daemon, json_option, part, socket_option
from daemon.cli.output import emit, fail
from daemon.cli.rehearsal_text import rehearsal_text

# Longer than the daemon gives a rehearsal.
ANSWER_TIMEOUT_S = 180
CHANGED = "its plan changed meanwhile, or is being rehearsed again: ask once more"


@click.command("rehearse-plan")
@click.argument("run_id")
@socket_option
@json_option
def rehearse_plan(run_id: str, socket_path: Path, as_json: bool) -> None:
    """Play the plan of a run on the bars of an earlier session, without any order.

    Needs the setting paths.market. The result stays beside the plan for who approves it.
    """
    target = f"/v1/runs/{part(run_id)}/rehearsal"
    body = {"wait": True}
    answer = ask_daemon(socket_path, "POST", target, body, timeout_s=ANSWER_TIMEOUT_S)
    if answer["rehearsal"] is None:
        fail(f"{run_id} was not rehearsed: {answer['why'] or CHANGED}", os.EX_SOFTWARE)
    emit(answer, as_json=as_json, text=rehearsal_text(answer["rehearsal"]))
