"""Values of our own as JSON and back, so that what a function was given can be given again.

Only the types on the fields decide; a mapping is kept as its pairs, because its keys may be values.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from functools import cache
from types import GenericAlias
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from statemachine.canonical import canonical_json

Value = TypeVar("Value")


class DocumentUnreadable(Exception):
    """The bytes do not hold what was once written in their place."""


def dump(value: object, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Return the fields of a dataclass as JSON values; decimals keep their digits."""
    kind: Any = type(value)
    return {
        name: _adapter(kind, name).dump_python(_to_pairs(getattr(value, name)), mode="json")
        for name in _hints(kind)
        if name not in leave_out
    }


def load(kind: type[Value], document: Mapping[str, Any], **given: object) -> Value:
    """Return the value that was dumped; `given` are the fields that were left out.

    Raises DocumentUnreadable.
    """
    key: Any = kind
    try:
        found = {
            name: _of_pairs(_hints(key)[name], _adapter(key, name).validate_json(_text(content)))
            for name, content in document.items()
        }
        return kind(**found, **given)
    except (KeyError, TypeError, ValueError) as error:
        raise DocumentUnreadable(f"{kind.__name__}: {error}") from error


def as_bytes(document: Mapping[str, Any]) -> bytes:
    """Return the one text of a document."""
    return canonical_json(document)


def parse(content: bytes) -> dict[str, Any]:
    """Return the document of a text. Raises DocumentUnreadable."""
    try:
        document = json.loads(content)
    except ValueError as error:
        raise DocumentUnreadable(str(error)) from error
    if not isinstance(document, dict):
        raise DocumentUnreadable("not an object")
    return document


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


@cache
def _adapter(kind: Any, name: str) -> TypeAdapter[Any]:
    """Return how a field is written; one that has no JSON of its own must be left out."""
    hint = _hints(kind)[name]
    if get_origin(hint) is not Mapping:
        return TypeAdapter(hint)
    pair: Any = GenericAlias(tuple, get_args(hint))
    pairs: Any = GenericAlias(tuple, (pair, ...))
    return TypeAdapter(pairs)


def _to_pairs(value: object) -> object:
    return tuple(value.items()) if isinstance(value, Mapping) else value


def _of_pairs(hint: Any, value: Any) -> Any:
    return dict(value) if get_origin(hint) is Mapping else value
