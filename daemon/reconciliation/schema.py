"""The page docs/schemas/broker_reconcile.schema.json: the shape of a reconcile report.

Regenerate it with
`python -m daemon.reconciliation.schema > docs/schemas/broker_reconcile.schema.json`.
"""

import json
import sys
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from inspect import getdoc
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from daemon.reconciliation.plain import Json
from daemon.reconciliation.report import SCHEMA_VERSION, ReconcileReport
from market.symbol import Symbol

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXTS: dict[type, str] = {
    Decimal: r"^-?[0-9]+(\.[0-9]+)?$",
    Symbol: r"^[0-9]{6}\.(SH|SZ|BJ)$",
    datetime: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?\+08:00$",
    date: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}
_PLAIN: dict[type, str] = {bool: "boolean", int: "integer", str: "string", NoneType: "null"}


def report_schema() -> dict[str, Json]:
    """Return the schema of what `report_json` writes: every field there, and no other."""
    found: dict[str, Json] = {}
    _shape(ReconcileReport, found)
    top = found.pop(ReconcileReport.__name__)
    if not isinstance(top, dict):
        raise TypeError(f"{ReconcileReport.__name__} has no shape")
    top["properties"] = _with_version(top["properties"])
    definitions: dict[str, Json] = {name: found[name] for name in sorted(found)}
    return {"$schema": DIALECT, "title": "broker_reconcile", **top, "$defs": definitions}


def schema_page() -> str:
    """Return the schema as the committed file has it."""
    return json.dumps(report_schema(), ensure_ascii=False, indent=2) + "\n"


def _with_version(properties: Json) -> Json:
    if not isinstance(properties, dict):
        raise TypeError("a record has properties")
    return {**properties, "schema_version": {"const": SCHEMA_VERSION}}


def _shape(kind: Any, found: dict[str, Json]) -> dict[str, Json]:
    """Return the shape of a type; records go to `found` once and are referred to."""
    arguments = get_args(kind)
    if isinstance(kind, UnionType):
        return {"anyOf": [_shape(part, found) for part in arguments]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _shape(arguments[0], found)}
    if kind in _TEXTS:
        return {"type": "string", "pattern": _TEXTS[kind]}
    if is_dataclass(kind) and isinstance(kind, type):
        return _record(kind, found)
    if issubclass(kind, StrEnum):
        return {"enum": [member.value for member in kind]}
    return {"type": _PLAIN[kind]}


def _record(kind: type, found: dict[str, Json]) -> dict[str, Json]:
    name = kind.__name__
    if name not in found:
        found[name] = {}
        hints = get_type_hints(kind)
        names = [field.name for field in fields(kind)]
        required: list[Json] = [*names]
        found[name] = {
            "type": "object",
            "description": " ".join((getdoc(kind) or "").split()),
            "properties": {field: _shape(hints[field], found) for field in names},
            "required": required,
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}


if __name__ == "__main__":
    sys.stdout.write(schema_page())
