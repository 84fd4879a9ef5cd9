"""Spoils bytes: knows nothing of what they mean, and a little of how such files are written."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

# Fragments that have broken readers before: numbers, quotes, brackets, encodings, dates, tags.
DICTIONARY: tuple[bytes, ...] = tuple(
    fragment.encode("utf-8", "surrogatepass")
    for fragment in (
        "NaN", "Infinity", "-0", "1e400", "1e-400", "1e999999999", "0x10", "1_000", "٣", "１", "²",
        "9" * 30, "0." + "1" * 70, "-1", "true", "null", '"', "'", "\\", "\\u0000", "\\ud800",
        "{", "}", "[", "]", "[" * 70, ":", ",", ";", "\n", "\r", "\t", "\x00", "\ufeff", "\u2028",
        "\u202e", "\ud800", "=cmd()", "&a", "*a", "!!python/name:os.system", "<<", "%YAML 9", "---",
        "- ", "? ", "| ", "> ", "~", "19:30", "2025-11-07", "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-12:00", "20251107", "600000.SH", "1.SZ", "live", "é", "银行",
    )
)  # fmt: skip

# Values of the right kind and yet none: too large, too fine, too far; and of another kind.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**30, 1.5, 1e300, "", " ", "0", "-0",
    "-1", "0.00001", "1" * 18, "1" * 19, "0." + "1" * 28, "1e5", "NaN", "\ud800", "\x00", "\n",
    "x" * 5_000, "银行", "S" + "A" * 20, "600000.SH", "900901.SH", "BUY", "SELL", "TRADE", "BUST",
    "INFERRED", "JUNK", "SUCCEEDED", "UNKNOWN", "0001-01-01", "9999-12-31",
    "0001-01-01T00:00:00+08:00",
    "9999-12-31T23:59:59-12:00", "2025-11-10T09:31:00", "2025-11-10T09:31:00Z",
    [], {}, [[]], [None],
)  # fmt: skip

Mutator = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutated(dice: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Return a seed, the first of them more often, after one to four mutations."""
    content = seeds[0] if dice.randrange(5) < 2 else dice.choice(seeds)
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 4))):
        content = dice.choice(MUTATORS)(dice, content, seeds)
    return content


def _flip(dice: random.Random, content: bytes, _seeds: Sequence[bytes]) -> bytes:
    if not content:
        return content
    at = dice.randrange(len(content))
    return content[:at] + bytes((content[at] ^ (1 << dice.randrange(8)),)) + content[at + 1 :]


def _overwrite(dice: random.Random, content: bytes, _seeds: Sequence[bytes]) -> bytes:
    at, junk = dice.randrange(len(content) + 1), dice.randbytes(dice.randrange(1, 4))
    return content[:at] + junk + content[at + len(junk) :]


def _cut(dice: random.Random, content: bytes, _seeds: Sequence[bytes]) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _remove(dice: random.Random, content: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = dice.randrange(len(content) + 1)
    return content[:at] + content[at + dice.randrange(1, 9) :]


def _double(dice: random.Random, content: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = dice.randrange(len(content) + 1)
    end = at + dice.randrange(1, 60)
    return content[:end] + content[at:end] + content[end:]


def _insert(dice: random.Random, content: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = dice.randrange(len(content) + 1)
    return content[:at] + dice.choice(DICTIONARY) + content[at:]


def _replace_token(dice: random.Random, content: bytes, _seeds: Sequence[bytes]) -> bytes:
    """Put a fragment where a cell, a value or a word stood."""
    start = _boundary(content, dice.randrange(len(content) + 1))
    end = start
    while end < len(content) and content[end] not in _MARKS:
        end += 1
    return content[:start] + dice.choice(DICTIONARY) + content[end:]


def _swap_lines(dice: random.Random, content: bytes, _seeds: Sequence[bytes]) -> bytes:
    lines = content.splitlines(keepends=True)
    dice.shuffle(lines)
    return b"".join(lines)


def _splice(dice: random.Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    other = dice.choice(seeds)
    return content[: dice.randrange(len(content) + 1)] + other[dice.randrange(len(other) + 1) :]


def _change_value(dice: random.Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    """Change a value of a JSON document and leave the rest as it is, where it is one."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return _replace_token(dice, content, seeds)
    places = list(_places(document)) if isinstance(document, dict | list) else []
    if not places:
        return content
    holder, key = dice.choice(places)
    if dice.randrange(8):
        holder[key] = dice.choice(VALUES)
    else:
        del holder[key]
    return json.dumps(document).encode()


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container with every key or index of it."""
    keys = document.keys() if isinstance(document, dict) else range(len(document))
    for key in keys:
        yield document, key
        if isinstance(document[key], dict | list):
            yield from _places(document[key])


_MARKS = frozenset(b',;:"\n\r\t {}[]')


def _boundary(content: bytes, at: int) -> int:
    while at > 0 and content[at - 1] not in _MARKS:
        at -= 1
    return at


MUTATORS: tuple[Mutator, ...] = (
    _flip,
    _overwrite,
    _cut,
    _remove,
    _double,
    _insert,
    _insert,
    _replace_token,
    _replace_token,
    _replace_token,
    _change_value,
    _change_value,
    _change_value,
    _change_value,
    _change_value,
    _change_value,
    _swap_lines,
    _splice,
)
