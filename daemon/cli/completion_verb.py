"""`completion`: the script that lets a shell complete verbs and options."""

import click
from click.shell_completion import get_completion_class

from daemon.cli.options import json_option
from daemon.cli.output import emit

PROGRAM = "sage-execd"
COMPLETE_VARIABLE = "_SAGE_EXECD_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@json_option
@click.pass_context
def completion(context: click.Context, shell: str, as_json: bool) -> None:
    """Print the completion script of a shell, to be kept in a file that the shell sources."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"there is no completion for {shell}")
    script = found(context.find_root().command, {}, PROGRAM, COMPLETE_VARIABLE).source()
    emit({"shell": shell, "script": script}, as_json=as_json, text=script)
