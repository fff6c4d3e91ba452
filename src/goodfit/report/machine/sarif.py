# SPDX-License-Identifier: Apache-2.0
"""Findings as SARIF 2.1.0, which code scanning services and editors read.

Only findings are results. Every rule's outcome stands in the property bag of its artifact, so that "no result" can be
told from "did not look"; a rule that failed and what was doubtful in a log are notifications.
"""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from goodfit.report.machine.checked import Checked, Line
from goodfit.values import Outcome, RulebookEntry, Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PROBLEM = {Severity.NOTE: "recommendation", Severity.WARNING: "warning", Severity.ERROR: "error"}


def render_sarif(
    checked: Sequence[Checked], rules: Sequence[RulebookEntry], *, verb: str, version: str
) -> str:
    """One SARIF run over all that was checked; `rules` are all that could have fired, in order."""
    return json.dumps(sarif(checked, rules, verb=verb, version=version), indent=2, ensure_ascii=False) + "\n"


def sarif(
    checked: Sequence[Checked], rules: Sequence[RulebookEntry], *, verb: str, version: str
) -> dict[str, Any]:
    """The same as plain data."""
    places = {_id(rule): place for place, rule in enumerate(rules)}
    artifacts = [_artifact(each) for each in checked]
    driver = {
        "name": "goodfit",
        "version": version,
        "rules": [_descriptor(rule) for rule in rules],
    }
    notifications = [note for place, each in enumerate(checked) for note in _notifications(each, place)]
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"goodfit/{verb}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "artifacts": artifacts,
        "results": [
            _result(line, each, place, places[line.rule])
            for place, each in enumerate(checked)
            for line in each.found
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def uri_of(path: str) -> str:
    """A path as a URI reference: relative stays relative, every character that a URI may not hold is quoted."""
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(pure.as_posix(), errors="surrogateescape")


def _id(rule: RulebookEntry) -> str:
    return rule.code or rule.name


def _descriptor(rule: RulebookEntry) -> dict[str, Any]:
    """A rule as SARIF describes one; its help is the rulebook's own text."""
    level = str(rule.severity or Severity.WARNING)
    parts = [("What is measured", rule.definition), ("Why it matters", rule.why)]
    limits = "\n".join(f"- {each}" for each in rule.limits)
    sections = [*parts, ("Where it is wrong", limits)]
    told = [rule.summary, *(f"{head}: {body}" for head, body in sections if body)]
    marked = [rule.summary, *(f"## {head}\n\n{body}" for head, body in sections if body)]
    more = f"The whole page, with sources: `goodfit explain {_id(rule)}`."
    return {
        "id": _id(rule),
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why or rule.summary},
        "help": {"text": "\n\n".join([*told, more]), "markdown": "\n\n".join([*marked, more])},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["training", str(rule.kind)],
            "problem.severity": _PROBLEM[rule.severity or Severity.WARNING],
        },
    }


def _artifact(each: Checked) -> dict[str, Any]:
    described = {"description": {"text": each.unread}} if each.unread else {}
    location = {"location": {"uri": uri_of(each.artifact)}} if each.artifact else {}
    outcomes = {line.rule: str(line.outcome) for line in each.lines}
    return {**location, **described, "properties": {"run": each.subject, "outcomes": outcomes}}


def _place(each: Checked, index: int) -> dict[str, Any]:
    """Where a finding is shown: at the head of its log, or at the name of its task."""
    logical = [{"fullyQualifiedName": each.subject, "kind": "resource"}]
    if each.artifact is None:
        return {"logicalLocations": logical}
    spot = {"artifactLocation": {"uri": uri_of(each.artifact), "index": index}, "region": {"startLine": 1}}
    return {"physicalLocation": spot, "logicalLocations": logical}


def _result(line: Line, each: Checked, index: int, rule: int) -> dict[str, Any]:
    text = " ".join(part for part in (line.message, line.advice) if part)
    mark = sha256("\0".join((line.rule, each.artifact or "", each.subject)).encode("utf-8", "replace"))
    fingerprint = mark.hexdigest()[
        :32
    ]  # numbers in the message change from training to training, these three do not
    return {
        "ruleId": line.rule,
        "ruleIndex": rule,
        "kind": "fail",
        "level": str(line.severity or Severity.NOTE),
        "message": {"text": text},
        "locations": [_place(each, index)],
        "partialFingerprints": {
            "goodfit/v1": fingerprint,
            "primaryLocationLineHash": f"{fingerprint[:16]}:1",
        },
    }


def _notifications(each: Checked, index: int) -> Iterator[dict[str, Any]]:
    for line in each.lines:
        if line.outcome is Outcome.ERROR:
            yield _notification("error", f"{line.title}: {line.message}", each, index)
    for remark in (*each.remarks, *([each.unread] if each.unread else [])):
        yield _notification("note", remark, each, index)


def _notification(level: str, text: str, each: Checked, index: int) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}, "locations": [_place(each, index)]}
