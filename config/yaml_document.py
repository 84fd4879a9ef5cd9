"""YAML as a configuration may use it: no surprises, and every value knows its line.

Stock YAML 1.1 reads 000001 as 1, 002415 as 1293, 19:30 as 1170 and `no` as False, and keeps the
last of two equal keys. Here only `true` and `false` are booleans, only plain decimals are numbers,
only an empty value, `null` or `~` is nothing, and everything else is the text that was written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_NOTHING = frozenset({"", "null", "~"})
_BOOLEANS = {"true": True, "false": False}
_DEPTH_MAX = 16
_NUMBER_LENGTH_MAX = 32


class YamlError(ValueError):
    """The text is not the YAML we read; `line` is 1-based, `key` dotted where one is concerned."""

    def __init__(self, line: int, key: str, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.key = key
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: `value` as understood, `text` as written (without quotes)."""

    value: str | bool | int | Decimal | None
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping; keys are unique strings, `key_lines` says where each stands."""

    entries: dict[str, "Node"]
    key_lines: dict[str, int]
    line: int


Node = Scalar | Items | Section


def parse_yaml(text: str) -> Node | None:
    """Return the one document of the text, None for a text without any content.

    Raises YamlError for what is not YAML, and for aliases, anchors, tags, a key given twice, a key
    that is no plain text, more than one document, or more than 16 levels.
    """
    events = yaml.parse(text, Loader=yaml.SafeLoader)
    try:
        builder = _Builder(iter(events))
        return builder.document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlError(line, "", error.problem or "this is not YAML") from error
    except yaml.YAMLError as error:
        raise YamlError(1, "", str(error)) from error


@dataclass(slots=True)
class _Builder:
    """Builds nodes from parser events; recursion is bounded by _DEPTH_MAX."""

    events: Iterator[Event]

    def document(self) -> Node | None:
        content: Node | None = None
        for event in self.events:
            if isinstance(event, NodeEvent):
                if content is not None:
                    raise YamlError(_line(event), "", "there is more than one document")
                content = self._node(event, ())
        empty = isinstance(content, Scalar) and content.value is None
        return None if empty else content

    def _node(self, event: Event, path: tuple[str, ...]) -> Node:
        self._refuse_magic(event, path)
        match event:
            case ScalarEvent():
                return _scalar(event)
            case SequenceStartEvent():
                return Items(tuple(self._items(path)), _line(event))
            case MappingStartEvent():
                return self._section(event, path)
            case _:  # pragma: no cover - the parser puts nothing else where a value stands
                raise YamlError(_line(event), ".".join(path), "this is not a value")

    def _items(self, path: tuple[str, ...]) -> Iterator[Node]:
        for event in self.events:
            if isinstance(event, CollectionEndEvent):
                return
            yield self._node(event, (*path, "[]"))

    def _section(self, start: Event, path: tuple[str, ...]) -> Section:
        section = Section({}, {}, _line(start))
        while not isinstance(event := next(self.events), CollectionEndEvent):
            key = self._key(event, path)
            key_path = (*path, key)
            if key in section.entries:
                first = section.key_lines[key]
                problem = f"the key is here twice, first on line {first}"
                raise YamlError(_line(event), ".".join(key_path), problem)
            section.key_lines[key] = _line(event)
            section.entries[key] = self._node(next(self.events), key_path)
        return section

    def _key(self, event: Event, path: tuple[str, ...]) -> str:
        self._refuse_magic(event, path)
        if not isinstance(event, ScalarEvent):
            raise YamlError(_line(event), ".".join(path), "a key must be plain text")
        return event.value

    def _refuse_magic(self, event: Event, path: tuple[str, ...]) -> None:
        problem = None
        if isinstance(event, AliasEvent):
            problem = "aliases (*name) are not allowed"
        elif isinstance(event, NodeEvent) and event.anchor is not None:
            problem = "anchors (&name) are not allowed"
        elif getattr(event, "tag", None) is not None:
            problem = "tags (!name) are not allowed"
        elif len(path) > _DEPTH_MAX:
            problem = f"nested deeper than {_DEPTH_MAX} levels"
        if problem is not None:
            raise YamlError(_line(event), ".".join(path), problem)


def _scalar(event: ScalarEvent) -> Scalar:
    if event.style is not None:
        return Scalar(event.value, event.value, _line(event))
    return Scalar(_plain_value(event.value), event.value, _line(event))


def _plain_value(text: str) -> str | bool | int | Decimal | None:
    if text in _NOTHING:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) > _NUMBER_LENGTH_MAX or _NUMBER.fullmatch(text) is None:
        return text
    return Decimal(text) if "." in text else int(text)


def _line(event: Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 1
