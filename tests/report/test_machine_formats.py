# SPDX-License-Identifier: Apache-2.0
"""SARIF, JUnit and GitHub's commands: valid by their own rules, true to the outcomes, whatever names hold."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from goodfit._probe_pages import probe_entry
from goodfit.probes import PROBES
from goodfit.report.entries import rule_entry
from goodfit.report.machine.checked import Checked, checked_run, checked_task
from goodfit.report.machine.github import command, render_github
from goodfit.report.machine.junit import render_junit
from goodfit.report.machine.sarif import sarif, uri_of
from goodfit.rules import RULES, diagnose
from goodfit.values import Diagnosis, History, Outcome, ProbeResult, Severity

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
)
ENTRIES = [rule_entry(rule) for rule in RULES]
HOSTILE = "runs/a b&<c>\"d'::,%\n\x00\x1b[31m日本#?.csv"
FINDING = Diagnosis(
    code="GF101",
    name="overfitting",
    outcome=Outcome.PRESENT,
    severity=Severity.ERROR,
    message="Up 5 %.\nYes.",
)


def every_outcome() -> tuple[Diagnosis, ...]:
    """One line of each outcome, and findings of each severity."""
    mild = replace(FINDING, code="GF401", name="noisy-validation", severity=Severity.NOTE, message="Noisy.")
    warned = replace(FINDING, code="GF102", name="standing-gap", severity=Severity.WARNING, message="A gap.")
    silent = [
        Diagnosis(code="GF201", name="underfitting", outcome=Outcome.ABSENT),
        Diagnosis(code="GF203", name="stalled", outcome=Outcome.INCONCLUSIVE, message="Too noisy."),
        Diagnosis(
            code="GF301", name="diverging", outcome=Outcome.NOT_APPLICABLE, needs_missing=("val_loss",)
        ),
        Diagnosis(code="GF302", name="oscillating", outcome=Outcome.ERROR, message="The rule itself failed."),
    ]
    return (mild, warned, FINDING, *silent)


def run_of(path: str = "runs/a.csv", *warnings: str) -> Checked:
    """A checked run with every outcome."""
    return checked_run(path, path, History(curves={}, warnings=warnings), every_outcome())


def sarif_of(*checked: Checked) -> dict[str, Any]:
    """SARIF of some runs, held to the official schema."""
    log = sarif(checked, ENTRIES, verb="diagnose", version="0.1.0")
    assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(log)] == []
    run: dict[str, Any] = log["runs"][0]
    return run


def test_the_official_schema_refuses_what_is_wrong() -> None:
    """The vendored schema is the one of SARIF 2.1.0, and it does look."""
    assert "2.1.0" in SCHEMA["title"]
    log = sarif([run_of()], ENTRIES, verb="diagnose", version="0.1.0")
    log["runs"][0]["results"][0]["level"] = "terrible"
    assert list(Draft4Validator(SCHEMA).iter_errors(log))


def test_sarif_results_are_the_findings() -> None:
    """One result a finding with its severity as level, the worst first; each names its rule by id and by place."""
    run = sarif_of(run_of())
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [
        ("GF101", "error"),
        ("GF102", "warning"),
        ("GF401", "note"),
    ]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in rules)


def test_sarif_tells_no_finding_from_not_looked() -> None:
    """Every outcome stands with the run's artifact; a rule that failed and a doubtful log are notifications."""
    run = sarif_of(
        run_of("runs/a.csv", "Two columns are alike."), Checked(subject="x", artifact="x", unread="empty")
    )
    outcomes = run["artifacts"][0]["properties"]["outcomes"]
    assert outcomes["GF201"] == "absent"
    assert outcomes["GF301"] == "not applicable"
    notes = [(n["level"], n["message"]["text"]) for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert ("error", "GF302 oscillating: The rule itself failed.") in notes
    assert ("note", "Two columns are alike.") in notes
    assert ("note", "empty") in notes


def test_fingerprints_outlive_the_numbers() -> None:
    """A finding keeps its mark when its message changes; another rule, file or run has another."""
    again = replace(FINDING, message="Up 7 %.")
    empty = History(curves={})
    logs = [
        checked_run("a", "a.csv", empty, [FINDING]),
        checked_run("a", "a.csv", empty, [again]),
        checked_run("b", "a.csv", empty, [FINDING]),
        checked_run("a", "b.csv", empty, [FINDING]),
        checked_run("a", "a.csv", empty, [replace(FINDING, code="GF102")]),
    ]
    marks = [sarif_of(log)["results"][0]["partialFingerprints"]["goodfit/v1"] for log in logs]
    assert marks[0] == marks[1]
    assert len(set(marks)) == 4


def test_places_are_uris() -> None:
    """A relative path stays relative, an absolute one is whole, and every odd character is quoted."""
    assert uri_of("runs/a b#1?.csv") == "runs/a%20b%231%3F.csv"
    assert uri_of("/tmp/ü.csv") == "file:" + "///tmp/%C3%BC.csv"  # noqa: S108 - never opened
    assert (
        "physicalLocation"
        not in sarif_of(checked_run("-", None, History(curves={}), [FINDING]))["results"][0]["locations"][0]
    )


def test_probes_have_sarif_too() -> None:
    """Their rules are the probes, their place the task's name."""
    found = ProbeResult(
        probe="duplicates", outcome=Outcome.PRESENT, severity=Severity.ERROR, message="Shared."
    )
    log = sarif(
        [checked_task("task.py:task", None, [found])],
        [probe_entry(p) for p in PROBES],
        verb="probe",
        version="1",
    )
    assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(log)] == []
    assert log["runs"][0]["results"][0]["ruleId"] == "duplicates"


