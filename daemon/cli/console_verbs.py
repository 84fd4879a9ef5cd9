"""The verb about the console: who asks on the socket gets their own token."""

from pathlib import Path

import click

from daemon.cli.options import ask_daemon, json_option, socket_option
from daemon.cli.output import emit


@click.command()
@click.option("--fresh", is_flag=True, help="Make a new one; the old one and its logins end.")
@socket_option
@json_option
def console_token(fresh: bool, socket_path: Path, as_json: bool) -> None:
    """Print the token that logs you in to the console, and where the console is."""
    answer = ask_daemon(socket_path, "POST", "/v1/console-token", {"fresh": fresh})
    emit(answer, as_json=as_json, text=f"{answer['address']}\n{answer['token']}")
