"""A validator for the keywords our published schemas use; any other keyword is an error."""

import re
from collections.abc import Callable, Iterator
from typing import Any

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
Shape = dict[str, Any]
Check = Callable[[Any, Any, Shape, Shape, str], Iterator[str]]


def violations(document: Any, schema: Shape) -> list[str]:
    """Return every sentence about where the document is not what the schema says."""
    return list(_check(document, schema, schema, "$"))


def _check(value: Any, shape: Shape, root: Shape, where: str) -> Iterator[str]:
    for keyword, wanted in shape.items():
        yield from CHECKS[keyword](value, wanted, shape, root, where)


def _nothing(_value: Any, _wanted: Any, _shape: Shape, _root: Shape, _where: str) -> Iterator[str]:
    yield from ()


def _reference(value: Any, wanted: Any, _shape: Shape, root: Shape, where: str) -> Iterator[str]:
    yield from _check(value, root["$defs"][wanted.rpartition("/")[2]], root, where)


def _type(value: Any, wanted: Any, _shape: Shape, _root: Shape, where: str) -> Iterator[str]:
    if not isinstance(value, TYPES[wanted]) or (wanted == "integer" and isinstance(value, bool)):
        yield f"{where} is no {wanted}: {value!r}"


def _pattern(value: Any, wanted: Any, _shape: Shape, _root: Shape, where: str) -> Iterator[str]:
    if isinstance(value, str) and re.search(wanted, value) is None:
        yield f"{where} does not match {wanted}: {value!r}"


def _member(value: Any, wanted: Any, _shape: Shape, _root: Shape, where: str) -> Iterator[str]:
    if value not in wanted:
        yield f"{where} is none of {wanted}: {value!r}"


def _constant(value: Any, wanted: Any, _shape: Shape, _root: Shape, where: str) -> Iterator[str]:
    if value != wanted:
        yield f"{where} is not {wanted!r}: {value!r}"


def _any(value: Any, wanted: Any, _shape: Shape, root: Shape, where: str) -> Iterator[str]:
    if all(list(_check(value, part, root, where)) for part in wanted):
        yield f"{where} has none of the {len(wanted)} shapes: {value!r}"


def _items(value: Any, wanted: Any, _shape: Shape, root: Shape, where: str) -> Iterator[str]:
    for number, item in enumerate(value if isinstance(value, list) else []):
        yield from _check(item, wanted, root, f"{where}[{number}]")


def _fields(value: Any, wanted: Any, shape: Shape, root: Shape, where: str) -> Iterator[str]:
    for name, item in value.items() if isinstance(value, dict) else ():
        if name in wanted:
            yield from _check(item, wanted[name], root, f"{where}.{name}")
        elif shape["additionalProperties"] is False:
            yield f"{where} has the unknown field {name}"


def _required(value: Any, wanted: Any, _shape: Shape, _root: Shape, where: str) -> Iterator[str]:
    for name in wanted:
        if isinstance(value, dict) and name not in value:
            yield f"{where} lacks {name}"


CHECKS: dict[str, Check] = {
    **dict.fromkeys(("$schema", "$defs", "title", "description", "additionalProperties"), _nothing),
    "$ref": _reference,
    "type": _type,
    "pattern": _pattern,
    "enum": _member,
    "const": _constant,
    "anyOf": _any,
    "items": _items,
    "properties": _fields,
    "required": _required,
}
