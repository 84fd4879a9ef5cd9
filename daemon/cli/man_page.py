"""The page docs/man/sage-execd.1, made from the verbs themselves.

Regenerate it with `python -m daemon.cli.man_page > docs/man/sage-execd.1`.
"""

import sys

import click

from daemon.cli.main import main

_HEAD = """\
.\\" Generated from the command line by daemon/cli/man_page.py; do not edit by hand.
.TH SAGE-EXECD 1
.SH NAME
sage-execd \\- close the execution loop of a weekly A-share portfolio
.SH SYNOPSIS
.B sage-execd
.I VERB
[OPTIONS] [ARGUMENTS]
.SH DESCRIPTION
Every verb takes \\-\\-json. Most ask the running daemon through its unix socket, which decides by
the caller's login what it may do.
.SH VERBS
"""
_TAIL = """\
.SH ENVIRONMENT
.TP
.B SAGE_EXECD_SOCKET
The control socket of the daemon that the verbs ask.
.SH EXIT STATUS
0 done; 1 a promise or an invariant is broken; 2 and 64 the command line is wrong; 65 data cannot be
read; 69 daemon or broker cannot be reached; 70 a break or a failed run; 75 another instance runs;
77 refused; 78 the configuration is wrong.
"""


def man_page() -> str:
    """Return the page in roff: one section a verb, in the order of the alphabet."""
    return _HEAD + "".join(_verb(name) for name in sorted(main.commands)) + _TAIL


def _verb(name: str) -> str:
    command = main.commands[name]
    root = click.Context(main, info_name="sage-execd", **main.context_settings)
    context = click.Context(command, info_name=name, parent=root)
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [f".SS {_roff(name)} {_roff(usage)}", _roff(_sentences(command.help or ""))]
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None:
            parts += [".TP", f".B {_roff(record[0])}", _roff(record[1])]
    return "\n".join(parts) + "\n"


def _sentences(text: str) -> str:
    """Return the help in one line; click marks lines to be kept with a backspace."""
    return " ".join(text.replace("\b", "").split())


def _roff(text: str) -> str:
    """Escape what roff would read: backslashes, hyphens, and a line that begins with a point."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    sys.stdout.write(man_page())
