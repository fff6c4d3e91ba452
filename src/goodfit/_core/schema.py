# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of a frozen value, driven by the same annotations as the codec, so that neither can drift."""

import inspect
import re
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from goodfit._core.codec import SCHEMA_VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCALARS = {str: {"type": "string"}, bool: {"type": "boolean"}, int: {"type": "integer"}}
_NUMBER = {"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}
_COMMENT = re.compile(r"^    (\w+): [^#]*  # (.+)$", re.MULTILINE)


def schema_of(name: str, *kinds: type, listed: bool = False) -> dict[str, Any]:
    """The schema of what `to_json` gives for a value of one of `kinds`; with `listed`, of a list of such values."""
    shared: dict[str, Any] = {"number": _NUMBER}
    bodies = [_document(kind, shared) for kind in kinds]
    body = bodies[0] if len(bodies) == 1 else {"anyOf": bodies}
    return {
        "$schema": DIALECT,
        "$id": f"urn:goodfit:schema:{SCHEMA_VERSION}:{name}",
        **({"type": "array", "items": body} if listed else body),
        "$defs": dict(sorted(shared.items())),
    }


def _document(kind: type, shared: dict[str, Any]) -> dict[str, Any]:
    """A value at the top of a document, which names its type and the version of its schema."""
    body = _fields(kind, shared)
    marks = {"type": {"const": kind.__name__}, "schema_version": {"const": SCHEMA_VERSION}}
    return {
        **body,
        "properties": {**marks, **body["properties"]},
        "required": [*marks, *body["required"]],
    }


def _fields(kind: Any, shared: dict[str, Any]) -> dict[str, Any]:
    hints, said = get_type_hints(kind), dict(_COMMENT.findall(inspect.getsource(kind)))
    properties = {each.name: _of(hints[each.name], shared) for each in fields(kind)}
    for name, comment in said.items():
        if name in properties:
            properties[name] = {**properties[name], "description": comment}
    return {
        "type": "object",
        "description": (inspect.getdoc(kind) or "").partition("\n")[0],
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _of(hint: Any, shared: dict[str, Any]) -> dict[str, Any]:
    """What a field of this annotation holds once it is encoded."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        known = [_of(each, shared) for each in inner if each is not types.NoneType]
        return {"anyOf": [*known, {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _of(inner[0], shared)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of(inner[1], shared)}
    if hint is float:
        return {"$ref": "#/$defs/number"}
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    return _named(hint, shared)


def _named(kind: type, shared: dict[str, Any]) -> dict[str, Any]:
    """A dataclass or an enumeration, described once."""
    name = kind.__name__
    if name not in shared:
        shared[name] = {}  # a value may hold others of its own kind
        shared[name] = _fields(kind, shared) if is_dataclass(kind) else _choices(kind)
    return {"$ref": f"#/$defs/{name}"}


def _choices(kind: type) -> dict[str, Any]:
    if not issubclass(kind, Enum):
        raise TypeError(f"{kind.__name__} has no place in a frozen value")
    described = (inspect.getdoc(kind) or "").partition("\n")[0]
    return {"description": described, "enum": [each.value for each in kind]}
