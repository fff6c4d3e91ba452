# SPDX-License-Identifier: Apache-2.0
"""Markdown says what the terminal says, and nothing in a stranger's names becomes markup."""

import re
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from goodfit.report.markdown.runs import markdown_runs
from goodfit.report.markdown.story import markdown_prescription, markdown_probes, markdown_report
from goodfit.report.markdown.text import bullets, code, fenced, inline, table
from goodfit.report.overview import RunLine
from goodfit.values import Outcome, ProbeResult, Report, Severity, UnreadFile

DEMO: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("report_demo.py")))
REPORT: Report = DEMO["make_report"]()
PARSER = MarkdownIt("commonmark", {"html": True}).enable(
    ["table", "strikethrough"]
)  # as permissive as GitHub's
EVIL = "<script>alert(1)</script> [x](http://a.b) ![y](z) | `c` *d* _e_ ~~f~~ @me # $g$ & www.h.i\n- j"


def tags(text: str) -> list[str]:
    """The tags of the HTML that some Markdown becomes."""
    return re.findall(r"<(\w+)", PARSER.render(text))


def words(text: str) -> str:
    """What a reader sees of some Markdown."""
    shown = re.sub(r"<[^>]+>", "", PARSER.render(text))
    for name, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        shown = shown.replace(name, char)
    return " ".join(shown.split())


@given(st.text())
def test_text_stays_text(text: str) -> None:
    """Whatever it holds, a sentence renders as one paragraph of text and code, and reads as it was."""
    assert set(tags(f"x {inline(text)} x")) <= {"p", "code"}
    assert "@" not in re.sub(r"`[^`]*`", "", inline(text))


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_text_reads_as_it_was(text: str) -> None:
    """Escapes do not show; only backticks may have become code."""
    assert words(f"x {inline(text)}").replace("`", "") == f"x {text}".strip().replace("`", "")


@given(st.text(min_size=1), st.text())
def test_cells_keep_their_columns(first: str, second: str) -> None:
    """A row has as many cells as its header, whatever stands in them."""
    html = PARSER.render(table(("a", "b", "c"), [[inline(first), code(second), "end"]]))
    assert html.count("<td") == 3
    assert html.count("<tr") == 2
    assert ">end</td>" in html


@given(st.lists(st.text()))
def test_a_fence_holds_everything(lines: list[str]) -> None:
    """No line inside can end the block."""
    assert PARSER.render(fenced(lines)).count("<pre>") == 1
    assert set(tags(fenced(lines))) == {"pre", "code"}


def test_the_beginning_of_a_line_is_no_markup() -> None:
    """A name that begins like a heading, a quotation or a list is none."""
    for text in ("# a", "> a", "- a", "+ a", "1. a", "2) a", "=== a", "---"):
        assert set(tags(bullets([inline(text)]))) == {"ul", "li"}, text
    assert inline("0.5 of it") == "0.5 of it"


def test_a_report_has_all_its_parts() -> None:
    """Every section of the terminal's story, the verdict's title and the edits as a diff."""
    text = markdown_report(REPORT)
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert heads[0].startswith("Overfitting since epoch 11")
    assert heads[1:6] == ["Prescription", "Change in the model", "Dose", "Verdict", "Notes"] or heads[
        1:5
    ] == [
        "Prescription",
        "Change in the model",
        "Dose",
        "Verdict",
    ]
    assert "```diff" in text
    assert REPORT.verdict is not None
    assert f"read {'once' if REPORT.verdict.holdout_reads == 1 else ''}".strip() in text
    assert text.startswith("<!-- goodfit -->\n")


def test_steps_not_taken_are_said() -> None:
    """A prescription alone claims no proof; the report says what was not done."""
    begun = replace(REPORT, treatment=None, study=None, runs=(), verdict=None)
    assert "## Verdict" not in markdown_report(begun)
    assert "Nothing was proven" in markdown_report(begun)
    assert "### Why nothing else" in markdown_prescription(begun)


def test_hostile_reports_hold_no_markup() -> None:
    """Names of files, metrics, layers, notes: no tag that we did not write."""
    curves = {f"val_{EVIL}": next(iter(REPORT.history.curves.values()))}
    history = replace(
        REPORT.history, curves={**REPORT.history.curves, **curves}, source=EVIL, warnings=(EVIL,)
    )
    diagnoses = tuple(replace(each, name=EVIL, message=EVIL, advice=EVIL) for each in REPORT.diagnoses)
    wanted = tuple(replace(each, because=EVIL, where=(EVIL,)) for each in REPORT.prescriptions)
    report = replace(REPORT, history=history, diagnoses=diagnoses, prescriptions=wanted, notes=(EVIL,))
    found = set(tags(markdown_report(report).removeprefix("<!-- goodfit -->")))
    assert found & {"script", "a", "img", "s"} == set()


def test_probes_and_runs() -> None:
    """A row each, the worst run first, evidence where something was found."""
    results = [
        ProbeResult(
            probe="duplicates", outcome=Outcome.PRESENT, severity=Severity.ERROR, message="m", advice="do"
        ),
        ProbeResult(probe="half-data", outcome=Outcome.NOT_APPLICABLE, message=EVIL),
    ]
    text = markdown_probes(EVIL, results)
    assert "1 finding" in text
    assert set(tags(text.removeprefix("<!-- goodfit -->"))) & {"script", "a", "img"} == set()
    lines = [
        RunLine(
            path=EVIL, severity=severity, curve="▁█", since="", found=str(severity), healthy=severity is None
        )
        for severity in (None, Severity.NOTE, Severity.ERROR)
    ]
    text = markdown_runs(lines, [UnreadFile(path=EVIL, reason=EVIL)], left_out=["GF101"])
    assert [row.split("|")[1].strip() for row in text.splitlines() if row.startswith("|")][2:] == [
        "error",
        "note",
        "–",
    ]
    assert "Rules left out: GF101" in text
    assert set(tags(text.removeprefix("<!-- goodfit -->"))) & {"script", "a", "img"} == set()


@pytest.mark.parametrize("name", ["", " ", "`", "``a", "a`", "\n", "|"])
def test_odd_names_as_code(name: str) -> None:
    """Empty names and backticks give one code span."""
    assert tags(f"x {code(name)}") == ["p", "code"]
