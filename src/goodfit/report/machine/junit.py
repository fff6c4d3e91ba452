# SPDX-License-Identifier: Apache-2.0
"""Findings as JUnit XML: a test suite for each run, a test case for each rule or probe.

A finding at or above the severity that fails a build is a failure; a milder one is told in the case's output. What
could not be looked at, and what the data do not settle, is skipped with the reason: it did not pass.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from goodfit.report.machine.checked import Checked, Line
from goodfit.values import Outcome, Severity

_TAGS = ("failure", "error", "skipped")
_SKIPPED = {Outcome.NOT_APPLICABLE: "not applicable", Outcome.INCONCLUSIVE: "inconclusive"}


def render_junit(checked: Sequence[Checked], fail_on: Severity | None) -> str:
    """One suite a run; `fail_on` is the mildest severity that fails, None: none does."""
    root = Element("testsuites", name="goodfit")
    for each in checked:
        suite = SubElement(root, "testsuite", name=each.subject)
        for line in each.lines:
            _case(suite, each, line, fail_on)
        if each.unread:
            case = SubElement(suite, "testcase", classname=_class_of(each), name="holds a run")
            SubElement(case, "skipped", message=each.unread)
        if each.remarks:
            SubElement(suite, "system-out").text = "\n".join(each.remarks)
        _count(suite, suite)
    _count(root, root)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _case(suite: Element, where: Checked, line: Line, fail_on: Severity | None) -> None:
    case = SubElement(suite, "testcase", classname=_class_of(where), name=line.title)
    told = "\n".join(part for part in (line.message, line.advice) if part)
    if line.outcome in _SKIPPED:
        SubElement(case, "skipped", message=f"{_SKIPPED[line.outcome]}: {line.message}")
    elif line.outcome is Outcome.ERROR:
        SubElement(case, "error", message=line.message, type="rule failed").text = told
    elif line.outcome is Outcome.PRESENT and line.severity is not None:
        if fail_on is not None and line.severity.rank >= fail_on.rank:
            SubElement(case, "failure", message=line.message, type=str(line.severity)).text = told
        else:
            SubElement(case, "system-out").text = f"found, severity {line.severity}: {told}"


def _class_of(each: Checked) -> str:
    """Dots part packages in JUnit, so those of a file name are left out."""
    return f"goodfit.{each.subject.replace('.', '_')}"


def _count(into: Element, below: Element) -> None:
    cases = list(below.iter("testcase"))
    into.set("tests", str(len(cases)))
    for tag in _TAGS:
        name = tag if tag == "skipped" else f"{tag}s"
        into.set(name, str(sum(case.find(tag) is not None for case in cases)))
