# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas: what each verb writes as JSON and JSON Lines, made from the values themselves."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from goodfit.values import (
    Comparison,
    Overview,
    Prescription,
    ProbeResult,
    Report,
    RulebookEntry,
    RunOverview,
    Study,
    TestSetLooks,
    Treatment,
    UnreadFile,
    Verdict,
    schema_of,
)

SCHEMAS: Mapping[str, tuple[tuple[type, ...], bool]] = MappingProxyType(
    {
        "report": ((Report,), False),
        "overview": ((Overview,), False),
        "run": ((RunOverview, UnreadFile), False),
        "prescription": ((Prescription,), False),
        "treatment": ((Treatment,), False),
        "comparison": ((Comparison,), False),
        "study": ((Study,), False),
        "probes": ((ProbeResult,), True),
        "probe": ((ProbeResult,), False),
        "verdict": ((Verdict,), False),
        "looks": ((TestSetLooks,), True),
        "test-set-looks": ((TestSetLooks,), False),
        "rulebook": ((RulebookEntry,), True),
        "rulebook-entry": ((RulebookEntry,), False),
    }
)
"""What a file of that name describes: the values that can stand there, and whether it is a list of them."""

WRITTEN: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("diagnose FILE", "json"): "report",
        ("diagnose FILE", "jsonl"): "run",
        ("diagnose DIR", "json"): "overview",
        ("diagnose DIR", "jsonl"): "run",
        ("prescribe", "json"): "report",
        ("prescribe", "jsonl"): "prescription",
        ("treat", "json"): "treatment",
        ("treat", "jsonl"): "treatment",
        ("probe", "json"): "probes",
        ("probe", "jsonl"): "probe",
        ("tune", "json"): "study",
        ("tune", "jsonl"): "study",
        ("prove", "json"): "verdict",
        ("prove", "jsonl"): "verdict",
        ("prove --looks", "json"): "looks",
        ("prove --looks", "jsonl"): "test-set-looks",
        ("fix", "json"): "report",
        ("fix", "jsonl"): "report",
        ("compare", "json"): "comparison",
        ("compare", "jsonl"): "comparison",
        ("report", "json"): "report",
        ("report", "jsonl"): "report",
        ("explain", "json"): "rulebook",
        ("explain NAME", "json"): "rulebook-entry",
        ("explain", "jsonl"): "rulebook-entry",
        ("explain NAME", "jsonl"): "rulebook-entry",
    }
)
"""Which schema describes what a verb writes; of JSON Lines, each line."""


def schema(name: str) -> dict[str, Any]:
    """One published schema."""
    kinds, listed = SCHEMAS[name]
    return schema_of(name, *kinds, listed=listed)


def schema_pages() -> Mapping[str, str]:
    """Every schema by its path below the documentation's folder."""
    return {
        f"schema/{name}.json": json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"
        for name in SCHEMAS
    }
