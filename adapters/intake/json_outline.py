"""What json.loads does not tell: nesting, doubled keys, foreign numbers, and on which line.

One pass over the tokens, before the text is parsed and whether or not it is JSON. Up to the first
error a parser would stop at, it sees the same tokens as that parser.
"""

import json
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r'"(?P<text>[^"\\]*(?:\\.[^"\\]*)*)"?'
    r"|(?P<open>[{\[])|(?P<close>[}\]])"
    r"|(?P<constant>-?(?:NaN|Infinity))"
    r"|(?P<number>-?[0-9][0-9.eE+-]*)",
    re.DOTALL,
)
_COLON = re.compile(r"[ \t\r\n]*:")
_PATH_DEPTH_MAX = 2
NUMBER_LENGTH_MAX = 64

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Outline:
    """Keys by dotted path with the line of their first appearance, and what is not allowed.

    `lines` reaches two levels down. `doubled_keys`, `constants` (NaN, Infinity) and `long_numbers`
    (over 64 characters) hold the dotted path and the line of each.
    """

    depth: int
    lines: dict[str, int]
    doubled_keys: tuple[Place, ...]
    constants: tuple[Place, ...]
    long_numbers: tuple[Place, ...]


@dataclass(slots=True)
class _Scan:
    """The state of the pass: one set of keys and the current key for each open bracket."""

    depth: int = 0
    line: int = 1
    line_end: int = 0
    keys: list[set[str]] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    doubled: list[Place] = field(default_factory=list)
    constants: list[Place] = field(default_factory=list)
    long_numbers: list[Place] = field(default_factory=list)

    def place(self) -> Place:
        return ".".join(filter(None, self.path)), self.line


def outline_of(text: str, depth_max: int) -> Outline:
    """Scan the text; stops early once it is nested deeper than `depth_max`."""
    scan = _Scan()
    for match in _TOKEN.finditer(text):
        scan.line += text.count("\n", scan.line_end, match.start())
        scan.line_end = match.start()
        _take(scan, match, text)
        if scan.depth > depth_max:
            break
    return Outline(
        scan.depth,
        scan.lines,
        tuple(scan.doubled),
        tuple(scan.constants),
        tuple(scan.long_numbers),
    )


def _take(scan: _Scan, match: re.Match[str], text: str) -> None:
    match match.lastgroup:
        case "open":
            scan.keys.append(set())
            scan.path.append("")
            scan.depth = max(scan.depth, len(scan.path))
        case "close" if scan.path:
            scan.keys.pop()
            scan.path.pop()
        case "text" if scan.path and _COLON.match(text, match.end()):
            _take_key(scan, match["text"])
        case "constant":
            scan.constants.append(scan.place())
        case "number" if len(match["number"]) > NUMBER_LENGTH_MAX:
            scan.long_numbers.append(scan.place())
        case _:
            pass


def _take_key(scan: _Scan, written: str) -> None:
    key = _unescaped(written)
    scan.path[-1] = key
    path, line = scan.place()
    if key in scan.keys[-1]:
        scan.doubled.append((path, line))
    scan.keys[-1].add(key)
    if len(scan.path) <= _PATH_DEPTH_MAX:
        scan.lines.setdefault(path, line)


def _unescaped(written: str) -> str:
    r"""Return the key as a parser sees it, so that "a" and "\u0061" are the same key."""
    if "\\" not in written:
        return written
    try:
        return str(json.loads(f'"{written}"', strict=False))
    except json.JSONDecodeError:
        return written