@pytest.mark.parametrize(
    ("fail_on", "failures"), [(Severity.NOTE, 3), (Severity.WARNING, 2), (Severity.ERROR, 1), (None, 0)]
)
def test_junit_says_what_became_of_each_rule(fail_on: Severity | None, failures: int) -> None:
    """Failures at or above the limit; milder findings pass and are told; the rest is skipped or an error, never passed."""
    root = ET.fromstring(render_junit([run_of()], fail_on))  # noqa: S314 - our own
    (suite,) = root
    cases = {case.get("name", ""): case for case in suite}
    assert len(cases) == len(every_outcome())
    assert (
        suite.get("failures") == root.get("failures") == str(failures) == str(len(root.findall(".//failure")))
    )
    assert root.get("skipped") == "2"
    assert root.get("errors") == "1"
    assert "Too noisy." in (cases["GF203 stalled"][0].get("message") or "")
    assert "val_loss" in (cases["GF301 diverging"][0].get("message") or "")
    assert cases["GF302 oscillating"][0].tag == "error"
    assert list(cases["GF201 underfitting"]) == []
    if fail_on is not Severity.NOTE:
        assert cases["GF401 noisy-validation"][0].tag == "system-out"


def test_github_commands() -> None:
    """The most severe first, of all runs together; a last line for people."""
    lines = render_github([run_of("b.csv", "Odd."), run_of("a.csv")]).splitlines()
    kinds = [re.match(r"::(\w+) ", line) for line in lines[:-1]]
    assert [kind[1] for kind in kinds if kind] == [
        *["error"] * 2,
        *["warning"] * 2,
        *["notice"] * 2,
        "error",
        "notice",
        "error",
    ]
    assert lines[0] == "::error file=b.csv,title=GF101 overfitting::Up 5 %25.%0AYes."
    assert (
        lines[-1]
        == "goodfit: 2 runs, findings: 2 of severity error, 2 of severity warning and 2 of severity note"
    )


@given(text=st.text(), name=st.text(min_size=1))
def test_github_commands_cannot_be_forged(text: str, name: str) -> None:
    """Whatever a message or a file name holds, it is one line, and comes back as it was."""
    line = command("warning", text, file=name)
    assert "\n" not in line
    assert "\r" not in line
    head, _, rest = line.removeprefix("::warning file=").partition("::")
    assert ":" not in head
    assert "," not in head
    for char, code in ((":", "%3A"), (",", "%2C"), ("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
        head = head.replace(code, char)
        rest = rest.replace(code, char) if char not in ":," else rest
    assert (head, rest) == (name, text)


def test_hostile_names() -> None:
    """Control characters, quotes, angle brackets and other scripts leave every format well formed."""
    checked = run_of(HOSTILE, "<script>\x07 ]]> &")
    sarif_of(checked)
    root = ET.fromstring(render_junit([checked], Severity.NOTE))  # noqa: S314 - our own
    assert "日本" in (root[0].get("name") or "")
    commands = render_github([checked]).splitlines()
    assert len(commands) == len(render_github([run_of("a", "b")]).splitlines())
    assert "\x1b" not in commands[0].partition("::Up")[2]


def test_real_histories_have_all_formats() -> None:
    """Both examples of every rule, as one SARIF log and one JUnit file."""
    histories = [make() for rule in RULES for make in (rule.present, rule.absent)]
    checked = [checked_run(f"{i}.csv", f"{i}.csv", each, diagnose(each)) for i, each in enumerate(histories)]
    run = sarif_of(*checked)
    assert {each["ruleId"] for each in run["results"]} == {rule.code for rule in RULES}
    root = ET.fromstring(render_junit(checked, None))  # noqa: S314 - our own
    assert len(root.findall(".//testcase")) == len(histories) * len(RULES)
