"""How answers reach a person or a machine: sentences on stdout, or one JSON value a line."""

import json
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click


def emit(value: Any, *, as_json: bool, text: str) -> None:
    """Print the JSON value, or the text made for people."""
    click.echo(json.dumps(value, ensure_ascii=False) if as_json else text)


def fail(message: str, code: int) -> NoReturn:
    """Say on stderr what is wrong and leave with a sysexits code."""
    click.echo(f"sage-execd: {message}", err=True)
    sys.exit(code)


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lay rows out in columns; wide (Chinese) characters count as two."""
    cells = [list(headers), *([str(cell) for cell in row] for row in rows)]
    widths = [max(display_width(row[column]) for row in cells) for column in range(len(headers))]
    return "\n".join(
        "  ".join(
            cell + " " * (width - display_width(cell))
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    )


def display_width(text: str) -> int:
    """Return the columns a text takes in a terminal."""
    wide_from = 0x1100
    return sum(2 if ord(character) >= wide_from else 1 for character in text)
