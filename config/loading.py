"""config/app/broker.yaml to Settings: everything wrong with it is named with file, line and key."""

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import assert_never, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.group import Group
from config.settings import Settings
from config.yaml_document import Items, Node, Scalar, Section, YamlError, parse_yaml
from market.money import decimal_text

CONFIG_BYTES_MAX = 1_000_000

_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")

JsonValue = str | bool | int | None | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong; `key` is dotted ("flow.batch_size"), "" where no key is concerned."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line is not None else ""
        key = f", key {self.key}" if self.key else ""
        return f"{self.file}{line}{key}: {self.message}"


class ConfigError(ValueError):
    """The configuration cannot be used; the sentence lists every problem found."""

    def __init__(self, problems: tuple[ConfigProblem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load_settings(path: Path) -> Settings:
    """Read a configuration file; settings it does not name keep their defaults.

    Raises ConfigError when the file is missing, unreadable, empty or over 1 MB, is not strict YAML
    (see config.yaml_document), or has an unknown key or a value of the wrong type or range.
    """
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(CONFIG_BYTES_MAX + 1)
    except OSError as error:
        raise _error(file, None, "", f"cannot be read: {error.strerror}") from error
    if len(data) > CONFIG_BYTES_MAX:
        raise _error(file, None, "", f"is larger than {CONFIG_BYTES_MAX} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _error(file, line, "", "is not UTF-8") from error
    return parse_settings(text, file)


def parse_settings(text: str, file: str) -> Settings:
    """Return the settings of a configuration text; `file` is the name errors are told with.

    Raises ConfigError.
    """
    try:
        document = parse_yaml(text)
    except YamlError as error:
        raise _error(file, error.line, error.key, error.problem) from error
    if not isinstance(document, Section):
        raise _error(file, 1, "", "is empty" if document is None else "is not a mapping of keys")
    translation = _Translation(file, [])
    values = translation.value(document, Settings, ())
    if translation.problems:
        raise ConfigError(tuple(translation.problems))
    try:
        return Settings.model_validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        problems = (_problem(file, document, details) for details in error.errors())
        raise ConfigError(tuple(problems)) from error


@dataclass(frozen=True, slots=True)
class _Translation:
    """YAML values to the JSON that the strict settings model reads, guided by its types.

    A number written for a text setting (an account number) keeps its characters; text never
    becomes a number, a boolean or a time of day by being spelled like one in another system.
    """

    file: str
    problems: list[ConfigProblem]

    def value(self, node: Node, wanted: object, path: tuple[str, ...]) -> JsonValue:
        match node:
            case Section():
                fields = _fields_of(wanted)
                return {
                    key: self.value(child, fields.get(key), (*path, key))
                    for key, child in node.entries.items()
                }
            case Items():
                item_type = next(iter(get_args(wanted)), None)
                return [self.value(item, item_type, path) for item in node.items]
            case Scalar():
                return self._scalar(node, wanted, path)
            case _:
                assert_never(node)

    def _scalar(self, node: Scalar, wanted: object, path: tuple[str, ...]) -> JsonValue:
        kinds = {wanted, *get_args(wanted)}
        value = node.value
        if str in kinds and isinstance(value, int | Decimal) and not isinstance(value, bool):
            return node.text
        if Decimal in kinds and isinstance(value, str):
            self._complain(node, path, f"{node.text!r} is not a plain decimal number")
        if time in kinds and not (isinstance(value, str) and _CLOCK.fullmatch(value)):
            self._complain(node, path, f"{node.text!r} is not a time of day like 09:31 or 09:31:00")
        return decimal_text(value) if isinstance(value, Decimal) else value

    def _complain(self, node: Scalar, path: tuple[str, ...], message: str) -> None:
        self.problems.append(ConfigProblem(self.file, node.line, ".".join(path), message))


def _fields_of(wanted: object) -> dict[str, object]:
    if isinstance(wanted, type) and issubclass(wanted, Group):
        return {name: field.annotation for name, field in wanted.model_fields.items()}
    return {}


def _problem(file: str, document: Section, details: ErrorDetails) -> ConfigProblem:
    path = details["loc"]
    message = details["msg"]
    if details["type"] == "extra_forbidden":
        message = "unknown key" + _suggestion(path)
    return ConfigProblem(file, _line_of(document, path), ".".join(map(str, path)), message)


def _suggestion(path: tuple[int | str, ...]) -> str:
    """Return " (did you mean X?)" where a known key of that section is spelled much alike."""
    wanted: object = Settings
    for part in path[:-1]:
        wanted = _fields_of(wanted).get(str(part))
    close = difflib.get_close_matches(str(path[-1]), _fields_of(wanted), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _line_of(document: Section, path: tuple[int | str, ...]) -> int:
    """Return the line of the innermost part of the path that the file has."""
    return max(_lines_along(document, path), default=document.line)


def _lines_along(document: Section, path: tuple[int | str, ...]) -> Iterator[int]:
    node: Node = document
    for part in path:
        if isinstance(node, Section) and isinstance(part, str) and part in node.key_lines:
            yield node.key_lines[part]
            node = node.entries[part]
        elif isinstance(node, Items) and isinstance(part, int):
            node = node.items[part]
            yield node.line
        else:
            return


def _error(file: str, line: int | None, key: str, message: str) -> ConfigError:
    return ConfigError((ConfigProblem(file, line, key, message),))
