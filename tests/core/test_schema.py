# SPDX-License-Identifier: Apache-2.0
"""The published schemas describe what the codec writes, no more and no less."""

import runpy
from collections.abc import Iterator
from copy import deepcopy
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from goodfit.report.schemas import SCHEMAS, WRITTEN, schema, schema_pages
from goodfit.values import Dose, Prescription, Report, to_json

REPORT: Report = runpy.run_path(str(Path(__file__).parents[1] / "report" / "report_demo.py"))["make_report"]()


def errors(name: str, data: Any) -> list[str]:
    """What a published schema says against some data."""
    return [str(each.message) for each in Draft202012Validator(schema(name)).iter_errors(data)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema(name: str) -> None:
    """Of the dialect that it names, with an identifier of its own."""
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$id"].endswith(f":{name}")


def test_every_output_has_a_page() -> None:
    """What a verb writes is described by a schema that is published, and none is published for nothing."""
    assert set(WRITTEN.values()) == set(SCHEMAS)
    assert {path.removeprefix("schema/").removesuffix(".json") for path in schema_pages()} == set(SCHEMAS)


def test_a_whole_report_fits() -> None:
    """A report with every step taken, its runs and its verdict."""
    assert errors("report", to_json(REPORT)) == []


def _spoiled(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same data with one thing wrong each."""
    yield "unknown field", {**data, "colour": "red"}
    yield "another type", {**data, "type": "History"}
    yield "another version", {**data, "schema_version": 99}
    yield "null for a list", {**data, "runs": None}
    yield "missing field", {**data, "history": {"curves": {}}}
    for what, path, field, value in (
        ("an unknown outcome", "diagnoses", "outcome", "maybe"),
        ("text for a number", "phases", "start", "early"),
    ):
        wrong = deepcopy(data)
        wrong[path][0][field] = value
        yield what, wrong


def test_what_does_not_fit_is_refused() -> None:
    """Unknown, missing and mistyped fields, at the top and deep below."""
    assert [path for path, wrong in _spoiled(to_json(REPORT)) if not errors("report", wrong)] == []


def test_numbers_that_are_not_finite_fit() -> None:
    """They are the three texts of the codec; any other text is none."""
    data = to_json(Prescription(remedy="x", dose=Dose(value=nan, low=-inf, high=inf)))
    assert errors("prescription", data) == []
    data["dose"]["value"] = "nan"
    assert errors("prescription", data) != []


def test_fields_are_described_by_their_comments() -> None:
    """The comment beside a field in the code is its description in the schema."""
    described = schema("report")["$defs"]["Onset"]["properties"]["epoch"]["description"]
    assert described == "in units of the curve's own x axis"
