# SPDX-License-Identifier: Apache-2.0
"""Frozen values to strict JSON and back, without confusing missing with NaN."""

import json
import types
from dataclasses import fields, is_dataclass
from enum import Enum
from math import inf
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit import values
from goodfit.errors import SchemaError
from goodfit.values import (
    Curve,
    History,
    Measurement,
    Report,
    RunContext,
    Split,
    dumps,
    from_json,
    loads,
    to_json,
)

KINDS = [kind for kind in (getattr(values, name) for name in values.__all__) if is_dataclass(kind)]


def _strategy(hint: Any) -> st.SearchStrategy[Any]:
    """Values of any annotation that occurs in a frozen value."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = next(arg for arg in get_args(hint) if arg is not type(None))
        return st.none() | _strategy(inner)
    if origin is tuple:
        return st.lists(_strategy(get_args(hint)[0]), max_size=2).map(tuple)
    if origin is not None:
        return st.dictionaries(st.text(max_size=3), _strategy(get_args(hint)[1]), max_size=2)
    if hint is float:
        return st.floats(allow_nan=False) | st.just(
            inf
        )  # NaN is not equal to itself; it has a test of its own
    if hint is Curve:
        return st.lists(st.floats(allow_nan=False), max_size=3).map(lambda v: Curve.of(v, split=Split.TRAIN))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if is_dataclass(hint):
        return _built(hint)
    return {str: st.text(max_size=3), int: st.integers(), bool: st.booleans()}[hint]


def _built(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{f.name: _strategy(hints[f.name]) for f in fields(kind) if f.init})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_value_survives_json(kind: type) -> None:
    """What is written can be read back and is equal; the text is strict JSON."""

    @settings(max_examples=8, deadline=None)
    @given(_strategy(kind))
    def check(value: Any) -> None:
        text = dumps(value)
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
        assert loads(kind, text) == value

    check()


def test_missing_and_nan_are_different_things() -> None:
    """NaN and the infinities are strings, missing is null."""
    measured = to_json(Measurement(name="m", value=float("nan"), low=-inf, high=inf))
    assert (measured["value"], measured["low"], measured["high"]) == ("NaN", "-Infinity", "Infinity")
    assert to_json(RunContext())["chance_level"] is None
    again = from_json(Measurement, measured)
    assert again.value != again.value


def test_a_file_of_another_version_is_refused() -> None:
    """A newer schema is not guessed at."""
    data = {**to_json(RunContext()), "schema_version": 99}
    with pytest.raises(SchemaError, match=r"schema version 1.*99"):
        from_json(RunContext, data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": "ten"}, "ten"),
        ({"classes": True}, "True"),
        ({"colour": 1}, "unknown field 'colour'"),
        ({"dropout_rates": 0.5}, "0.5"),
        ({"chance_level": "much"}, "much"),
    ],
)
def test_wrong_content_is_named(change: dict[str, Any], message: str) -> None:
    """The message says what was found and where."""
    with pytest.raises(SchemaError, match=message):
        from_json(RunContext, {**to_json(RunContext()), **change})


def test_missing_fields_wrong_enums_and_bad_curves_are_named() -> None:
    """A hand-edited file is refused with a reason, never with a traceback of another kind."""
    data = to_json(History(curves={"val_loss": Curve.of([1.0, 2.0], split=Split.VALIDATION)}))
    curve = data["curves"]["val_loss"]
    for broken, message in (
        ({**data, "curves": {"val_loss": {**curve, "split": "exam"}}}, "'exam'.*'train'"),
        ({**data, "curves": {"val_loss": {**curve, "x": [1.0, 1.0]}}}, "must increase"),
        ({key: item for key, item in data.items() if key != "warnings"}, "'warnings' is missing"),
        ({**data, "curves": []}, r"\[\]"),
    ):
        with pytest.raises(SchemaError, match=message):
            from_json(History, broken)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"type": "Run"}'])
def test_text_that_is_no_report(text: str) -> None:
    """Anything else than a report is refused."""
    with pytest.raises(SchemaError):
        loads(Report, text)


def test_only_values_are_written() -> None:
    """An object without a place in a frozen value is a mistake of ours, and says so."""
    with pytest.raises(TypeError, match="object"):
        dumps(History(curves={}, source=object()))  # type: ignore[arg-type]
