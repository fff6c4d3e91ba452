# SPDX-License-Identifier: Apache-2.0
"""Whole documents in Markdown: a diagnosis, a prescription, what probes found, a report."""

from collections.abc import Sequence

from goodfit.report.markdown.change import prescription_blocks, study_blocks, treatment_blocks
from goodfit.report.markdown.diagnosis import diagnosis_blocks
from goodfit.report.markdown.probes import probe_blocks
from goodfit.report.markdown.text import bullets, code, document, fenced, inline
from goodfit.report.markdown.verdict import verdict_blocks
from goodfit.report.prescription_rows import treatment_heading
from goodfit.report.steps import steps_not_taken
from goodfit.report.words import looks_said, sentence
from goodfit.values import (
    Diagnosis,
    History,
    Phase,
    ProbeResult,
    Report,
    Skip,
    Study,
    TestSetLooks,
    Treatment,
    Verdict,
)


def markdown_diagnosis(
    history: History,
    diagnoses: Sequence[Diagnosis],
    phases: Sequence[Phase],
    *,
    left_out: Sequence[str] = (),
) -> str:
    """A diagnosis as a document."""
    return document(diagnosis_blocks(history, diagnoses, phases, left_out=left_out))


def markdown_prescription(report: Report) -> str:
    """A diagnosis and what to change, as a document."""
    found = diagnosis_blocks(report.history, report.diagnoses, report.phases)
    return document([*found, "## What to change", *prescription_blocks(report.prescriptions)])


def markdown_probes(task: str, results: Sequence[ProbeResult]) -> str:
    """What probes found, as a document."""
    return document(probe_blocks(task, results))


def markdown_treatment(treatment: Treatment, diff: str, by_hand: Sequence[Skip]) -> str:
    """The edits of a model, and the same as a patch of the user's source files, as a document."""
    blocks = treatment_blocks(treatment)
    if diff:
        blocks += ["## The same as a patch", fenced(diff.splitlines(), "diff")]
    if by_hand:
        left = [f"{code(skip.path or 'the model')}: {inline(skip.because)}" for skip in by_hand]
        blocks += ["## By hand", bullets(left)]
    return document(blocks)


def markdown_study(study: Study) -> str:
    """The search for a dose, as a document."""
    return document([f"# {inline(sentence(study.knob))}", *study_blocks(study)])


def markdown_report(report: Report) -> str:
    """The whole story as a document."""
    return document(report_blocks(report))


def markdown_verdict(verdict: Verdict) -> str:
    """A verdict as a document."""
    return document(["# Verdict", *verdict_blocks(verdict)])


def markdown_looks(found: Sequence[TestSetLooks]) -> str:
    """The looks at test sets as a document."""
    blocks = ["# Looks at test sets"]
    for each in found:
        lines = [f"{look.number}. {look.when} {inline(look.purpose)}" for look in each.looks]
        blocks += [inline(looks_said(each)), bullets(lines)]
    return document(blocks if found else [*blocks, "None was written down."])


def report_blocks(report: Report) -> list[str]:
    """The whole story in the order it happened; a step not taken is said, not hidden."""
    blocks = diagnosis_blocks(report.history, report.diagnoses, report.phases)
    if report.prescriptions:
        blocks += ["## Prescription", *prescription_blocks(report.prescriptions)]
    if report.treatment:
        blocks += [f"## {treatment_heading(report.treatment)}", *treatment_blocks(report.treatment)]
    if report.study:
        blocks += ["## Dose", *study_blocks(report.study)]
    if report.verdict:
        blocks += ["## Verdict", *verdict_blocks(report.verdict)]
    notes = (*report.notes, *steps_not_taken(report))
    if notes:
        blocks += ["## Notes", bullets(map(inline, notes))]
    return blocks
