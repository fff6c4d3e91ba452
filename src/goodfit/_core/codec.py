# SPDX-License-Identifier: Apache-2.0
"""Frozen values to JSON and back, driven by their own type annotations.

Non-finite numbers are the strings "NaN", "Infinity" and "-Infinity"; a missing value is null; so
the two are never confused, and the text is strict JSON.
"""

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from math import isfinite
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from goodfit._core.mapping import FrozenMapping
from goodfit.errors import SchemaError

SCHEMA_VERSION = 1
T = TypeVar("T")
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def to_json(value: Any) -> dict[str, Any]:
    """Turn a frozen value into plain data: its type's name, the schema version, and its fields."""
    return {"type": type(value).__name__, "schema_version": SCHEMA_VERSION, **_encode_fields(value)}


def from_json(kind: type[T], data: Mapping[str, Any]) -> T:
    """Rebuild a value of type `kind` from what `to_json` gave.

    Raises:
        SchemaError: another type, another schema version, a missing or an unknown field.
    """
    if not isinstance(data, Mapping):
        raise SchemaError(f"found a JSON {type(data).__name__} where a {kind.__name__} object was expected")
    found = data.get("type"), data.get("schema_version")
    if found != (kind.__name__, SCHEMA_VERSION):
        raise SchemaError(
            f"expected type {kind.__name__!r} of schema version {SCHEMA_VERSION}, found {found[0]!r} of {found[1]!r}",
            todo="give a file written by this version of goodfit, or make the report anew",
        )
    body = {key: item for key, item in data.items() if key not in ("type", "schema_version")}
    return _decode(kind, body, kind.__name__)  # type: ignore[no-any-return]


def dumps(value: Any, *, indent: int | None = None) -> str:
    """Write a frozen value as strict JSON text."""
    return json.dumps(to_json(value), indent=indent, ensure_ascii=False, allow_nan=False)


def loads(kind: type[T], text: str) -> T:
    """Read what `dumps` wrote.

    Raises:
        SchemaError: the text is not JSON, or not a `kind` of this schema version.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise SchemaError(f"not JSON: {error}", todo="give a file written by goodfit") from None
    return from_json(kind, data)


def encode(value: Any) -> Any:
    """Turn any part of a frozen value into plain JSON data."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if isfinite(value) else _name_of(value)
    if value is None or isinstance(value, str | int):
        return value
    if is_dataclass(value):
        return _encode_fields(value)
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no place in a frozen value")


def _encode_fields(value: Any) -> dict[str, Any]:
    return {field.name: encode(getattr(value, field.name)) for field in fields(value)}


def _name_of(value: float) -> str:
    return next(name for name, number in _NOT_FINITE.items() if repr(number) == repr(value))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode(hint: Any, data: Any, path: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = next(arg for arg in get_args(hint) if arg is not type(None))
        return None if data is None else _decode(inner, data, path)
    if origin is tuple:
        item = get_args(hint)[0]
        return tuple(_decode(item, each, f"{path}[{i}]") for i, each in enumerate(_expect(data, list, path)))
    if origin is not None and issubclass(origin, Mapping):
        item = get_args(hint)[1]
        pairs = _expect(data, dict, path).items()
        return FrozenMapping((key, _decode(item, each, f"{path}.{key}")) for key, each in pairs)
    if is_dataclass(hint):
        return _decode_fields(hint, _expect(data, dict, path), path)
    return _decode_scalar(hint, data, path)


def _decode_fields(kind: Any, data: dict[str, Any], path: str) -> Any:
    known = {field.name: field for field in fields(kind)}
    if unknown := sorted(set(data) - set(known)):
        raise SchemaError(
            f"unknown field {unknown[0]!r}", where=path, todo="was the file written by a newer goodfit?"
        )
    if missing := sorted(set(known) - set(data)):
        raise SchemaError(f"field {missing[0]!r} is missing", where=path)
    hints = _hints(kind)
    given = {
        name: _decode(hints[name], data[name], f"{path}.{name}")
        for name, field in known.items()
        if field.init
    }
    try:
        return kind(**given)
    except ValueError as error:
        raise SchemaError(str(error), where=path) from None


def _decode_scalar(hint: Any, data: Any, path: str) -> Any:
    if hint is float:
        if isinstance(data, str) and data in _NOT_FINITE:
            return _NOT_FINITE[data]
        try:
            return float(_expect(data, (int, float), path))
        except OverflowError:
            raise SchemaError(f"found {data!r:.20}..., which is beyond every float", where=path) from None
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(data)
        except ValueError:
            allowed = ", ".join(repr(member.value) for member in hint)
            raise SchemaError(f"found {data!r} where one of {allowed} was expected", where=path) from None
    return _expect(data, hint, path)


def _expect(data: Any, kind: Any, path: str) -> Any:
    wrong_bool = isinstance(data, bool) and kind is not bool
    if wrong_bool or not isinstance(data, kind):
        raise SchemaError(f"found {data!r:.60} where {kind} was expected", where=path)
    return data
